/* SPDX-License-Identifier: MIT */
#include "sendd/pace.h"

#include "unit.h"

#define RATE 1000
#define ROOM 100000
#define NOW 1000000

/* A pace whose bucket is full, with that many requests in flight. */
static struct pace
pace_with(unsigned in_flight)
{
	return (struct pace){.in_flight = in_flight, .allowance = RATE,
	    .filled_ms = NOW, .started_ms = NOW};
}

/* --- window ----------------------------------------------------------- */

/* Half of what is in flight; each accepted message adds one. */
static void
window_is_cut_and_grows(void **state)
{
	static const struct {
		unsigned in_flight, window;
	} rows[] = {{0, 1}, {1, 1}, {2, 2}, {10, 6}, {99, 50}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct pace p = pace_with(rows[i].in_flight);

		pace_slower(&p);
		assert_int_equal(p.window, rows[i].window);
		pace_on(&p, PACE_NOTHING);
		pace_on(&p, PACE_ANSWERED);
		assert_int_equal(p.window, rows[i].window);
		pace_on(&p, PACE_ACCEPTED);
		assert_int_equal(p.window, rows[i].window + 1);
	}
}

static void
window_limits(void **state)
{
	struct pace p = pace_with(10);

	(void)state;
	assert_int_equal(pace_may_send(&p, RATE, 50, NOW), 50);
	pace_slower(&p);
	assert_int_equal(pace_may_send(&p, RATE, 50, NOW), 0);
	for (int i = 0; i < 4; i++)
		pace_ended(&p);
	assert_int_equal(pace_may_send(&p, RATE, 50, NOW), 0);
	pace_ended(&p);
	assert_int_equal(pace_may_send(&p, RATE, 50, NOW), 1);
	pace_ended(&p);
	pace_on(&p, PACE_ACCEPTED);
	assert_int_equal(pace_may_send(&p, RATE, 50, NOW), 3);
	assert_int_equal(pace_may_send(&p, RATE, 2, NOW), 2);
}

/* It grows until it is none; and none does not grow. */
static void
window_has_an_end(void **state)
{
	struct pace p = pace_with(0);

	(void)state;
	pace_on(&p, PACE_ACCEPTED);
	assert_int_equal(p.window, 0);
	p.window = PACE_WINDOW_MAX - 1;
	pace_on(&p, PACE_ACCEPTED);
	assert_int_equal(p.window, PACE_WINDOW_MAX);
	pace_on(&p, PACE_ACCEPTED);
	assert_int_equal(p.window, 0);
	assert_int_equal(pace_may_send(&p, ROOM, ROOM, NOW + 1000), ROOM);
}

/* --- allowance -------------------------------------------------------- */

static void
allowance_fills_by_time(void **state)
{
	struct pace p = pace_with(0);

	(void)state;
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW), RATE);
	pace_started(&p, RATE, NOW);
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW), 0);
	assert_true(pace_is_spent(&p));
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + 1), 1);
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + 250), 250);
	assert_false(pace_is_spent(&p));
	/* a second's worth is all that is saved */
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + 1000000), RATE);
	/* another rate, as after the settings were read again */
	assert_int_equal(pace_may_send(&p, 10, ROOM, NOW + 1000000), 10);
}

/* Looking often loses nothing: five a second are five. */
static void
allowance_adds_up(void **state)
{
	struct pace p = {.filled_ms = NOW};
	unsigned sent = 0;

	(void)state;
	for (int64_t ms = 1; ms <= 2000; ms++)
		if (pace_may_send(&p, 5, ROOM, NOW + ms) > 0) {
			pace_started(&p, 1, NOW + ms);
			sent++;
		}
	assert_in_range(sent, 9, 10);
}

/* A request may take more than is left; what is owed is paid first. */
static void
allowance_is_owed(void **state)
{
	struct pace p = pace_with(0);

	(void)state;
	pace_started(&p, 3 * RATE, NOW);
	assert_true(pace_is_spent(&p));
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW), 0);
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + 1999), 0);
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + 2010), 10);
}

/* --- probes ----------------------------------------------------------- */

/* One until the first answer; one more beside each that is silent, up to
 * four. */
static void
probes_go_one_by_one(void **state)
{
	struct pace p = pace_with(0);
	int64_t now = NOW;

	(void)state;
	p.probing = true;
	for (unsigned n = 0; n < PACE_PROBES_MAX; n++) {
		assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 1);
		pace_started(&p, 1, now);
		assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 0);
		now += PACE_SILENT_MS - 1;
		assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 0);
		now += 1;
	}
	assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 0);
	assert_int_equal(p.in_flight, PACE_PROBES_MAX);
	pace_ended(&p);
	pace_on(&p, PACE_NOTHING);
	assert_true(p.probing);
	pace_on(&p, PACE_ANSWERED);
	assert_false(p.probing);
	assert_int_equal(pace_may_send(&p, RATE, 50, now), 50);
}

