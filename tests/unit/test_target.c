/* SPDX-License-Identifier: MIT */
/* Whom a message reaches, and of the others why not. */
#include "core/target.h"

#include "unit.h"

#define PRODUCTION 0
#define DEVELOPMENT 1

static const struct application
    bare = {.id = 1, .app_id = "bare"},
    all = {.id = 2, .app_id = "all", .apns = true, .fcm = true, .hms = true},
    production = {.id = 3, .app_id = "production", .apns = true,
	.apns_environment = "production"},
    development = {.id = 4, .app_id = "development", .apns = true,
	.apns_environment = "development"};

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
		    rows[i].personal};
		struct device d = {.id = 7, .platform = rows[i].platform,
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
			    t.token == d.token);
		else
			CHECK(rows[i].what, t.device == 0 && t.token == NULL);
	}
}

static void
says_why_not(void **state)
{
	(void)state;
	assert_null(target_why(TARGET_GOES));
	for (int fate = TARGET_GOES + 1; fate < TARGET__COUNT; fate++)
		assert_true(is_plain(target_why((enum target_fate)fate)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chosen),
	    cmocka_unit_test(says_why_not),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
