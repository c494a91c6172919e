/* SPDX-License-Identifier: MIT */
#include "sendd/errand.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

#include "db/outbox.h"

#define ERRANDS_MAX 4 /* for a time, of one machine */
#define LOOK_SEND_MS 50
#define LOOK_MS 1000
#define LEASE_MAX_MS 5000
#define CHUNK_MAX 10000 /* of a campaign: leases are renewed in between */
#define CLOSE_PART 8	/* of the time, at the end, is for what is under way */
#define CLOSE_MIN_MS 1000
#define CLOSE_MAX_MS 8000

static int64_t
at_most(int64_t value, int64_t max)
{
	return value < max ? value : max;
}

void
errand_begin(struct errand *e, struct settings *s)
{
	int64_t rest = at_most(e->for_ms / CLOSE_PART, CLOSE_MAX_MS);

	e->end_ms = clock_mono_ms() + e->for_ms;
	e->close_ms = e->end_ms - (rest < CLOSE_MIN_MS ? CLOSE_MIN_MS : rest);
	s->campaign.chunk = at_most(s->campaign.chunk, CHUNK_MAX);
	e->alive_ms = s->sendd.lease_ms;
	s->sendd.lease_ms = at_most(s->sendd.lease_ms, LEASE_MAX_MS);
}

/* --- the name --------------------------------------------------------- */

static const struct err *
look_for_daemon(struct errand *e)
{
	bool alive = false;
	const struct err *x = instance_daemon(e->db, e->alive_ms, &alive);

	if (x != NULL || !alive)
		return x;
	log_notice("a sendd works as a daemon: this errand ends");
	e->over = true;
	return NULL;
}

/* The first place that no errand of this machine has. */
static const struct err *
find_place(const struct errand *e, struct identity *id, unsigned *n)
{
	const struct err *x = NULL;
	char path[512];

	for (*n = 1; *n <= ERRANDS_MAX; ++*n) {
		(void)snprintf(path, sizeof path, "%.400s.errand-%u",
		    e->settings->sendd.doorbell, *n);
		x = instance_lock_open(&id->lock, path);
		if (x == NULL || x->code != ERR_CONFLICT)
			return x;
	}
	return x;
}

static void
add_to_name(struct identity *id, const char *suffix)
{
	char *name = id->self.name;
	size_t len = strnlen(name, INSTANCE_NAME - 1 - strlen(suffix));

	memcpy(name + len, suffix, strlen(suffix) + 1);
}

const struct err *
errand_claim(struct errand *e, struct identity *id, struct poller *poller,
    const bool *ending, bool *told)
{
	const struct err *x;
	char suffix[24] = "/send";
	unsigned n;

	if (e->send != 0) {
		add_to_name(id, suffix);
		claim_draw(&id->self);
		return NULL;
	}
	if ((x = look_for_daemon(e)) != NULL || e->over ||
	    (x = find_place(e, id, &n)) != NULL)
		return x;
	(void)snprintf(suffix, sizeof suffix, INSTANCE_ERRAND "%u", n);
	add_to_name(id, suffix);
	return claim_name(id, e->db, poller, ending, told);
}

/* --- the work --------------------------------------------------------- */

/* What the database has is the truth: rows that are due and not settled. Free
 * shards that have some are taken, ours are read. */
static const struct err *
look_for_rows(struct errand *e)
{
	bool wanted[OUTBOX_SHARDS];
	const struct err *x = outbox_shards_of(e->db, e->send, wanted);
	bool any = false;

	for (unsigned i = 0; x == NULL && i < OUTBOX_SHARDS; i++) {
		any |= wanted[i];
		if (wanted[i] && e->shards->all[i].mine)
			scan_look(e->scan, i);
	}
	e->over = x == NULL && !any;
	if (x == NULL && any)
		leases_take(e->leases, wanted);
	return x;
}

static const struct err *
tick_for_send(struct errand *e, int64_t now_ms)
{
	if (e->queue->n == 0 && now_ms >= e->look_ms) {
		e->look_ms = now_ms + LOOK_SEND_MS;
		return look_for_rows(e);
	}
	if (leases_are_due(e->leases))
		leases_renew(e->leases);
	return NULL;
}

const struct err *
errand_tick(struct errand *e)
{
	int64_t now_ms = clock_mono_ms();

	if (e->for_ms == 0)
		return NULL;
	if (e->send != 0)
		return tick_for_send(e, now_ms);
	if (now_ms < e->look_ms)
		return NULL;
	e->look_ms = now_ms + LOOK_MS;
	return look_for_daemon(e);
}

bool
errand_is_over(const struct errand *e)
{
	return e->for_ms > 0 && (e->over || clock_mono_ms() >= e->close_ms);
}

int64_t
errand_due_ms(const struct errand *e)
{
	if (e->for_ms == 0)
		return INT64_MAX;
	if (e->send != 0 && e->queue->n > 0) /* an outcome wakes us */
		return e->close_ms;
	return at_most(e->look_ms, e->close_ms);
}
