/* SPDX-License-Identifier: MIT */
#include "sendd/sealer.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/thread.h"

/* Exchanges that a thread takes at a time, when there are many: each time costs
 * it the lock, and the main thread a waking. */
#define SEALER_BATCH 8

/* First in, first out; linked by exchange.next. */
struct sealer_line {
	struct exchange *first, **last;
};

struct sealer {
	struct poller *poller;
	bool here;
	int done_fd; /* eventfd: readable when some are sealed */
	unsigned n;  /* added, and not given back */
	struct sealer_line taken; /* of the finished ones */
	pthread_t threads[SEALER_THREADS];
	unsigned n_threads;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;
	bool ending;
	unsigned idle; /* threads that wait */
	unsigned waiting; /* exchanges in all lanes */
	struct sealer_line lanes[SEALER_LANES], done;
};

static void
line_init(struct sealer_line *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void
line_add(struct sealer_line *l, struct exchange *x)
{
	x->next = NULL;
	*l->last = x;
	l->last = &x->next;
}

static struct exchange *
line_take(struct sealer_line *l)
{
	struct exchange *x = l->first;

	if (x == NULL)
		return NULL;
	l->first = x->next;
	if (l->first == NULL)
		l->last = &l->first;
	x->next = NULL;
	return x;
}

/* All of one line behind the other; the first is empty then. */
static void
line_move(struct sealer_line *from, struct sealer_line *to)
{
	if (from->first == NULL)
		return;
	*to->last = from->first;
	to->last = from->last;
	line_init(from);
}

/* --- a thread ---------------------------------------------------------- */

static struct exchange *
take_next(struct sealer *s)
{
	struct exchange *x = NULL;

	for (unsigned lane = 0; x == NULL && lane < SEALER_LANES; lane++)
		x = line_take(&s->lanes[lane]);
	return x;
}

/* Its share of what waits, so that the other threads get theirs. */
static void
take_some(struct sealer *s, struct sealer_line *into)
{
	unsigned share = 1 + (s->waiting - 1) / (2 * s->n_threads);

	if (share > SEALER_BATCH)
		share = SEALER_BATCH;
	s->waiting -= share;
	for (line_init(into); share > 0; share--)
		line_add(into, take_next(s));
}

/* The main thread is woken for the first of those that it has not taken. */
static void
give_back(struct sealer *s, struct sealer_line *sealed)
{
	const uint64_t one = 1;
	bool first = s->done.first == NULL;

	line_move(sealed, &s->done);
	if (first && write(s->done_fd, &one, sizeof one) < 0)
		log_err("a thread that encrypts cannot wake the main thread");
}

static void *
sealer_life(void *arg)
{
	struct sealer *s = arg;
	struct sealer_line mine;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->ending) {
		if (s->waiting == 0) {
			s->idle++;
			(void)pthread_cond_wait(&s->wake, &s->lock);
			s->idle--;
			continue;
		}
		take_some(s, &mine);
		(void)pthread_mutex_unlock(&s->lock);
		for (struct exchange *x = mine.first; x != NULL; x = x->next)
			x->seal(x);
		(void)pthread_mutex_lock(&s->lock);
		give_back(s, &mine);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* A thread for each processor. Without any, the main thread seals. */
static void
start_threads(struct sealer *s)
{
	long most = sysconf(_SC_NPROCESSORS_ONLN);
	const struct err *e = NULL;

	if (most > SEALER_THREADS)
		most = SEALER_THREADS;
	(void)pthread_mutex_lock(&s->lock); /* they divide by their number */
	while (e == NULL && (long)s->n_threads < most) {
		e = thread_start(&s->threads[s->n_threads], sealer_life, s);
		s->n_threads += e == NULL;
	}
	(void)pthread_mutex_unlock(&s->lock);
	s->here = s->n_threads == 0;
}

/* --- the main thread --------------------------------------------------- */

static void
on_sealed(int fd, uint32_t events, void *arg)
{
	uint64_t count;

	(void)events;
	(void)arg;
	if (read(fd, &count, sizeof count) < 0)
		return; /* an earlier call has read it */
}

const struct err *
sealer_open(struct poller *p, bool here, struct sealer **out)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct sealer *s;

	if (fd < 0)
		return err_errno("eventfd");
	s = xcalloc(1, sizeof *s);
	s->poller = p;
	s->here = here;
	s->done_fd = fd;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->wake, NULL);
	for (unsigned lane = 0; lane < SEALER_LANES; lane++)
		line_init(&s->lanes[lane]);
	line_init(&s->done);
	line_init(&s->taken);
	poller_watch(p, fd, EPOLLIN, on_sealed, NULL);
	*out = s;
	return NULL;
}

void
sealer_close(struct sealer *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->ending = true;
	(void)pthread_cond_broadcast(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	while (s->n_threads > 0)
		(void)pthread_join(s->threads[--s->n_threads], NULL);
	poller_unwatch(s->poller, s->done_fd);
	(void)close(s->done_fd);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

unsigned
sealer_room(const struct sealer *s)
{
	return s->n < SEALER_ROOM ? SEALER_ROOM - s->n : 0;
}

void
sealer_add(struct sealer *s, struct exchange *x,
    void (*seal)(struct exchange *x), unsigned lane)
{
	x->seal = seal;
	s->n++;
	if (!s->here && s->n_threads == 0)
		start_threads(s);
	if (s->here) {
		seal(x);
		line_add(&s->taken, x);
		return;
	}
	(void)pthread_mutex_lock(&s->lock);
	line_add(&s->lanes[lane % SEALER_LANES], x);
	s->waiting++;
	if (s->idle > 0)
		(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
}

struct exchange *
sealer_finished(struct sealer *s)
{
	struct exchange *x;

	if (s->n == 0)
		return NULL;
	if (s->taken.first == NULL && !s->here) {
		(void)pthread_mutex_lock(&s->lock);
		line_move(&s->done, &s->taken);
		(void)pthread_mutex_unlock(&s->lock);
	}
	x = line_take(&s->taken);
	s->n -= x != NULL;
	return x;
}
