/* SPDX-License-Identifier: MIT */
/* When a run may go on: quiet hours over a change of the clocks, rates, and the
 * share of one sendd. */
#include "sendd/run_paces.h"

#include "unit.h"

#define HOUR_MS ((int64_t)3600000)
/* 30 March 2024, 20:00 UTC: 21:00 in Prague, where the next night is an hour
 * shorter. */
#define EVENING_MS (INT64_C(1711828800) * 1000)
#define SEND 77

static void
hold(struct run_paces *p, const struct campaign_held *h)
{
	arena_reset(p->fresh_memory);
	p->fresh = arena_zero(p->fresh_memory, sizeof *p->fresh);
	p->fresh[0].is = *h;
	p->n_fresh = 1;
}

static void
quiet_nights(void **state)
{
	struct campaign_held h = {.send = SEND, .timing = {.quiet_from = 1320,
	    .quiet_to = 420, .quiet_zone = "Europe/Prague"}}; /* 22 to 7 */
	const int64_t asleep_ms = EVENING_MS + 2 * HOUR_MS; /* 23:00 there */
	struct run_paces p;
	bool is_paused;

	(void)state;
	run_paces_init(&p);
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	assert_int_equal(run_paces_rest_ms(&p, SEND, EVENING_MS, &is_paused),
	    0);
	hold(&p, &h);
	run_paces_take(&p, 1, asleep_ms, 0);
	assert_int_equal(p.list[0].rests_ms, asleep_ms + 7 * HOUR_MS);
	assert_int_equal(run_paces_rest_ms(&p, SEND, asleep_ms, &is_paused),
	    CAMPAIGN_PUT_OFF_MS);
	assert_false(is_paused);
	assert_int_equal(run_paces_rest_ms(&p, SEND, asleep_ms + 7 * HOUR_MS,
	    &is_paused), 0);
	assert_int_equal(run_paces_rest_ms(&p, SEND + 1, asleep_ms,
	    &is_paused), 0);
	run_paces_done(&p);
}

/* The clocks of that night go from 2:00 to 3:00: there is no 2:30 at which the
 * quiet hours could end. */
static void
quiet_until_a_skipped_time(void **state)
{
	struct campaign_held h = {.send = SEND, .timing = {.quiet_from = 1320,
	    .quiet_to = 150, .quiet_zone = "Europe/Prague"}};
	const int64_t change_ms = EVENING_MS + 5 * HOUR_MS;
	bool is_paused;
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	for (int64_t ms = change_ms - 3 * HOUR_MS; ms < change_ms;
	     ms += HOUR_MS / 4) {
		hold(&p, &h);
		run_paces_take(&p, 1, ms, 0);
		assert_true(run_paces_rest_ms(&p, SEND, ms, &is_paused) > 0);
	}
	hold(&p, &h);
	run_paces_take(&p, 1, change_ms, 0);
	assert_int_equal(run_paces_rest_ms(&p, SEND, change_ms, &is_paused), 0);
	run_paces_done(&p);
}

/* How many of 1000 go in that many seconds, asked again and again. */
static unsigned
gone_in(struct run_paces *p, int seconds)
{
	unsigned n = 0;

	for (int64_t ms = 0; ms <= (int64_t)seconds * 1000; ms += 10)
		n += run_paces_ask_ms(p, SEND, ms) == 0;
	return n;
}

static void
rates(void **state)
{
	struct campaign_held h = {.send = SEND, .total = 1000,
	    .timing = {.rate = 40}};
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 0); /* nothing held */
	hold(&p, &h);
	run_paces_take(&p, 0.5, EVENING_MS, 0); /* half of the shards */
	assert_in_range(gone_in(&p, 10), 195, 201);
	run_paces_done(&p);
}

/* What does not go gets slots that follow each other; a new rate begins anew.
 */
static void
slots(void **state)
{
	struct campaign_held h = {.send = SEND, .total = 1000,
	    .timing = {.rate = 10}};
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 101);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 201);
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 301);
	h.timing.rate = 100;
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 11);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 21);
	h.recalls = true; /* each asks once more */
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 11);
	h.recalls = false;
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 11);
	assert_int_equal(run_paces_ask_ms(&p, SEND, 0), 21);
	run_paces_done(&p);
}

