/* SPDX-License-Identifier: MIT */
/* outpost hold, release, retry: an operator stops and restarts a queue. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "push/provider.h"

#include "db/application.h"

#include "core/holding.h"
#include "core/view.h"

#include "cli/audited.h"
#include "cli/queue_control.h"

#define NAME(number, id, name, old) #name,
static const char *const services[] = {PLATFORMS(NAME) NULL};

#define HOST_OPTION                                                            \
	{"host", "HOST", "only what goes to this push service of browsers",    \
	    .audited = true}

static const struct cli_option hold_options[] = {
	{"provider", "NAME", "only what goes there", false, services,
	    .audited = true},
	HOST_OPTION,
	{"reason", "TEXT", "why, for those who look at the queue",
	    .audited = true},
	{NULL}};
static const struct cli_option release_options[] = {
	{"provider", "NAME", "only what goes there", false, services,
	    .audited = true},
	HOST_OPTION,
	{NULL}};
static const struct cli_option retry_options[] = {
	{"app", "APP", "only of this application", .audited = true},
	{"provider", "NAME", "only what goes there", false, services,
	    .audited = true},
	{NULL}};

/* The platform of --provider, or HOLD_ALL. */
static unsigned
platform_given(const struct cli *c)
{
	const char *name = cli_value(c, "provider");

	return name != NULL ? provider_by_name(name)->platform : HOLD_ALL;
}

static const struct err *
check_host(struct cli *c, const struct holding *h)
{
	switch (holding_host_check(h)) {
	case HOLDING_HOST_STRAY:
		return cli_misused(c, "--host goes with --provider webpush");
	case HOLDING_HOST_ODD:
		return cli_misused(c, "--host takes the full name of a host, "
		    "in lower case");
	case HOLDING_HOST_FINE:
		break;
	}
	return NULL;
}

static const struct err *
read_holding(struct cli *c, struct holding *h)
{
	struct application app;
	const struct err *e;

	*h = (struct holding){.platform = platform_given(c),
	    .host = cli_value(c, "host")};
	if ((e = check_host(c, h)) != NULL ||
	    (e = application_by_name(c->db, c->mem, c->args[0], &app)) != NULL)
		return e;
	h->app = app.id;
	h->app_id = app.app_id;
	return NULL;
}

/* For people. */
static const char *
place_of(const struct cli *c, const struct holding *h)
{
	return view_place(c->mem, h->platform, h->host != NULL ? h->host : "");
}

/* --- hold and release ------------------------------------------------- */

static const struct err *
run_hold(struct cli *c)
{
	const char *reason = cli_value(c, "reason");
	const struct err *e;
	struct holding h;
	struct json *j;

	if (reason != NULL && strlen(reason) > HOLDING_REASON_MAX)
		return cli_misused(c, "--reason takes at most %d bytes",
		    HOLDING_REASON_MAX);
	if ((e = read_holding(c, &h)) != NULL ||
	    (e = holding_put(c->db, &h, reason)) != NULL)
		return e;
	if (!c->json) {
		printf("%s: held (%s)\n", h.app_id, place_of(c, &h));
		return NULL;
	}
	j = holding_json(c->mem, &h);
	json_set_text(j, "reason", reason);
	cli_print(j);
	return NULL;
}

static const struct err *
check_release(struct cli *c, const struct holding *h)
{
	struct hold wider = {.app = 0};
	const struct err *e = holding_may_release(c->db, c->mem, h, &wider);

	return wider.app == 0 ? e
	    : err_new(ERR_CONFLICT, "%s is held as a whole: release it "
		  "without %s", h->app_id, wider.platform == HOLD_ALL
		  ? "--provider" : "--host");
}

static void
print_release(struct cli *c, const struct holding *h, uint64_t holds,
    uint64_t rows)
{
	struct json *j;

	if (!c->json && holds == 0) {
		printf("%s: nothing was held (%s)\n", h->app_id,
		    place_of(c, h));
		return;
	}
	if (!c->json) {
		printf("%s: released (%s), %llu messages go now\n",
		    h->app_id, place_of(c, h), (unsigned long long)rows);
		return;
	}
	j = holding_json(c->mem, h);
	json_set_int(j, "released", (int64_t)holds);
	json_set_int(j, "messages", (int64_t)rows);
	cli_print(j);
}

static const struct err *
run_release(struct cli *c)
{
	struct cli_progress p = {0};
	uint64_t holds = 0, rows = 0;
	const struct err *e;
	struct holding h;

	if ((e = read_holding(c, &h)) != NULL ||
	    (e = check_release(c, &h)) != NULL || (e = cli_audit(c)) != NULL)
		return e;
	e = holding_release(c->db, &h, queue_control_told, &p, &holds, &rows);
	cli_progress_over(&p);
	if (holds > 0)
		queue_control_ring(c, HOLDING_SEEN_MS);
	if (e == NULL)
		print_release(c, &h, holds, rows);
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
