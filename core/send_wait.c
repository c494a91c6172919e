/* SPDX-License-Identifier: MIT */
#include "core/send_wait.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>

#include "core/waiting_room.h"
#include "lib/clock.h"

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

	memcpy(by, queue->by, sizeof queue->by);
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
