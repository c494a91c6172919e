/* SPDX-License-Identifier: MIT */
#include "lib/combine.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "lib/log.h"
#include "lib/mem.h"

struct combine {
	size_t max;
	int64_t patience_ms;
	pthread_mutex_t lock; /* of what follows, and of the jobs' states */
	/* behind which others gather; NULL: nobody leads. After a loss of
	 * patience another one may still be at work, and nobody waits for it */
	const struct combine_job *leader;
	struct combine_job *first, **end; /* those that gather */
};

struct combine *
combine_new(size_t max, int64_t patience_ms)
{
	struct combine *c = xcalloc(1, sizeof *c);

	c->max = max;
	c->patience_ms = patience_ms;
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
	size_t n = 0;

	(void)pthread_mutex_lock(&c->lock);
	for (const struct combine_job *j = c->first; j != NULL; j = j->next)
		n++;
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
}

static void
remove_job(struct combine *c, const struct combine_job *job)
{
	struct combine_job **at = &c->first;

	while (*at != job)
		at = &(*at)->next;
	if ((*at = job->next) == NULL)
		c->end = at;
}

/* The leader's job, and those that came first of the others. */
static void
take_group(struct combine *c, struct combine_job *leader)
{
	struct combine_job *last = leader;

	leader->next = c->first;
	for (size_t n = 1; n < c->max && last->next != NULL; n++) {
		last = last->next;
		atomic_store(&last->state, COMBINE_TAKEN);
	}
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
	struct timespec until;
	int failed;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(c->patience_ms / 1000);
	until.tv_nsec += (long)(c->patience_ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	do
		failed = sem_clockwait(&job->turn, CLOCK_MONOTONIC, &until);
	while (failed != 0 && errno == EINTR);
	if (failed != 0 && !loses_patience(c, job))
		wait_on(&job->turn); /* it was taken, or appointed */
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
