/* SPDX-License-Identifier: MIT */
#include "core/far_ring.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#include "core/far_doorbell.h"

#define RING_MS 333 /* for a machine that does not answer a caller waits */

/* Has each one that was dialled the ring, or no connection any more? */
static bool
is_rung(const struct far_doorbells *f)
{
	for (size_t i = 0; i < nitems(f->all); i++) {
		const struct far_doorbell *one = &f->all[i];

		if (one->line != NULL && (!far_doorbell_is_open(one) ||
			secure_line_is_blocked(one->line)))
			return false;
	}
	return true;
}

/* What was said goes out when the other end has proved itself. */
static void
speak(struct far_doorbells *f, int64_t until_ms)
{
	struct doorbell_packet p;
	struct epoll_event ev;
	int64_t now_ms;

	while (!is_rung(f) && (now_ms = clock_mono_ms()) < until_ms &&
	    epoll_wait(f->epoll, &ev, 1, (int)(until_ms - now_ms)) > 0)
		while (far_doorbell_hear(f, ev.data.ptr, &p, now_ms) > 0)
			;
}

void
far_ring(struct db *db, const struct settings *s,
    const struct outbox_send *send)
{
	int64_t now_ms = clock_mono_ms();
	struct shard_doorbells owners;
	struct far_doorbells f;
	const struct err *e;
	int epoll;

	if (s->sendd.listen_key_file == NULL || send->rows == 0 ||
	    (epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return;
	far_doorbells_open(&f, s->sendd.listen_key_file, s->sendd.listen,
	    epoll);
	if ((e = shard_doorbells(db, &owners)) != NULL) {
		log_warn("doorbells of other machines: %s", e->text);
	} else {
		far_doorbells_know(&f, &owners, now_ms);
		far_doorbells_ring(&f, send->shard, send->n_shards, now_ms);
		speak(&f, now_ms + RING_MS);
	}
	far_doorbells_close(&f);
	(void)close(epoll);
}
