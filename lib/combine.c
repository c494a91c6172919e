/* SPDX-License-Identifier: MIT */
#include "lib/combine.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

/* The size of a group tells what to expect for so many times the wait. */
#define RECENT_TIMES 20

struct combine {
	size_t max;
	int64_t patience_ms, company_us;
	pthread_mutex_t lock; /* of what follows, and of the jobs' states */
	/* behind which others gather; NULL: nobody leads. After a loss of
	 * patience another one may still be at work, and nobody waits for it */
	const struct combine_job *leader;
	struct combine_job *first, **end; /* those that gather */
	size_t n;			  /* of them */
	size_t last;		      /* size of the latest group */
	int64_t last_us;	      /* when it was taken */
	struct combine_job *expecting; /* a leader that waits for company */
};

struct combine *
combine_new(size_t max, int64_t patience_ms, int64_t company_us)
{
	struct combine *c = xcalloc(1, sizeof *c);

	c->max = max;
	c->patience_ms = patience_ms;
	c->company_us = company_us;
	c->end = &c->first;
	if (pthread_mutex_init(&c->lock, NULL) != 0)
		fatalx("cannot make a lock");
	return c;
}

void
combine_free(struct combine *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

size_t
combine_gathered(struct combine *c)
{
	size_t n;

	(void)pthread_mutex_lock(&c->lock);
	n = c->n;
	(void)pthread_mutex_unlock(&c->lock);
	return n;
}

/* --- under the lock --------------------------------------------------- */

static void
gather(struct combine *c, struct combine_job *job)
{
	atomic_store(&job->state, COMBINE_GATHERS);
	*c->end = job;
	c->end = &job->next;
	c->n++;
	if (c->expecting != NULL && c->n + 1 >= c->last) {
		(void)sem_post(&c->expecting->turn);
		c->expecting = NULL;
	}
}

static void
remove_job(struct combine *c, const struct combine_job *job)
{
	struct combine_job **at = &c->first;

	while (*at != job)
		at = &(*at)->next;
	if ((*at = job->next) == NULL)
		c->end = at;
	c->n--;
}

/* The leader's job, and those that came first of the others. */
static void
take_group(struct combine *c, struct combine_job *leader)
{
	struct combine_job *last = leader;
	size_t n;

	leader->next = c->first;
	for (n = 1; n < c->max && last->next != NULL; n++) {
		last = last->next;
		atomic_store(&last->state, COMBINE_TAKEN);
	}
	c->n -= n - 1;
	c->last = n;
	c->last_us = clock_mono_us();
	if ((c->first = last->next) == NULL)
		c->end = &c->first;
	last->next = NULL;
}

/* The group of own is done: who leads the next one? NULL: nobody has gathered,
 * or another one has taken the lead meanwhile. Its followers may come until it
 * takes them. */
static struct combine_job *
appoint(struct combine *c, const struct combine_job *own)
{
	struct combine_job *j = c->first;

	if (c->leader != own)
		return NULL;
	c->leader = j;
	if (j == NULL)
		return NULL;
	remove_job(c, j);
	atomic_store(&j->state, COMBINE_LEADS);
	return j;
}

/* --- waiting ---------------------------------------------------------- */

/* Does the job lead after all, because it has waited for too long? */
static bool
loses_patience(struct combine *c, struct combine_job *job)
{
	bool leads;

	(void)pthread_mutex_lock(&c->lock);
	if ((leads = atomic_load(&job->state) == COMBINE_GATHERS)) {
		remove_job(c, job);
		atomic_store(&job->state, COMBINE_LEADS);
		c->leader = job;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return leads;
}

static void
wait_on(sem_t *turn)
{
	while (sem_wait(turn) != 0 && errno == EINTR)
		;
}

/* Until the job is done by another thread, or leads. */
static void
wait_for_turn(struct combine *c, struct combine_job *job)
{
	const struct timespec until = clock_moment_after(1000 * c->patience_ms);
	int failed;

	do
		failed = sem_clockwait(&job->turn, CLOCK_MONOTONIC, &until);
	while (failed != 0 && errno == EINTR);
	if (failed != 0 && !loses_patience(c, job))
		wait_on(&job->turn); /* it was taken, or appointed */
}

/* Under the lock, which is let go meanwhile. When many came lately, they come
 * again: each that joins saves a group. A signal may end it early. */
static void
await_company(struct combine *c, struct combine_job *leader)
{
	struct timespec until;

	if (c->n + 1 >= c->last || clock_mono_us() - c->last_us >
	    RECENT_TIMES * c->company_us)
		return;
	c->expecting = leader;
	(void)pthread_mutex_unlock(&c->lock);
	until = clock_moment_after(c->company_us);
	(void)sem_clockwait(&leader->turn, CLOCK_MONOTONIC, &until);
	(void)pthread_mutex_lock(&c->lock);
	if (c->expecting == leader)
		c->expecting = NULL;
}

/* --- the work --------------------------------------------------------- */

/* Whoever is told may return at once, with its job. */
static void
tell_group(struct combine_job *own)
{
	struct combine_job *next;

	for (struct combine_job *j = own->next; j != NULL; j = next) {
		next = j->next;
		atomic_store(&j->state, COMBINE_DONE);
		(void)sem_post(&j->turn);
	}
}

static void
lead(struct combine *c, struct combine_job *own, combine_fn *run, void *leader)
{
	struct combine_job *next;

	(void)pthread_mutex_lock(&c->lock);
	await_company(c, own);
	take_group(c, own);
	(void)pthread_mutex_unlock(&c->lock);
	run(own, leader);
	(void)pthread_mutex_lock(&c->lock);
	next = appoint(c, own);
	(void)pthread_mutex_unlock(&c->lock);
	if (next != NULL)
		(void)sem_post(&next->turn);
	tell_group(own);
}

void
combine_do(struct combine *c, struct combine_job *job, combine_fn *run,
    void *leader)
{
	bool leads;

	if (sem_init(&job->turn, 0, 0) != 0)
		fatalx("cannot make a semaphore");
	(void)pthread_mutex_lock(&c->lock);
	job->next = NULL;
	if ((leads = c->leader == NULL))
		c->leader = job;
	else
		gather(c, job);
	(void)pthread_mutex_unlock(&c->lock);
	if (!leads)
		wait_for_turn(c, job);
	if (leads || atomic_load(&job->state) == COMBINE_LEADS)
		lead(c, job, run, leader);
	(void)sem_destroy(&job->turn);
}
