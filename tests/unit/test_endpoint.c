/* SPDX-License-Identifier: MIT */
/* Where requests go, by provider, application and environment. */
#include "push/provider.h"

#include "unit.h"

#define LONG "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONGER LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG
#define TOO_LONG "https://h/" LONGER LONG LONG LONG LONG

static char production[] = "https://api.push.apple.com",
    development[] = "https://localhost:2197", send[] = "https://h:8/v1/%s/m",
    with_percent[] = "https://h/%20/%s/%s", no_hole[] = "https://h/v1",
    too_long[] = TOO_LONG, just_too_long[] = "https://h/" LONGER "%s";

/* clang-format off */
static const struct {
	const char *what;
	const struct provider *provider;
	struct provider_settings settings;
	struct endpoint_app app;
	const char *url; /* NULL: there is none */
	enum err_code code;
	const char *why;
} rows[] = {
	{"production", &provider_apns, {.production_url = production,
	    .development_url = development}, {NULL, 0}, production},
	{"development", &provider_apns, {.production_url = production,
	    .development_url = development}, {"ignored", 1}, development},
	{"too long", &provider_apns, {.production_url = too_long},
	    {NULL, 0}, NULL, ERR_TOOBIG, "the URL of APNs is too long"},
	{"a project", &provider_fcm, {.send_url = send}, {"pro-1", 0},
	    "https://h:8/v1/pro-1/m"},
	{"at hms", &provider_hms, {.send_url = send}, {"7", 1},
	    "https://h:8/v1/7/m"},
	{"an empty one", &provider_hms, {.send_url = send}, {"", 0},
	    "https://h:8/v1//m"},
	{"the first hole alone", &provider_fcm, {.send_url = with_percent},
	    {"p", 0}, "https://h/%20/p/%s"},
	{"no project", &provider_fcm, {.send_url = send}, {NULL, 0},
	    NULL, ERR_INVALID, "the project id is missing"},
	{"no hole", &provider_hms, {.send_url = no_hole}, {"p", 0},
	    NULL, ERR_INVALID, "send_url has no %s"},
	{"a project too long", &provider_fcm, {.send_url = just_too_long},
	    {LONG LONG LONG LONG LONG, 0}, NULL, ERR_TOOBIG,
	    "send_url is too long"},
};
/* clang-format on */

static void
endpoints(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		char url[ENDPOINT_URL];
		const struct err *e = rows[i].provider->endpoint(
		    &rows[i].settings, &rows[i].app, url);

		if (rows[i].url != NULL)
			CHECK(rows[i].what, e == NULL &&
			    strcmp(url, rows[i].url) == 0);
		else
			CHECK(rows[i].what, e != NULL &&
			    e->code == rows[i].code &&
			    strcmp(e->text, rows[i].why) == 0);
	}
}

static void
paths(void **state)
{
	(void)state;
	assert_string_equal(endpoint_path("https://h:8/v1/p/m"), "/v1/p/m");
	assert_string_equal(endpoint_path("https://h/"), "/");
	assert_string_equal(endpoint_path("https://h"), "");
	assert_string_equal(endpoint_path("h/p"), "/p");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(endpoints),
	    cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
