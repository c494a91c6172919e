/* SPDX-License-Identifier: MIT */
#include "sendd/policy.h"

#include "unit.h"

#define ALL (CURE_TOKEN | CURE_CONNECTION | CURE_SLOWER | CURE_OPERATOR | \
	CURE_KEY | CURE_SUBSCRIBE)

/* Every kind of verdict, stated once more; remedies as asked for by nobody
 * and by a verdict with all cures. */
static void
every_kind(void **state)
{
	static const struct {
		const char *what;
		enum verdict_kind kind;
		bool uncounted;
		enum outcome_kind outcome;
		bool counted;
		enum policy_again again;
		enum pace_event event;
		unsigned unasked, asked;
	} rows[] = {
		/* clang-format off */
		{"sent", VERDICT_SENT, false, OUTCOME_SENT, true,
		    AGAIN_NEVER, PACE_ACCEPTED, 0,
		    REMEDY_SLOWER | REMEDY_ALARM},
		{"retry", VERDICT_RETRY, false, OUTCOME_DEFERRED, true,
		    AGAIN_LATER, PACE_NOTHING, 0,
		    REMEDY_SLOWER | REMEDY_ALARM | REMEDY_CONNECTION},
		{"unprocessed", VERDICT_RETRY, true, OUTCOME_DEFERRED, false,
		    AGAIN_AT_ONCE, PACE_NOTHING, 0,
		    REMEDY_SLOWER | REMEDY_ALARM | REMEDY_CONNECTION},
		{"hold", VERDICT_HOLD, true, OUTCOME_DEFERRED, false,
		    AGAIN_UNHELD, PACE_NOTHING, 0,
		    REMEDY_SLOWER | REMEDY_CONNECTION | REMEDY_TOKEN},
		{"hold, counted", VERDICT_HOLD, false, OUTCOME_DEFERRED, false,
		    AGAIN_UNHELD, PACE_NOTHING, 0,
		    REMEDY_SLOWER | REMEDY_CONNECTION | REMEDY_TOKEN},
		{"reject", VERDICT_REJECT, false, OUTCOME_FAILED, true,
		    AGAIN_NEVER, PACE_ANSWERED, 0,
		    REMEDY_SLOWER | REMEDY_ALARM},
		{"gone", VERDICT_GONE, false, OUTCOME_FAILED, true,
		    AGAIN_NEVER, PACE_ANSWERED, REMEDY_QUARANTINE,
		    REMEDY_SLOWER | REMEDY_ALARM | REMEDY_QUARANTINE},
		{"suspect", VERDICT_SUSPECT, false, OUTCOME_FAILED, true,
		    AGAIN_NEVER, PACE_ANSWERED, REMEDY_QUARANTINE,
		    REMEDY_SLOWER | REMEDY_ALARM | REMEDY_QUARANTINE},
		{"expired", VERDICT_EXPIRED, false, OUTCOME_EXPIRED, true,
		    AGAIN_NEVER, PACE_ANSWERED, 0,
		    REMEDY_SLOWER | REMEDY_ALARM},
		/* clang-format on */
	};
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct verdict v = {.kind = rows[i].kind,
		    .uncounted = rows[i].uncounted};
		struct policy p = policy_of(&v);

		seen |= 1U << rows[i].kind;
		CHECK(rows[i].what, p.outcome == rows[i].outcome);
		CHECK(rows[i].what, p.counted == rows[i].counted);
		CHECK(rows[i].what, p.again == rows[i].again);
		CHECK(rows[i].what, p.event == rows[i].event);
		CHECK(rows[i].what, p.remedies == rows[i].unasked);
		v.cure = ALL;
		CHECK(rows[i].what, policy_of(&v).remedies == rows[i].asked);
	}
	assert_int_equal(seen, (1U << VERDICT__COUNT) - 1);
}

/* How long a key is wrong does not decide on a message: no try is used up. */
static void
a_refused_key_is_no_try(void **state)
{
	struct verdict v = {.kind = VERDICT_RETRY,
	    .cure = CURE_OPERATOR | CURE_KEY};
	struct policy p;

	(void)state;
	for (int uncounted = 0; uncounted < 2; uncounted++) {
		v.uncounted = uncounted;
		p = policy_of(&v);
		assert_int_equal(p.outcome, OUTCOME_DEFERRED);
		assert_false(p.counted);
		assert_int_equal(p.again, AGAIN_LATER);
		assert_int_equal(p.event, PACE_NOTHING);
		assert_int_equal(p.remedies, REMEDY_ALARM);
	}
}

/* A fault of ours never costs a device (I-5): quarantine is for what was said
 * of the device alone. */
static void
only_devices_are_quarantined(void **state)
{
	(void)state;
	for (int kind = 0; kind < VERDICT__COUNT; kind++) {
		struct verdict v = {.kind = kind, .cure = ALL};
		bool of_device = kind == VERDICT_GONE ||
		    kind == VERDICT_SUSPECT;

		assert_int_equal((policy_of(&v).remedies &
		    REMEDY_QUARANTINE) != 0, of_device);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind),
	    cmocka_unit_test(a_refused_key_is_no_try),
	    cmocka_unit_test(only_devices_are_quarantined)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
