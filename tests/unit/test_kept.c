/* SPDX-License-Identifier: MIT */
/* What a connection keeps: of which applications, how many, for how long. */
#include "db/kept.h"

#include <stdio.h>

#include "unit.h"

#define NOW 5000

static void
finds(void **state)
{
	struct kept *k = kept_new();

	(void)state;
	assert_int_equal(kept_app_id(k, "shop", NOW), 0);
	assert_null(kept_app_name(k, 7, NOW));
	kept_app(k, 7, "shop", NOW);
	kept_app(k, 8, "Shop", NOW);
	assert_int_equal(kept_app_id(k, "shop", NOW), 7);
	assert_int_equal(kept_app_id(k, "Shop", NOW), 8);
	assert_int_equal(kept_app_id(k, "shop ", NOW), 0);
	assert_int_equal(kept_app_id(k, "", NOW), 0);
	assert_string_equal(kept_app_name(k, 7, NOW), "shop");
	assert_string_equal(kept_app_name(k, 8, NOW), "Shop");
	assert_null(kept_app_name(k, 9, NOW));
	kept_free(k);
	kept_free(NULL);
}

static void
expires(void **state)
{
	struct kept *k = kept_new();
	const int64_t end = NOW + KEPT_MS;
	bool stores;

	(void)state;
	kept_app(k, 7, "shop", NOW);
	assert_int_equal(kept_app_id(k, "shop", end - 1), 7);
	assert_int_equal(kept_app_id(k, "shop", end), 0);
	assert_null(kept_app_name(k, 7, end));
	kept_app(k, 7, "shop", end);
	assert_string_equal(kept_app_name(k, 7, end), "shop");

	assert_false(kept_has_stores(k, NOW, &stores));
	kept_stores(k, true, NOW);
	assert_true(kept_has_stores(k, end - 1, &stores));
	assert_true(stores);
	assert_false(kept_has_stores(k, end, &stores));
	kept_stores(k, false, end);
	assert_true(kept_has_stores(k, end, &stores));
	assert_false(stores);
	kept_free(k);
}

/* A removed application, and another one that was given its name. */
static void
replaces(void **state)
{
	struct kept *k = kept_new();

	(void)state;
	kept_app(k, 7, "shop", NOW);
	kept_app(k, 9, "shop", NOW + 1);
	assert_int_equal(kept_app_id(k, "shop", NOW + 1), 9);
	assert_null(kept_app_name(k, 7, NOW + 1));
	kept_free(k);
}

/* All are kept at the same moment: the last ones stay. */
static void
makes_room(void **state)
{
	struct kept *k = kept_new();
	const int64_t n = 3 * KEPT_APPS_MAX + 5;
	char name[16];

	(void)state;
	for (int64_t id = 1; id <= n; id++) {
		(void)snprintf(name, sizeof name, "app%lld", (long long)id);
		kept_app(k, id, name, NOW);
		assert_string_equal(kept_app_name(k, id, NOW), name);
	}
	for (int64_t id = 1; id <= n; id++)
		assert_int_equal(kept_app_name(k, id, NOW) != NULL,
		    id > n - KEPT_APPS_MAX);
	kept_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds),
	    cmocka_unit_test(expires),
	    cmocka_unit_test(replaces),
	    cmocka_unit_test(makes_room),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
