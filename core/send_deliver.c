/* SPDX-License-Identifier: MIT */
#include "core/send_deliver.h"

#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"

#include "db/shard.h"

#include "core/sender.h"

/* A sending program has as long as the call, up to this: a request that is
 * under way when it ends is repeated by the next one. */
#define SENDER_MS 60000
#define SENDER_MIN_MS 2000 /* less is not worth its start */
#define SENDER_LATE_MS 2000
#define STARTS_MAX 6 /* in a row that fail: about two seconds */
#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 100
#define FAILED_PAUSE_MS 30 /* doubles with each failed start */
#define STOP_LOOK_MS 500

struct delivering {
	const struct send_context *c;
	const struct outbox_send *queue;
	struct send_account account;
	int64_t until_ms, pause_ms;
	unsigned failed; /* starts, in a row */
	bool told; /* the log, of an error */
	bool over;
};

/* The first one of a wait: each look would have the same. */
static void
tell_once(struct delivering *d, const struct err *e)
{
	if (d->told)
		return;
	d->told = true;
	log_warn("deliver send=%llu error=\"%s\"",
	    (unsigned long long)d->queue->id, QUOTED(e->text));
}

/* For at most ms, and not beyond the end. */
static void
pause_for(const struct delivering *d, int64_t ms)
{
	int64_t left = d->until_ms - clock_mono_ms();

	if (left < ms)
		ms = left > 0 ? left : 0;
	(void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000},
	    NULL);
}

/* Has each row had a first answer, or is it no use to wait for one? */
static void
look_again(struct delivering *d)
{
	const struct err *e = send_accounts(d->c->db, &d->account, 1);

	if (e != NULL)
		tell_once(d, e);
	else
		d->over = d->account.answered || !d->account.found;
	d->over |= clock_mono_ms() >= d->until_ms || send_must_stop(d->c) ||
	    d->failed >= STARTS_MAX;
}

/* Is there a shard that may have rows of the send, and has no owner, as it
 * seems? The sending program finds out. */
static bool
has_free_shard(const struct delivering *d)
{
	struct shard_state seen[OUTBOX_SHARDS];
	const struct err *e = shard_list(d->c->db, seen);
	size_t n = d->queue->n_shards;

	for (size_t i = 0; e == NULL && i < n && i < OUTBOX_SHARDS; i++)
		if (seen[(d->queue->shard + i) % OUTBOX_SHARDS].is_over)
			return true;
	return false;
}

/* --- with the sending program ----------------------------------------- */

/* Returns whether it ended well. */
static bool
await_sender(const struct delivering *d, struct sender *p, int64_t for_ms)
{
	int64_t until = clock_mono_ms() + for_ms + SENDER_LATE_MS;
	bool done = false;

	while (!sender_wait(p, STOP_LOOK_MS, &done))
		if (clock_mono_ms() >= until || send_must_stop(d->c)) {
			sender_kill(p);
			return false;
		}
	return done;
}

static void
run_sender(struct delivering *d)
{
	int64_t left = d->until_ms - clock_mono_ms();
	int64_t for_ms = left < SENDER_MS ? left : SENDER_MS;
	const struct err *e;
	struct sender p;

	if (for_ms < SENDER_MIN_MS) {
		pause_for(d, PAUSE_MAX_MS);
		return;
	}
	e = sender_start(&p, d->c->settings, d->queue->id, for_ms);
	if (e == NULL && await_sender(d, &p, for_ms)) {
		d->failed = 0;
		return;
	}
	if (e != NULL)
		tell_once(d, e);
	pause_for(d, FAILED_PAUSE_MS << d->failed++);
}

/* --- with a sendd ----------------------------------------------------- */

static void
wait_a_little(struct delivering *d)
{
	if (d->pause_ms == PAUSE_MIN_MS)
		(void)doorbell_ring(d->c->bell, d->queue->shard,
		    d->queue->n_shards);
	pause_for(d, d->pause_ms);
	d->pause_ms *= 2;
	if (d->pause_ms > PAUSE_MAX_MS)
		d->pause_ms = PAUSE_MAX_MS;
}

void
send_deliver(const struct send_context *c, const struct outbox_send *queue,
    int64_t for_ms, struct send_counts by[PLATFORM__COUNT])
{
	struct delivering d = {.c = c, .queue = queue,
	    .account = {.send = queue->id}, .pause_ms = PAUSE_MIN_MS,
	    .until_ms = clock_mono_ms() + for_ms, .over = queue->rows == 0};

	memcpy(d.account.by, queue->by, sizeof queue->by);
	while (!d.over) {
		if (has_free_shard(&d))
			run_sender(&d);
		else
			wait_a_little(&d);
		look_again(&d);
	}
	memcpy(by, d.account.by, sizeof d.account.by);
}
