/* SPDX-License-Identifier: MIT */
/* Whom a message reaches, and of the others why not. */
#include "core/target.h"

#include "unit.h"

#define PRODUCTION 0
#define DEVELOPMENT 1
#define ENVIRONMENT 3 /* among what is shown of APNs */

static const struct application
    bare = {.id = 1, .app_id = "bare"},
    all = {.id = 2, .app_id = "all", .has = {true, true, true}},
    production = {.id = 3, .app_id = "production", .has = {true},
	.shown[PLATFORM_APNS][ENVIRONMENT] = "production"},
    development = {.id = 4, .app_id = "development", .has = {true},
	.shown[PLATFORM_APNS][ENVIRONMENT] = "development"};

/* clang-format off */
static const struct {
	const char *what;
	const struct application *app;
	bool development, personal;
	const char *platform, *environment;
	bool active;
	enum target_fate fate;
	unsigned to, in; /* platform, environment */
} rows[] = {
	{"apns", &all, false, false, "apns", NULL, true,
	    TARGET_GOES, PLATFORM_APNS, PRODUCTION},
	{"its old name", &all, false, false, "ios", NULL, true,
	    TARGET_GOES, PLATFORM_APNS, PRODUCTION},
	{"the setting decides", &all, true, false, "apns", NULL, true,
	    TARGET_GOES, PLATFORM_APNS, DEVELOPMENT},
	{"the device decides", &all, true, false, "apns", "production", true,
	    TARGET_GOES, PLATFORM_APNS, PRODUCTION},
	{"the application decides", &development, false, false, "apns", NULL,
	    true, TARGET_GOES, PLATFORM_APNS, DEVELOPMENT},
	{"a development device", &development, false, false, "apns",
	    "development", true, TARGET_GOES, PLATFORM_APNS, DEVELOPMENT},
	{"refused", &production, false, false, "apns", "development", true,
	    TARGET_REFUSED, PLATFORM_APNS, PRODUCTION},
	{"refused, whatever the setting", &production, true, false, "apns",
	    "development", true, TARGET_REFUSED, PLATFORM_APNS, PRODUCTION},
	{"fcm has one environment", &all, true, false, "android",
	    "development", true, TARGET_GOES, PLATFORM_FCM, PRODUCTION},
	{"hms", &all, false, false, "huawei", NULL, true,
	    TARGET_GOES, PLATFORM_HMS, PRODUCTION},
	{"personal, active", &all, false, true, "fcm", NULL, true,
	    TARGET_GOES, PLATFORM_FCM, PRODUCTION},
	{"personal, not active", &all, false, true, "fcm", NULL, false,
	    TARGET_INACTIVE},
	{"not active, not personal", &all, false, false, "fcm", NULL, false,
	    TARGET_GOES, PLATFORM_FCM, PRODUCTION},
	{"no credentials", &bare, false, false, "apns", NULL, true,
	    TARGET_UNCONFIGURED},
	{"no credentials for this one", &production, false, false, "hms", NULL,
	    true, TARGET_UNCONFIGURED},
	{"unknown", &all, false, false, "symbian", NULL, true,
	    TARGET_UNKNOWN},
};
/* clang-format on */

static void
chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct target_rule rule = {rows[i].app, rows[i].development,
		    rows[i].personal, false};
		struct device d = {.id = 7, .generation = 3,
		    .platform = rows[i].platform,
		    .environment = rows[i].environment, .token = "t",
		    .active = rows[i].active};
		struct outbox_target t = {0};
		enum target_fate fate = target_choose(&rule, &d, &t);

		CHECK(rows[i].what, fate == rows[i].fate);
		CHECK(rows[i].what, (t.refused != NULL) ==
		    (fate == TARGET_REFUSED));
		CHECK(rows[i].what, t.platform == rows[i].to);
		CHECK(rows[i].what, t.environment == rows[i].in);
		if (fate == TARGET_GOES || fate == TARGET_REFUSED)
			CHECK(rows[i].what, t.device == 7 &&
			    t.token == d.token && t.generation == 3);
		else
			CHECK(rows[i].what, t.device == 0 && t.token == NULL);
	}
}

