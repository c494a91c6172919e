/* SPDX-License-Identifier: MIT */
#include "sendd/run_paces.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define BUCKET_S 1.25 /* rows are read about once a second */
#define RATE_MIN 0.01	  /* messages a second of one sendd */
#define CATCH_UP 2.0 /* times as fast as a spread would be without a rest */
#define MINUTE_MS 60000
#define DAY_MS 86400000

void
run_paces_init(struct run_paces *p)
{
	*p = (struct run_paces){.memory = arena_new(),
	    .fresh_memory = arena_new()};
}

void
run_paces_done(struct run_paces *p)
{
	struct run_zone *z;

	while ((z = p->zones) != NULL) {
		p->zones = z->next;
		zoneinfo_free(z->zone);
		free(z);
	}
	arena_free(p->memory);
	arena_free(p->fresh_memory);
}

/* --- zones ------------------------------------------------------------ */

/* A zone that cannot be read counts as UTC; it was there when it was set. */
static const struct run_zone *
zone_of(struct run_paces *p, const char *name)
{
	struct run_zone *z = p->zones;
	const struct err *e;

	while (z != NULL && strcmp(z->name, name) != 0)
		z = z->next;
	if (z != NULL)
		return z;
	z = xcalloc(1, sizeof *z + strlen(name) + 1);
	(void)memcpy(z->name, name, strlen(name));
	if ((e = zoneinfo_load(name, &z->zone)) != NULL)
		log_err("quiet hours: %s", e->text);
	z->next = p->zones;
	p->zones = z;
	return z;
}

static int64_t
offset_ms(const struct run_zone *z, int64_t time_ms)
{
	return z->zone != NULL ? zoneinfo_offset(z->zone, time_ms / 1000) * 1000
			       : 0;
}

/* Until when it is quiet; 0: it is not. If the clocks are changed before the
 * end, it comes earlier or later by that; but an end that is skipped when they
 * are put forward comes no earlier. */
static int64_t
quiet_until(struct run_paces *p, const struct run_timing *t, int64_t time_ms)
{
	const struct run_zone *z;
	int64_t now, since, length, end, shifted;

	if (t->quiet_zone == NULL)
		return 0;
	z = zone_of(p, t->quiet_zone);
	now = (time_ms + offset_ms(z, time_ms)) % DAY_MS;
	since = (now - t->quiet_from * MINUTE_MS + DAY_MS) % DAY_MS;
	length = ((t->quiet_to - t->quiet_from) * MINUTE_MS + DAY_MS) % DAY_MS;
	if (since >= length)
		return 0;
	end = time_ms + length - since;
	shifted = end - offset_ms(z, end) + offset_ms(z, time_ms);
	return offset_ms(z, shifted) == offset_ms(z, end) ? shifted : end;
}

/* --- the rate --------------------------------------------------------- */

/* The part of the day that is not quiet. */
static double
part_awake(const struct run_timing *t)
{
	int64_t quiet = t->quiet_to - t->quiet_from;

	if (t->quiet_zone == NULL)
		return 1;
	return 1 - (double)((quiet + RUN_DAY_MIN) % RUN_DAY_MIN) / RUN_DAY_MIN;
}

/* The rate at which what is left goes out until the end of the spread. After a
 * pause or quiet hours that is soon, or over: it catches up, but not in a rush.
 * While rows are queued, their number is guessed. */
static double
rate_of_spread(const struct campaign_held *h, int64_t time_ms)
{
	const struct run_timing *t = &h->timing;
	int64_t left_ms = run_timing_spread_from(t) + t->spread_ms - time_ms;
	double total = (double)h->total, most, rate;

	if (h->queued > 0 && h->queued < h->queue_end)
		total *= (double)h->queue_end / (double)h->queued;
	most = CATCH_UP * total * 1000 / (double)t->spread_ms / part_awake(t);
	rate = (total - (double)h->done) * 1000 / (double)left_ms;
	return left_ms > 0 && rate < most ? rate : most;
}

static double
rate_of(const struct campaign_held *h, double part, int64_t time_ms)
{
	double rate = (double)h->timing.rate, spread;

	if (h->timing.spread_ms > 0) {
		spread = rate_of_spread(h, time_ms);
		if (rate == 0 || spread < rate)
			rate = spread;
	} else if (rate == 0) {
		return 0;
	}
	rate *= part;
	return rate > RATE_MIN ? rate : RATE_MIN;
}

static bool
has_same_timing(const struct run_timing *a, const struct run_timing *b)
{
	return a->rate == b->rate && a->spread_ms == b->spread_ms &&
	    a->spread_from_ms == b->spread_from_ms &&
	    a->start_ms == b->start_ms;
}

/* --- the snapshot ----------------------------------------------------- */