/* A run that takes longer than a message is put off goes on all the time. */
static void
goes_on_for_hours(void **state)
{
	struct campaign_held h = {.send = SEND, .timing = {.rate = 1}};
	int64_t due_ms[9000] = {0};
	struct run_paces p;
	size_t gone = 0;

	(void)state;
	run_paces_init(&p);
	hold(&p, &h);
	run_paces_take(&p, 1, EVENING_MS, 0);
	for (int64_t ms = 0; ms <= 3 * HOUR_MS; ms += 1000)
		for (size_t i = 0; i < nitems(due_ms); i++) {
			int64_t wait_ms;

			if (due_ms[i] > ms)
				continue;
			wait_ms = run_paces_ask_ms(&p, SEND, ms);
			gone += wait_ms == 0;
			due_ms[i] = wait_ms == 0 ? INT64_MAX : ms + wait_ms;
		}
	assert_int_equal(gone, nitems(due_ms));
	run_paces_done(&p);
}

static int
rate_at(struct run_paces *p, const struct campaign_held *h, int64_t after_ms)
{
	hold(p, h);
	run_paces_take(p, 1, EVENING_MS + after_ms, 0);
	return (int)p->list[0].rate;
}

/* What is left goes evenly until the end, but at most twice as fast as all of
 * it would, when the end is near or over after a pause. */
static void
spreads(void **state)
{
	struct campaign_held h = {.send = SEND, .total = 600, .done = 100,
	    .queued = 50, .queue_end = 100,
	    .timing = {.start_ms = EVENING_MS, .spread_ms = 100000}};
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	assert_int_equal(rate_at(&p, &h, 0), 11); /* 1100 in 100 s */
	assert_int_equal(rate_at(&p, &h, 50000), 22);
	assert_int_equal(rate_at(&p, &h, 90000), 24);
	assert_int_equal(rate_at(&p, &h, 100000), 24);
	assert_int_equal(rate_at(&p, &h, 3 * HOUR_MS), 24);
	h.timing.rate = 20;
	assert_int_equal(rate_at(&p, &h, 90000), 20);
	run_paces_done(&p);
}

/* Twice as fast as in the hours that are not quiet, a quarter of the day. */
static void
spreads_by_day(void **state)
{
	struct campaign_held h = {.send = SEND, .total = 1000, .done = 100,
	    .timing = {.start_ms = EVENING_MS, .spread_ms = 100000,
		.quiet_from = 18 * 60, .quiet_to = 12 * 60,
		.quiet_zone = "UTC"}};
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	assert_int_equal(rate_at(&p, &h, 70000), 30);
	assert_int_equal(rate_at(&p, &h, 95000), 80);
	run_paces_done(&p);
}

/* A spread that is set in mid-run counts from then. */
static void
spreads_from_then(void **state)
{
	struct campaign_held h = {.send = SEND, .total = 1000, .done = 500,
	    .timing = {.start_ms = EVENING_MS, .spread_ms = 100000,
		.spread_from_ms = EVENING_MS + 3 * HOUR_MS}};
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	assert_int_equal(rate_at(&p, &h, 3 * HOUR_MS), 5);
	h.timing.start_ms = EVENING_MS + 4 * HOUR_MS;
	assert_int_equal(rate_at(&p, &h, 4 * HOUR_MS), 5);
	run_paces_done(&p);
}

static void
paused(void **state)
{
	struct campaign_held h = {.send = SEND, .paused = true};
	bool is_paused = false;
	struct run_paces p;

	(void)state;
	run_paces_init(&p);
	assert_false(run_paces_are_known(&p, 0));
	hold(&p, &h);
	p.fresh_as_of_ms = 1000;
	run_paces_take(&p, 1, EVENING_MS, 1100);
	assert_true(run_paces_are_known(&p, 1000 + SQL_SOON_MS - 1));
	assert_false(run_paces_are_known(&p, 1000 + SQL_SOON_MS));
	assert_int_equal(run_paces_rest_ms(&p, SEND, EVENING_MS, &is_paused),
	    CAMPAIGN_PUT_OFF_MS);
	assert_true(is_paused);
	run_paces_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(quiet_nights),
	    cmocka_unit_test(quiet_until_a_skipped_time),
	    cmocka_unit_test(rates), cmocka_unit_test(slots),
	    cmocka_unit_test(goes_on_for_hours),
	    cmocka_unit_test(spreads), cmocka_unit_test(spreads_by_day),
	    cmocka_unit_test(spreads_from_then), cmocka_unit_test(paused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
