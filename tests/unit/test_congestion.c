/* SPDX-License-Identifier: MIT */
#include "sendd/congestion.h"

#include "unit.h"

#define STREAMS 1000 /* of the provider */

/* A provider that takes so long for each, and works on one after the other for
 * so long. */
struct provider {
	int64_t takes_us, works_us;
};

/* As many fly as may, for so many times as all of them are answered: how many
 * fly then. */
static unsigned
fly(struct congestion *g, struct provider p, unsigned times, int64_t *now_us)
{
	unsigned n = 0;

	for (unsigned k = 0; k < times; k++) {
		n = congestion_room(g, 0, STREAMS);
		for (unsigned i = 0; i < n; i++) {
			/* half, and one and a half of it */
			int64_t takes = p.takes_us / 2 +
			    p.takes_us * (i % 11) / 10;

			congestion_answered(g, takes + i * p.works_us,
			    i < CONGESTION_FEW, n - i, *now_us +=
			    p.works_us > 0 ? p.works_us : p.takes_us / n);
		}
	}
	return n;
}

/* --- tests ------------------------------------------------------------ */

/* However long each takes, soon as many fly as the provider lets. */
static void
far_provider_is_not_limited(void **state)
{
	static const int64_t takes_us[] = {20000, 100000, 1000000};

	(void)state;
	for (size_t i = 0; i < nitems(takes_us); i++) {
		struct congestion g = {0};
		int64_t now_us = 1000000;
		unsigned times = (unsigned)(3000000 / takes_us[i]);

		/* so many times take three seconds */
		assert_int_equal(fly(&g, (struct provider){takes_us[i], 0},
		    times + 3, &now_us), STREAMS);
	}
}

/* One that is busy all the time gets no more than keeps it busy. */
static void
queue_at_provider_is_short(void **state)
{
	struct congestion g = {0};
	int64_t now_us = 1000000;
	unsigned n;

	(void)state;
	n = fly(&g, (struct provider){200, 20}, 200, &now_us);
	assert_in_range(n, CONGESTION_FEW, 200);
	n = fly(&g, (struct provider){200, 200}, 200, &now_us);
	assert_in_range(n, CONGESTION_FEW, 100);
}

/* A provider that slows down with whatever flies: its limit is for a while. */
static void
slower_provider_is_not_limited_for_long(void **state)
{
	struct congestion g = {0};
	int64_t now_us = 1000000;

	(void)state;
	(void)fly(&g, (struct provider){20000, 0}, 50, &now_us);
	g.most = CONGESTION_FEW;
	assert_in_range(fly(&g, (struct provider){300000, 0}, 200, &now_us),
	    STREAMS, STREAMS);
}

static void
few_may_always_fly(void **state)
{
	struct congestion g = {0};

	(void)state;
	congestion_answered(&g, 100, true, 1, 1000);
	for (int k = 0; k < 5; k++)
		congestion_answered(&g, 5000000, false, 1000,
		    10000000 * (k + 1));
	assert_int_equal(congestion_room(&g, 0, STREAMS), CONGESTION_FEW);
	assert_int_equal(congestion_room(&g, CONGESTION_FEW - 3, STREAMS), 3);
	assert_int_equal(congestion_room(&g, CONGESTION_FEW - 3, 2), 2);
	assert_int_equal(congestion_room(&g, STREAMS, STREAMS), 0);
}

/* What flew before the limit became less cannot show yet what that helps. */
static void
cut_waits_for_its_effect(void **state)
{
	struct congestion g = {0};

	(void)state;
	congestion_answered(&g, 100, true, 1, 1000);
	g.mean_us = 20000;
	g.most = CONGESTION_MAX;
	congestion_answered(&g, 20000, false, 1000, 1000000);
	assert_int_equal(congestion_room(&g, 0, STREAMS), 500);
	congestion_answered(&g, 20000, false, 999, 1019000);
	assert_int_equal(congestion_room(&g, 0, STREAMS), 500);
	congestion_answered(&g, 20000, false, 500, 1021000);
	assert_int_equal(congestion_room(&g, 0, STREAMS), 250);
}

/* One that is near needs no more, and gets more by and by only. */
static void
near_provider_gets_more_by_and_by(void **state)
{
	struct congestion g = {0};
	int64_t now_us = 1000000;
	unsigned n = fly(&g, (struct provider){2000, 0}, 500, &now_us);

	(void)state;
	/* that is a second */
	assert_in_range(n, CONGESTION_START + 60, CONGESTION_START + 90);
}

/* A provider that gets slower for good, while more than a few messages fly all
 * the time: campaigns go on beside them. */
static void
campaigns_go_on_beside_many_messages(void **state)
{
	struct congestion g = {0};
	int64_t now_us = 1000000;

	(void)state;
	(void)fly(&g, (struct provider){100000, 0}, 50, &now_us);
	for (int k = 0; k < 50 * 4 * 10; k++) /* ten seconds of 250 ms each */
		congestion_answered(&g, 250000, false, 50, now_us += 5000);
	assert_in_range(congestion_room(&g, 50, STREAMS), 100, STREAMS);
}

/* While nothing is known, some may fly; answers that come while many fly tell
 * nothing. */
static void
unknown_lets_some_fly(void **state)
{
	struct congestion g = {0};

	(void)state;
	assert_int_equal(congestion_room(&g, 100, 7), 7);
	assert_int_equal(congestion_room(&g, 0, STREAMS), CONGESTION_START);
	congestion_answered(&g, 900000, false, 1000, 1000000);
	assert_int_equal(congestion_room(&g, 0, STREAMS), CONGESTION_START);
	assert_int_equal(congestion_room(&g, 500, 7), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(far_provider_is_not_limited),
	    cmocka_unit_test(queue_at_provider_is_short),
	    cmocka_unit_test(slower_provider_is_not_limited_for_long),
	    cmocka_unit_test(few_may_always_fly),
	    cmocka_unit_test(cut_waits_for_its_effect),
	    cmocka_unit_test(near_provider_gets_more_by_and_by),
	    cmocka_unit_test(campaigns_go_on_beside_many_messages),
	    cmocka_unit_test(unknown_lets_some_fly)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