static int
compare_send(const void *send, const void *pace)
{
	const uint64_t *a = send;
	const struct run_pace *b = pace;

	return *a < b->is.send ? -1 : *a > b->is.send;
}

static struct run_pace *
pace_of(const struct run_paces *p, uint64_t send)
{
	return p->n == 0 ? NULL
			 : bsearch(&send, p->list, p->n, sizeof *p->list,
			       compare_send);
}

const struct err *
run_paces_read(struct run_paces *p, struct db *db)
{
	struct campaign_held *list;
	const struct err *e;

	arena_reset(p->fresh_memory);
	p->n_fresh = 0;
	p->fresh_as_of_ms = clock_mono_ms();
	e = campaign_held(db, p->fresh_memory, &list, &p->n_fresh);
	if (e != NULL)
		return e;
	p->fresh = arena_zero(p->fresh_memory, p->n_fresh * sizeof *p->fresh);
	for (size_t i = 0; i < p->n_fresh; i++)
		p->fresh[i].is = list[i];
	return NULL;
}

/* What it was allowed so far; after a change of the timing it begins anew. Of
 * messages that are recalled, each takes another slot. */
static void
take_over(struct run_pace *r, const struct run_pace *old, int64_t mono_ms)
{
	r->filled_ms = mono_ms;
	if (old == NULL || !has_same_timing(&r->is.timing, &old->is.timing))
		return;
	r->allowance = old->allowance;
	if (!r->is.recalls && !old->is.recalls)
		r->slot_ms = old->slot_ms;
	r->filled_ms = old->filled_ms;
}

void
run_paces_take(struct run_paces *p, double part, int64_t time_ms,
    int64_t mono_ms)
{
	struct arena *memory = p->memory;

	for (size_t i = 0; i < p->n_fresh; i++) {
		struct run_pace *r = &p->fresh[i];

		take_over(r, pace_of(p, r->is.send), mono_ms);
		r->rate = rate_of(&r->is, part, time_ms);
		r->rests_ms = quiet_until(p, &r->is.timing, time_ms);
	}
	p->list = p->fresh;
	p->n = p->n_fresh;
	p->memory = p->fresh_memory;
	p->fresh_memory = memory;
	p->as_of_ms = p->fresh_as_of_ms;
}

bool
run_paces_are_known(const struct run_paces *p, int64_t mono_ms)
{
	return p->as_of_ms != 0 && mono_ms - p->as_of_ms < SQL_SOON_MS;
}

/* --- asking ----------------------------------------------------------- */

static int64_t
put_off_ms(int64_t ms)
{
	return ms < CAMPAIGN_PUT_OFF_MS ? ms : CAMPAIGN_PUT_OFF_MS;
}

int64_t
run_paces_rest_ms(const struct run_paces *p, uint64_t send, int64_t time_ms,
    bool *paused)
{
	const struct run_pace *r = pace_of(p, send);

	*paused = r != NULL && r->is.paused;
	if (r == NULL)
		return 0;
	if (*paused)
		return CAMPAIGN_PUT_OFF_MS;
	return r->rests_ms > time_ms ? put_off_ms(r->rests_ms - time_ms) : 0;
}

uint64_t
run_paces_changes(const struct run_paces *p, uint64_t send)
{
	const struct run_pace *r = pace_of(p, send);

	return r != NULL ? r->is.changes : 0;
}

static void
refill(struct run_pace *r, int64_t mono_ms)
{
	double most = r->rate * BUCKET_S > 1 ? r->rate * BUCKET_S : 1;

	r->allowance += r->rate * (double)(mono_ms - r->filled_ms) / 1000;
	r->filled_ms = mono_ms;
	if (r->allowance > most)
		r->allowance = most;
}

/* A message that cannot wait until its slot takes none: it asks once more
 * before, and the slots stay for those that do. */
static int64_t
next_slot_ms(struct run_pace *r, int64_t mono_ms)
{
	double first = (double)mono_ms + (1 - r->allowance) * 1000 / r->rate;
	double slot = r->slot_ms < first ? first
					 : r->slot_ms + 1000 / r->rate;

	if (slot >= (double)(mono_ms + CAMPAIGN_PUT_OFF_MS))
		return CAMPAIGN_PUT_OFF_MS;
	r->slot_ms = slot;
	return (int64_t)slot - mono_ms + 1;
}

int64_t
run_paces_ask_ms(struct run_paces *p, uint64_t send, int64_t mono_ms)
{
	struct run_pace *r = pace_of(p, send);

	if (r == NULL || r->rate == 0)
		return 0;
	refill(r, mono_ms);
	if (r->allowance < 1)
		return next_slot_ms(r, mono_ms);
	r->allowance--;
	return 0;
}
