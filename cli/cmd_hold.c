/* SPDX-License-Identifier: MIT */
/* outpost hold, release, retry: an operator stops and restarts a queue. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "push/provider.h"

#include "db/application.h"
#include "db/hold.h"
#include "db/outbox.h"

#include "cli/audited.h"
#include "cli/queue_control.h"

#define REASON_MAX 200 /* of a hold, as its column */

#define NAME(number, id, name, old) #name,
static const char *const services[] = {PLATFORMS(NAME) NULL};

static const struct cli_option hold_options[] = {
	{"provider", "NAME", "only what goes there", false, services,
	    .audited = true},
	{"reason", "TEXT", "why, for those who look at the queue",
	    .audited = true},
	{NULL}};
static const struct cli_option release_options[] = {
	{"provider", "NAME", "only what goes there", false, services,
	    .audited = true},
	{NULL}};
static const struct cli_option retry_options[] = {
	{"app", "APP", "only of this application", .audited = true},
	{"provider", "NAME", "only what goes there", false, services,
	    .audited = true},
	{NULL}};

/* The platform of --service; -1: not given. */
static int
platform_given(const struct cli *c)
{
	const char *name = cli_value(c, "provider");

	return name != NULL ? (int)provider_by_name(name)->platform : -1;
}

static const char *
provider_given(const struct cli *c)
{
	const char *name = cli_value(c, "provider");

	return name != NULL ? name : "all";
}

/* --- hold and release ------------------------------------------------- */

static const struct err *
run_hold(struct cli *c)
{
	const char *reason = cli_value(c, "reason");
	int platform = platform_given(c);
	struct application app;
	const struct err *e;
	struct json *j;

	if (reason != NULL && strlen(reason) > REASON_MAX)
		return cli_misused(c, "--reason takes at most %d bytes",
		    REASON_MAX);
	if ((e = application_by_name(c->db, c->mem, c->args[0], &app)) !=
		NULL ||
	    (e = hold_put(c->db, app.id,
		 platform < 0 ? HOLD_ALL : (unsigned)platform, reason)) !=
		NULL)
		return e;
	if (!c->json) {
		printf("%s: held (%s)\n", app.app_id, provider_given(c));
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "appId", app.app_id);
	json_set_text(j, "provider", provider_given(c));
	json_set_text(j, "reason", reason);
	cli_print(j);
	return NULL;
}

/* A service cannot be released while the whole application is held. */
static const struct err *
check_release(struct cli *c, const struct application *app, int platform)
{
	const struct err *e;
	struct hold *list;
	size_t n;

	if (platform < 0)
		return NULL;
	if ((e = hold_list(c->db, c->mem, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		if (list[i].app == app->id && list[i].platform == HOLD_ALL)
			return err_new(ERR_CONFLICT, "%s is held as a whole: "
			    "release it without --provider", app->app_id);
	return NULL;
}

static void
print_release(struct cli *c, const char *app, uint64_t holds, uint64_t rows)
{
	struct json *j;

	if (!c->json && holds == 0) {
		printf("%s: nothing was held (%s)\n", app, provider_given(c));
		return;
	}
	if (!c->json) {
		printf("%s: released (%s), %llu messages go now\n", app,
		    provider_given(c), (unsigned long long)rows);
		return;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "appId", app);
	json_set_text(j, "provider", provider_given(c));
	json_set_int(j, "released", (int64_t)holds);
	json_set_int(j, "messages", (int64_t)rows);
	cli_print(j);
}

/* The rows become due when each sendd has read the release: otherwise a sendd
 * could defer them again. */
static const struct err *
run_release(struct cli *c)
{
	int platform = platform_given(c);
	uint64_t holds = 0, rows = 0;
	struct application app;
	const struct err *e;

	if ((e = application_by_name(c->db, c->mem, c->args[0], &app)) !=
		NULL ||
	    (e = check_release(c, &app, platform)) != NULL ||
	    (e = cli_audit(c)) != NULL ||
	    (e = hold_remove(c->db, app.id,
		 platform < 0 ? HOLD_ALL : (unsigned)platform, &holds)) !=
		NULL)
		return e;
	if (holds > 0)
		e = queue_control_retry(c, app.id, platform,
		    QUEUE_CONTROL_SEEN_MS, &rows);
	if (e == NULL)
		print_release(c, app.app_id, holds, rows);
	return e;
}

/* --- retry ------------------------------------------------------------ */

static const struct err *
run_retry(struct cli *c)
{
	const char *name = cli_value(c, "app");
	struct application app = {0};
	const struct err *e;
	struct json *j;
	uint64_t n;

	if (name != NULL && (e = application_by_name(c->db, c->mem, name,
				 &app)) != NULL)
		return e;
	if ((e = cli_audit(c)) != NULL ||
	    (e = queue_control_retry(c, app.id, platform_given(c), 0, &n)) !=
		NULL)
		return e;
	if (!c->json) {
		printf("%llu messages are tried again now\n",
		    (unsigned long long)n);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_int(j, "messages", (int64_t)n);
	cli_print(j);
	return NULL;
}

const struct command hold_commands[] = {
	{"hold", NULL, {"APP"},
	    "keep what waits of an application, and send nothing",
	    hold_options, run_hold, NEEDS_DATABASE, "queue.hold"},
	{"release", NULL, {"APP"}, "send again what was held",
	    release_options, run_release,
	    NEEDS_DATABASE, "queue.release", true},
	{"retry", NULL, {NULL},
	    "try now what waits for a later try", retry_options, run_retry,
	    NEEDS_DATABASE, "queue.retry", true},
	{NULL}};