/* A full window whose requests are silent lets one more through, too. */
static void
window_does_not_starve(void **state)
{
	struct pace p = pace_with(6);

	(void)state;
	p.window = 6;
	assert_int_equal(pace_may_send(&p, RATE, ROOM,
	    NOW + PACE_SILENT_MS - 1), 0);
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + PACE_SILENT_MS),
	    1);
}

/* --- suspension ------------------------------------------------------- */

/* 15, 30, 60, 120, 120 seconds; each ends in a probe. */
static void
suspensions_double(void **state)
{
	static const int64_t pauses_s[] = {15, 30, 60, 120, 120, 120};
	struct pace p = pace_with(0);
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < nitems(pauses_s); i++) {
		int64_t pause = pauses_s[i] * 1000;

		assert_int_equal(pace_suspend(&p, 0, now), pause);
		assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 0);
		assert_int_equal(pace_left_ms(&p, now), pause);
		now += pause - 1;
		assert_false(pace_resumes(&p, now));
		assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 0);
		assert_int_equal(pace_left_ms(&p, now), 0); /* as good as */
		assert_true(pace_resumes(&p, ++now));
		assert_false(pace_resumes(&p, now));
		assert_true(p.probing);
		assert_int_equal(pace_may_send(&p, RATE, ROOM, now), 1);
	}
	pace_on(&p, PACE_ACCEPTED);
	assert_int_equal(pace_suspend(&p, 0, now), 15000);
}

/* The provider's wish is a floor, beyond the cap too; and a suspension that
 * goes on is neither longer nor counted. */
static void
suspension_by_wish(void **state)
{
	struct pace p = pace_with(0);

	(void)state;
	assert_int_equal(pace_suspend(&p, 1, NOW), 15000);
	assert_int_equal(pace_suspend(&p, 600, NOW + 1), 0);
	assert_int_equal(p.suspended_until_ms, NOW + 15000);
	assert_int_equal(p.hold_count, 1);
	assert_true(pace_resumes(&p, NOW + 15000));
	assert_int_equal(pace_suspend(&p, 600, NOW + 15000), 600000);
	pace_end_suspension(&p);
	assert_int_equal(pace_left_ms(&p, NOW + 15000), 0);
	assert_true(pace_resumes(&p, NOW + 15000));
	assert_int_equal(pace_may_send(&p, RATE, ROOM, NOW + 15000), 1);
	assert_int_equal(pace_suspend(&p, 0, NOW + 15000), 60000);
	pace_reset(&p);
	assert_false(p.suspended);
	assert_int_equal(pace_suspend(&p, 0, NOW), 15000);
}

/* --- cure ------------------------------------------------------------- */

/* Once; what flew before it goes again; what was asked for after it and is
 * refused ends in a suspension, in which nothing is cured. */
static void
cure_is_tried_once(void **state)
{
	struct pace p = pace_with(0);

	(void)state;
	assert_int_equal(pace_refused(&p, false, 100, 200), PACE_SUSPEND);
	assert_int_equal(pace_refused(&p, true, 100, 200), PACE_CURE);
	assert_int_equal(pace_refused(&p, true, 150, 210), PACE_AGAIN);
	assert_int_equal(pace_refused(&p, false, 200, 210), PACE_AGAIN);
	assert_int_equal(pace_refused(&p, true, 201, 300), PACE_SUSPEND);
	assert_int_equal(pace_suspend(&p, 0, NOW), 15000);
	assert_int_equal(pace_refused(&p, true, 150, 310), PACE_SUSPEND);
	/* the probe may be cured again */
	assert_true(pace_resumes(&p, NOW + 15000));
	assert_int_equal(pace_refused(&p, true, 400, 500), PACE_CURE);
}

static void
cure_helps(void **state)
{
	struct pace p = pace_with(0);

	(void)state;
	assert_int_equal(pace_refused(&p, true, 100, 200), PACE_CURE);
	pace_on(&p, PACE_ANSWERED);
	assert_int_equal(pace_refused(&p, true, 201, 300), PACE_SUSPEND);
	pace_on(&p, PACE_ACCEPTED);
	assert_int_equal(pace_refused(&p, true, 201, 300), PACE_CURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(window_is_cut_and_grows),
	    cmocka_unit_test(window_limits),
	    cmocka_unit_test(window_has_an_end),
	    cmocka_unit_test(allowance_fills_by_time),
	    cmocka_unit_test(allowance_adds_up),
	    cmocka_unit_test(allowance_is_owed),
	    cmocka_unit_test(probes_go_one_by_one),
	    cmocka_unit_test(window_does_not_starve),
	    cmocka_unit_test(suspensions_double),
	    cmocka_unit_test(suspension_by_wish),
	    cmocka_unit_test(cure_is_tried_once),
	    cmocka_unit_test(cure_helps)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
