/* SPDX-License-Identifier: MIT */
#include "core/send_wait.h"

#include "lib/clock.h"
#include "unit.h"

static struct settings settings = {.api.waiting_max = 1};

/* Without sendd and without a database: until the end, and no longer. */
static void
waits_in_vain(void **state)
{
	static char nowhere[] = "/nonexistent";
	const struct outbox_send queue = {.id = 17, .rows = 1,
	    .n_shards = 1, .n_messages = 1, .by = {{.total = 1}}};
	struct send_counts by[PLATFORM__COUNT];
	int64_t begin = clock_mono_ms();

	(void)state;
	settings.database = (struct db_settings){.socket = nowhere,
	    .name = nowhere, .user = nowhere, .password_file = nowhere};
	assert_null(send_wait_alone(&settings, "cli", &queue, 50, by));
	assert_in_range(clock_mono_ms() - begin, 50, 20000);
	assert_true(by[0].total == 1 && by[0].sent == 0);
}

/* Without rows there is no answer to wait for. */
static void
waits_for_nothing(void **state)
{
	const struct outbox_send queue = {.id = 17,
	    .by = {{0}, {.total = 2, .failed = 2}}};
	struct send_counts by[PLATFORM__COUNT];
	int64_t begin = clock_mono_ms();

	(void)state;
	assert_null(send_wait_alone(&settings, "cli", &queue, 60000, by));
	assert_in_range(clock_mono_ms() - begin, 0, 20000);
	assert_true(by[1].total == 2 && by[1].failed == 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(waits_in_vain),
	    cmocka_unit_test(waits_for_nothing)};

	return cmocka_run_group_tests_name("send_wait", tests, NULL, NULL);
}
