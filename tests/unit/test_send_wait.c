/* SPDX-License-Identifier: MIT */
/* How long a send is waited for, and what of a plan reaches nobody. */
#include "core/send_wait.h"

#include "unit.h"

static const struct outbox_send some = {.id = 21, .rows = 3}, none = {.id = 22};

/* Without the doorbell it looks often at first; the last look is at the end. */
static void
pauses_double(void **state)
{
	static const int64_t wanted[] = {20, 40, 80, 160, 320, 500, 500, 380};
	int64_t now = 1000;
	struct send_wait w;

	(void)state;
	send_wait_begin(&w, &some, false, now, 2000);
	assert_int_equal(w.send, 21);
	for (size_t i = 0; i < nitems(wanted); i++) {
		int64_t pause = send_wait_pause(&w, now);

		assert_int_equal(pause, wanted[i]);
		now += pause;
	}
	assert_int_equal(send_wait_pause(&w, now), 0);
	assert_int_equal(send_wait_pause(&w, now + 1000), 0);
}

/* The doorbell may be silent: the database is asked each second. */
static void
listens(void **state)
{
	struct send_wait w;

	(void)state;
	send_wait_begin(&w, &some, true, 1000, 2500);
	assert_int_equal(send_wait_pause(&w, 1000), 1000);
	send_wait_heard(&w, DOORBELL_RING, true); /* nothing */
	assert_int_equal(send_wait_pause(&w, 2000), 1000);
	send_wait_heard(&w, DOORBELL_DONE, true);
	assert_int_equal(send_wait_pause(&w, 3000), 500);
}

/* That shard is another sendd's, or the doorbell is gone. */
static void
hears_no_more(void **state)
{
	struct send_wait w;

	(void)state;
	send_wait_begin(&w, &some, true, 1000, 60000);
	send_wait_heard(&w, DOORBELL_ELSE, true);
	assert_int_equal(send_wait_pause(&w, 1000), 20);
	assert_int_equal(send_wait_pause(&w, 1020), 40);
	send_wait_begin(&w, &some, true, 1000, 60000);
	send_wait_heard(&w, DOORBELL_RING, false);
	assert_int_equal(send_wait_pause(&w, 1000), 20);
}

/* What has no rows gets no answers. */
static void
nothing_is_queued(void **state)
{
	struct send_wait w;

	(void)state;
	send_wait_begin(&w, &none, false, 1000, 60000);
	assert_int_equal(send_wait_pause(&w, 1000), 0);
	send_wait_begin(&w, &some, false, 1000, 0);
	assert_int_equal(send_wait_pause(&w, 1000), 0);
}

/* Messages of two, with one target each: whether it is refused, whether a
 * service refuses, whether it is for later and may go. */
struct one {
	bool target, target_refused, refusal, may_go;
};

/* clang-format off */
static const struct {
	const char *what;
	struct one m[2];
	bool refused;
	size_t at;
} rows[] = {
	{"one that goes", {{true, false, false, false}}, false, 0},
	{"nobody has a device", {{0}, {0}}, false, 0},
	{"a service refuses all", {{true, true, true, false},
	    {true, true, true, false}}, true, 0},
	{"the second alone", {{0}, {true, true, true, false}}, true, 1},
	{"one of them goes", {{true, true, true, false},
	    {true, false, false, false}}, false, 0},
	{"one goes later", {{true, true, true, false},
	    {false, false, false, true}}, false, 0},
	{"later, and no service can", {{false, false, true, false},
	    {false, false, true, false}}, true, 0},
	/* an environment is no refusal of the message */
	{"refused for another reason", {{true, true, false, false}},
	    false, 0},
};
/* clang-format on */

static void
refused_altogether(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct outbox_target targets[2] = {0};
		struct send_fate fates[2] = {0};
		struct send_plan plan = {.queue.n_messages = 2,
		    .fates = fates};
		size_t at = 9;
		const char *why;

		for (int m = 0; m < 2; m++) {
			const struct one *one = &rows[i].m[m];

			fates[m].list.targets = &targets[m];
			fates[m].list.n_targets = one->target;
			fates[m].may_go = one->may_go;
			targets[m].refused = one->target_refused ? "no" : NULL;
			if (one->refusal)
				fates[m].refusals[0].why = "too large";
		}
		why = send_refused(&plan, &at);
		CHECK(rows[i].what, (why != NULL) == rows[i].refused);
		if (why != NULL)
			CHECK(rows[i].what, at == rows[i].at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pauses_double),
	    cmocka_unit_test(listens),
	    cmocka_unit_test(hears_no_more),
	    cmocka_unit_test(nothing_is_queued),
	    cmocka_unit_test(refused_altogether),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
