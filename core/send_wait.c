/* SPDX-License-Identifier: MIT */
#include "core/send_wait.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "core/waiting_room.h"
#include "lib/clock.h"

#define LISTEN_MS 1000	 /* then ask the database in any case */
#define PAUSE_MIN_MS 20	 /* between two queries without the doorbell */
#define PAUSE_MAX_MS 500

void
send_wait_begin(struct send_wait *w, const struct outbox_send *queue,
    bool listening, int64_t now_ms, int64_t for_ms)
{
	/* without rows there is no answer to wait for */
	*w = (struct send_wait){queue->id,
	    queue->rows > 0 ? now_ms + for_ms : now_ms, PAUSE_MIN_MS,
	    listening};
}

int64_t
send_wait_pause(struct send_wait *w, int64_t now_ms)
{
	int64_t left = w->until_ms > now_ms ? w->until_ms - now_ms : 0;
	int64_t pause = w->listening ? LISTEN_MS : w->pause_ms;

	if (!w->listening)
		w->pause_ms = 2 * pause < PAUSE_MAX_MS ? 2 * pause
						       : PAUSE_MAX_MS;
	return pause < left ? pause : left;
}

void
send_wait_heard(struct send_wait *w, enum doorbell_verb verb, bool connected)
{
	w->listening = verb != DOORBELL_ELSE && connected;
}

const struct err *
send_wait_look(const struct send_context *c, const struct send_wait *w,
    struct send_counters *account, bool *over)
{
	const struct err *e = send_by_id(c->db, c->mem, w->send, account);

	*over = e != NULL || account->answered >= account->total ||
	    clock_mono_ms() >= w->until_ms;
	return e;
}

static void
rest(const struct send_context *c, struct send_wait *w)
{
	int64_t now = clock_mono_ms();
	bool listening = w->listening;
	int64_t ms = send_wait_pause(w, now);

	if (listening)
		send_wait_heard(w, doorbell_wait(c->bell, w->send, now + ms),
		    c->bell->fd >= 0);
	else if (ms > 0)
		(void)nanosleep(&(struct timespec){ms / 1000,
		    ms % 1000 * 1000000}, NULL);
}

const struct err *
send_await(const struct send_context *c, struct send_wait *w,
    struct send_counters *account)
{
	const struct err *e;
	bool over;

	do {
		rest(c, w);
		e = send_wait_look(c, w, account, &over);
	} while (!over && !send_must_stop(c));
	return e;
}

/* --- a room of one ---------------------------------------------------- */

struct lone_waiter {
	struct waiter w; /* the first member */
	sem_t over;
};

static void
lone_wait_over(struct waiter *w, enum waiting_end how)
{
	(void)how; /* the counts say it */
	(void)sem_post(&((struct lone_waiter *)w)->over);
}

const struct err *
send_wait_alone(const struct settings *s, const char *program,
    const struct outbox_send *queue, int64_t for_ms,
    struct send_counts by[PLATFORM__COUNT])
{
	struct lone_waiter one = {.w = {.until_ms = clock_mono_ms() + for_ms,
	    .fd = -1, .over = lone_wait_over}};
	struct waiting_room *room;
	const struct err *e = waiting_room_open(s, program, &room);

	if (e != NULL)
		return e;
	(void)sem_init(&one.over, 0, 0);
	if (waiting_room_enter(room, &one.w, queue))
		while (sem_wait(&one.over) != 0 && errno == EINTR)
			;
	memcpy(by, one.w.by, sizeof one.w.by);
	waiting_room_free(room);
	(void)sem_destroy(&one.over);
	return NULL;
}
