/* SPDX-License-Identifier: MIT */
#include "db/run_beside.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/mem.h"

struct run_beside {
	pthread_mutex_t lock;
	pthread_cond_t said; /* something below */
	struct run_stretch stretch;
	int64_t devices; /* of those, at most */
	bool offered, written, ended;
};

struct run_beside *
run_beside_new(void)
{
	struct run_beside *b = xcalloc(1, sizeof *b);

	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->said, NULL);
	return b;
}

void
run_beside_free(struct run_beside *b)
{
	if (b == NULL)
		return;
	(void)pthread_cond_destroy(&b->said);
	(void)pthread_mutex_destroy(&b->lock);
	free(b);
}

void
run_beside_begin(struct run_beside *b)
{
	(void)pthread_mutex_lock(&b->lock);
	b->offered = b->written = b->ended = false;
	(void)pthread_mutex_unlock(&b->lock);
}

void
run_beside_offer(struct run_beside *b, const struct run_stretch *s,
    int64_t devices)
{
	(void)pthread_mutex_lock(&b->lock);
	if (!b->offered) {
		b->stretch = *s;
		b->devices = devices;
	}
	b->offered = true;
	(void)pthread_cond_signal(&b->said);
	(void)pthread_mutex_unlock(&b->lock);
}

static void
say(struct run_beside *b, bool *what)
{
	(void)pthread_mutex_lock(&b->lock);
	*what = true;
	(void)pthread_cond_signal(&b->said);
	(void)pthread_mutex_unlock(&b->lock);
}

void
run_beside_note_written(struct run_beside *b)
{
	say(b, &b->written);
}

void
run_beside_end(struct run_beside *b)
{
	say(b, &b->ended);
}

bool
run_beside_offered(struct run_beside *b, struct run_stretch *s,
    int64_t *devices)
{
	bool offered;

	(void)pthread_mutex_lock(&b->lock);
	while (!b->offered && !b->ended)
		(void)pthread_cond_wait(&b->said, &b->lock);
	if ((offered = b->offered)) {
		*s = b->stretch;
		*devices = b->devices;
	}
	(void)pthread_mutex_unlock(&b->lock);
	return offered;
}

bool
run_beside_written(struct run_beside *b)
{
	bool written;

	(void)pthread_mutex_lock(&b->lock);
	while (!b->written && !b->ended)
		(void)pthread_cond_wait(&b->said, &b->lock);
	written = b->written;
	(void)pthread_mutex_unlock(&b->lock);
	return written;
}
