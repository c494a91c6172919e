/* SPDX-License-Identifier: MIT */
/* What a thread remembers of integrations: who, how long, how many. */
#include "fcgi/integration_cache.h"

#include <stdlib.h>

#include "unit.h"

#define NOW 5000

static const char *const apps[] = {"a", "b"};

static void
make(struct integration *i, const char *token, const char *secret,
    const char *old)
{
	*i = (struct integration){.id = 7, .name = "shop", .token = token,
	    .roles = "send", .apps = "[\"a\",\"b\"]", .app_names = apps,
	    .n_app_names = 2};
	integration_hash(secret, i->hash);
	if (old != NULL)
		integration_hash(old, i->old_hash);
}

/* As a call with that token and secret. */
static const struct integration *
find(const struct integration_cache *cs, const char *token, const char *secret,
    int64_t now_ms)
{
	char hash[INTEGRATION_HASH];

	integration_hash(secret, hash);
	return integration_cache_find(cs, token, hash, now_ms);
}

static void
secrets(void **state)
{
	static const struct {
		const char *token, *secret;
		bool is_known;
	} rows[] = {
	    {"t1", "right", true}, {"t1", "before", true},
	    {"t1", "righ", false}, {"t1", "rights", false},
	    {"t1", "Right", false}, {"t1", "", false},
	    {"t1", "other", false}, {"t2", "other", true},
	    {"t2", "right", false}, {"t2", "before", false},
	    {"t3", "right", false}, {"", "right", false}};
	struct integration_cache *cs = integration_cache_new();
	struct integration i;

	(void)state;
	make(&i, "t1", "right", "before");
	assert_null(find(cs, "t1", "right", NOW));
	integration_cache_keep(cs, &i, NOW);
	make(&i, "t2", "other", NULL);
	integration_cache_keep(cs, &i, NOW);
	for (size_t r = 0; r < nitems(rows); r++)
		CHECK(rows[r].secret, rows[r].is_known ==
		    (find(cs, rows[r].token, rows[r].secret, NOW) != NULL));
	integration_cache_free(cs);
	integration_cache_free(NULL);
}

/* The call's memory is gone when the next one comes. */
static void
keeps_a_copy(void **state)
{
	struct integration_cache *cs = integration_cache_new();
	char *token = xstrdup("t1"), *list = xstrdup("[\"a\"]");
	char *app = xstrdup("a");
	const char *names[] = {app};
	struct integration i;
	const struct integration *kept;

	(void)state;
	make(&i, token, "s", NULL);
	i.apps = list;
	i.app_names = names;
	i.n_app_names = 1;
	kept = integration_cache_keep(cs, &i, NOW);
	free(token);
	free(list);
	free(app);
	names[0] = NULL;
	assert_ptr_equal(find(cs, "t1", "s", NOW), kept);
	assert_int_equal(kept->id, 7);
	assert_string_equal(kept->name, "shop");
	assert_string_equal(kept->roles, "send");
	assert_string_equal(kept->apps, "[\"a\"]");
	assert_int_equal(kept->n_app_names, 1);
	assert_string_equal(kept->app_names[0], "a");
	make(&i, "t2", "s", NULL);
	i.apps = NULL;
	i.n_app_names = 0;
	assert_null(integration_cache_keep(cs, &i, NOW)->apps);
	integration_cache_free(cs);
}

static void
ends(void **state)
{
	struct integration_cache *cs = integration_cache_new();
	struct integration i;

	(void)state;
	make(&i, "t1", "s", NULL);
	integration_cache_keep(cs, &i, NOW);
	assert_non_null(find(cs, "t1", "s", NOW + INTEGRATION_CACHE_MS - 1));
	assert_null(find(cs, "t1", "s", NOW + INTEGRATION_CACHE_MS));
	/* to be found does not make it live longer */
	integration_cache_keep(cs, &i, NOW + INTEGRATION_CACHE_MS);
	assert_non_null(find(cs, "t1", "s", NOW + INTEGRATION_CACHE_MS));
	assert_null(find(cs, "t1", "s", NOW + 2 * INTEGRATION_CACHE_MS));
	integration_cache_free(cs);
}

/* A row read anew replaces the former: its old secret is forgotten. */
static void
changes(void **state)
{
	struct integration_cache *cs = integration_cache_new();
	struct integration i;

	(void)state;
	make(&i, "t1", "first", NULL);
	integration_cache_keep(cs, &i, NOW);
	make(&i, "t1", "second", NULL);
	i.roles = "inbox";
	integration_cache_keep(cs, &i, NOW + 1);
	assert_null(find(cs, "t1", "first", NOW + 1));
	assert_string_equal(find(cs, "t1", "second", NOW + 1)->roles,
	    "inbox");
	integration_cache_free(cs);
}

/* Whom the settings name needs no secret, but lives as long. */
static void
by_name(void **state)
{
	struct integration_cache *cs = integration_cache_new();
	struct integration i;

	(void)state;
	assert_null(integration_cache_by_name(cs, "shop", NOW));
	make(&i, "t1", "s", NULL);
	integration_cache_keep(cs, &i, NOW);
	assert_int_equal(integration_cache_by_name(cs, "shop", NOW)->id, 7);
	assert_null(integration_cache_by_name(cs, "sho", NOW));
	assert_null(integration_cache_by_name(cs, "", NOW));
	assert_null(
	    integration_cache_by_name(cs, "shop", NOW + INTEGRATION_CACHE_MS));
	integration_cache_free(cs);
}

static void
is_bounded(void **state)
{
	struct integration_cache *cs = integration_cache_new();
	struct integration i;
	char token[16];
	int found = 0;

	(void)state;
	for (int n = 0; n < INTEGRATION_CACHE_MAX + 3; n++) {
		(void)snprintf(token, sizeof token, "t%d", n);
		make(&i, token, "s", NULL);
		integration_cache_keep(cs, &i, NOW + n);
	}
	for (int n = 0; n < INTEGRATION_CACHE_MAX + 3; n++) {
		(void)snprintf(token, sizeof token, "t%d", n);
		if (find(cs, token, "s", NOW + 100) == NULL)
			assert_true(n < 3); /* the oldest have gone */
		else
			found++;
	}
	assert_int_equal(found, INTEGRATION_CACHE_MAX);
	integration_cache_free(cs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(secrets),
	    cmocka_unit_test(keeps_a_copy),
	    cmocka_unit_test(ends),
	    cmocka_unit_test(changes),
	    cmocka_unit_test(by_name),
	    cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}