/* The call was answered long ago: nothing is left out without a word. */
static void
later(void **state)
{
	struct target_rule rule = {&bare, false, true, true};
	struct device d = {.id = 7, .platform = "ios", .token = "t",
	    .active = true};
	struct outbox_target t;

	(void)state;
	assert_int_equal(target_choose(&rule, &d, &t), TARGET_UNCONFIGURED);
	assert_string_equal(t.refused, "no credentials");
	assert_int_equal(t.device, 7);
	d.active = false;
	t.refused = NULL;
	assert_int_equal(target_choose(&rule, &d, &t), TARGET_INACTIVE);
	assert_null(t.refused);
}

/* clang-format off */
static const struct {
	const char *what;
	struct target_row row;
	struct device_now now;
	const char *of_app;
	bool development;
	enum target_fate fate;
	unsigned in;
} looks[] = {
	{"as it was", {PLATFORM_APNS, 3, false},
	    {true, true, 3, "ios", NULL, NULL}, NULL, true,
	    TARGET_GOES, DEVELOPMENT},
	{"a row of before", {PLATFORM_FCM, 0, false},
	    {true, true, 0, "fcm", NULL, NULL}, NULL, true,
	    TARGET_GOES, PRODUCTION},
	{"gone", {PLATFORM_APNS, 3, false}, {.there = false}, NULL, true,
	    TARGET_REMOVED},
	{"in quarantine", {PLATFORM_APNS, 3, false},
	    {false, true, 3, "ios", NULL, NULL}, NULL, true, TARGET_REMOVED},
	{"another's", {PLATFORM_APNS, 3, false},
	    {true, true, 4, "ios", NULL, NULL}, NULL, true, TARGET_REMOVED},
	{"counted around", {PLATFORM_APNS, UINT32_MAX, false},
	    {true, true, 0, "ios", NULL, NULL}, NULL, true, TARGET_REMOVED},
	{"another platform", {PLATFORM_APNS, 3, false},
	    {true, true, 3, "android", NULL, NULL}, NULL, true,
	    TARGET_REMOVED},
	{"a platform of nobody", {PLATFORM_APNS, 3, false},
	    {true, true, 3, "symbian", NULL, NULL}, NULL, true,
	    TARGET_REMOVED},
	{"not active", {PLATFORM_HMS, 3, false},
	    {true, false, 3, "hms", NULL, NULL}, NULL, true,
	    TARGET_GOES, PRODUCTION},
	{"not active, personal", {PLATFORM_HMS, 3, true},
	    {true, false, 3, "hms", NULL, NULL}, NULL, true,
	    TARGET_INACTIVE},
	{"removed comes first", {PLATFORM_HMS, 3, true},
	    {true, false, 4, "hms", NULL, NULL}, NULL, true, TARGET_REMOVED},
	{"another environment", {PLATFORM_APNS, 3, true},
	    {true, true, 3, "apns", "production", NULL}, "development", true,
	    TARGET_GOES, PRODUCTION},
	{"one that is not reached", {PLATFORM_APNS, 3, true},
	    {true, true, 3, "apns", "development", NULL}, "production", true,
	    TARGET_REFUSED, PRODUCTION},
};
/* clang-format on */

static void
checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(looks); i++) {
		unsigned in = 7;
		enum target_fate fate = target_check(&looks[i].row,
		    &looks[i].now, looks[i].of_app, looks[i].development, &in);

		CHECK(looks[i].what, fate == looks[i].fate);
		if (fate == TARGET_GOES)
			CHECK(looks[i].what, in == looks[i].in);
	}
}

#define REASON_MAX 80 /* of the column */

static void
says_why_not(void **state)
{
	(void)state;
	assert_null(target_why(TARGET_GOES));
	assert_null(target_reason(TARGET_GOES));
	for (int i = TARGET_GOES + 1; i < TARGET__COUNT; i++) {
		enum target_fate fate = (enum target_fate)i;

		assert_true(is_plain(target_why(fate)));
		assert_true(is_plain(target_reason(fate)));
		assert_true(strlen(target_reason(fate)) <= REASON_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chosen),
	    cmocka_unit_test(later),
	    cmocka_unit_test(checked),
	    cmocka_unit_test(says_why_not),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
