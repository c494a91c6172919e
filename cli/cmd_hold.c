/* SPDX-License-Identifier: MIT */
/* outpost hold, release, retry: an operator stops and restarts a queue. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/host.h"

#include "push/provider.h"

#include "db/application.h"
#include "db/hold.h"
#include "db/outbox.h"

#include "core/view.h"

#include "cli/audited.h"
#include "cli/queue_control.h"

#define REASON_MAX 200 /* of a hold, as its column */

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

/* The platform of --provider; -1: not given. */
static int
platform_given(const struct cli *c)
{
	const char *name = cli_value(c, "provider");

	return name != NULL ? (int)provider_by_name(name)->platform : -1;
}

/* What a hold is for. */
struct hold_scope {
	struct application app;
	unsigned platform; /* or HOLD_ALL */
	const char *host;  /* "": all */
	const char *place; /* for people */
};

static const struct err *
take_host(struct cli *c, struct hold_scope *s)
{
	s->host = cli_value(c, "host");
	if (s->host == NULL)
		s->host = "";
	else if (s->platform >= PLATFORM__COUNT ||
	    providers[s->platform]->host == NULL)
		return cli_misused(c, "--host goes with --provider webpush");
	else if (!host_is_name(s->host, strlen(s->host)))
		return cli_misused(c, "--host takes the full name of a host, "
		    "in lower case");
	s->place = view_place(c->mem, s->platform, s->host);
	return NULL;
}

static const struct err *
read_scope(struct cli *c, struct hold_scope *s)
{
	int platform = platform_given(c);
	const struct err *e;

	s->platform = platform < 0 ? HOLD_ALL : (unsigned)platform;
	if ((e = take_host(c, s)) != NULL)
		return e;
	return application_by_name(c->db, c->mem, c->args[0], &s->app);
}

static struct json *
scope_json(struct cli *c, const struct hold_scope *s)
{
	struct json *j = json_new_object(c->mem);

	json_set_text(j, "appId", s->app.app_id);
	json_set_text(j, "provider", provider_name_of(s->platform));
	if (s->host[0] != '\0')
		json_set_text(j, "host", s->host);
	return j;
}

/* --- hold and release ------------------------------------------------- */

static const struct err *
run_hold(struct cli *c)
{
	const char *reason = cli_value(c, "reason");
	const struct err *e;
	struct hold_scope s;
	struct json *j;

	if (reason != NULL && strlen(reason) > REASON_MAX)
		return cli_misused(c, "--reason takes at most %d bytes",
		    REASON_MAX);
	if ((e = read_scope(c, &s)) != NULL ||
	    (e = hold_put(c->db, s.app.id, s.platform, s.host, reason)) !=
		NULL)
		return e;
	if (!c->json) {
		printf("%s: held (%s)\n", s.app.app_id, s.place);
		return NULL;
	}
	j = scope_json(c, &s);
	json_set_text(j, "reason", reason);
	cli_print(j);
	return NULL;
}

/* Does the hold cover what is to be released, and more? */
static bool
is_wider(const struct hold *h, const struct hold_scope *s)
{
	return h->app == s->app.id && hold_covers(h, s->platform, s->host) &&
	    (h->platform != s->platform || strcmp(h->host, s->host) != 0);
}

/* A part cannot be released while the whole is held. */
static const struct err *
check_release(struct cli *c, const struct hold_scope *s)
{
	const struct err *e;
	struct hold *list;
	size_t n;

	if ((e = hold_list(c->db, c->mem, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		if (is_wider(&list[i], s))
			return err_new(ERR_CONFLICT, "%s is held as a whole: "
			    "release it without %s", s->app.app_id,
			    list[i].platform == HOLD_ALL ? "--provider"
			    : "--host");
	return NULL;
}

static void
print_release(struct cli *c, const struct hold_scope *s, uint64_t holds,
    uint64_t rows)
{
	struct json *j;

	if (!c->json && holds == 0) {
		printf("%s: nothing was held (%s)\n", s->app.app_id,
		    s->place);
		return;
	}
	if (!c->json) {
		printf("%s: released (%s), %llu messages go now\n",
		    s->app.app_id, s->place, (unsigned long long)rows);
		return;
	}
	j = scope_json(c, s);
	json_set_int(j, "released", (int64_t)holds);
	json_set_int(j, "messages", (int64_t)rows);
	cli_print(j);
}

/* The rows become due when each sendd has read the release: otherwise a sendd
 * could defer them again. */
static const struct err *
run_release(struct cli *c)
{
	uint64_t holds = 0, rows = 0;
	const struct err *e;
	struct hold_scope s;

	if ((e = read_scope(c, &s)) != NULL ||
	    (e = check_release(c, &s)) != NULL || (e = cli_audit(c)) != NULL ||
	    (e = hold_remove(c->db, s.app.id, s.platform,
		 cli_value(c, "host"), &holds)) != NULL)
		return e;
	if (holds > 0)
		e = queue_control_retry(c, s.app.id, platform_given(c),
		    QUEUE_CONTROL_SEEN_MS, &rows);
	if (e == NULL)
		print_release(c, &s, holds, rows);
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
