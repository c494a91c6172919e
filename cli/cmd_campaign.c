/* SPDX-License-Identifier: MIT */
/* outpost campaign: the progress of campaigns, and starting one. Campaigns are
 * created and removed through the API. */
#include "cli/cli.h"
#include "cli/counts.h"

#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/campaign.h"
#include "db/send_status.h"

#include "push/provider.h"

#include "core/campaign.h"
#include "core/campaign_status.h"
#include "core/view.h"

#include "cli/audited.h"
#include "cli/run_options.h"
#include "cli/table.h"

static const struct cli_option no_options[] = {{NULL}};
static const struct cli_option list_options[] = {
	{"app", "APP", "only of this application"},
	{NULL}};
static const struct cli_option send_options[] = {
	{"again", NULL, "also when it was sent before: everybody gets it once "
	    "more", .audited = true},
	RUN_OPTIONS,
	{NULL}};

/* A campaign and the counts of its latest run. */
struct run {
	struct campaign campaign;
	struct send_counters account; /* all 0 when it never ran */
	struct send_counts all;
	uint64_t pending; /* in the queue; more come while queueing */
};

static const struct err *
find_counts(struct cli *c, struct run *r)
{
	const struct err *e = NULL;

	memset(&r->account, 0, sizeof r->account);
	memset(&r->all, 0, sizeof r->all);
	if (r->campaign.send != 0)
		e = send_by_id(c->db, c->mem, r->campaign.send, &r->account);
	/* after [message] retention the send is purged, the campaign stays */
	if (e != NULL && e->code != ERR_MISSING)
		return e;
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		r->all.total += r->account.by[p].total;
		r->all.sent += r->account.by[p].sent;
		r->all.failed += r->account.by[p].failed;
		r->all.expired += r->account.by[p].expired;
	}
	r->pending = send_counts_pending(&r->all);
	return NULL;
}

static bool
is_queueing(const struct run *r)
{
	return strcmp(r->campaign.state, "queueing") == 0;
}

/* --- as JSON ---------------------------------------------------------- */

static void
put_campaign(struct cli *c, struct json *j, const struct run *r)
{
	const struct campaign *k = &r->campaign;

	json_set_text(j, "id", arena_fmt(c->mem, "%lld", (long long)k->id));
	json_set_text(j, "appId", k->app_id);
	json_set_text(j, "sent", k->sent ? "true" : "false");
	json_set_text(j, "state", k->state);
	view_instant(j, "created", k->created_ms);
	view_instant(j, "started", k->started_ms);
	view_instant(j, "completed", k->completed_ms);
	if (k->send != 0)
		json_set_text(j, "messageId", arena_fmt(c->mem, "%llu",
		    (unsigned long long)k->send));
	view_instant(j, "cancelled", r->account.cancelled_ms);
	if (is_queueing(r))
		json_set_int(j, "queuedPercent",
		    campaign_queued_percent(&r->campaign));
	cli_counts_json(json_set_object(j, "counts"), &r->all);
}

/* --- as text ---------------------------------------------------------- */

static const struct table_column list_columns[] = {{"ID", true}, {"APP"},
    {"STATE"}, {"TOTAL", true}, {"SENT", true}, {"FAILED", true},
    {"EXPIRED", true}, {"PENDING", true}, {NULL}};

static void
list_campaign(struct table *t, const struct run *r)
{
	table_put_fmt(t, "%lld", (long long)r->campaign.id);
	table_put(t, r->campaign.app_id);
	table_put(t, r->campaign.state);
	table_put_count(t, r->all.total);
	table_put_count(t, r->all.sent);
	table_put_count(t, r->all.failed);
	table_put_count(t, r->all.expired);
	table_put_count(t, r->pending);
}

static void
print_progress(const struct run *r)
{
	uint64_t done = r->all.total - r->pending;

	if (is_queueing(r))
		printf("  queueing: %lld%% of the devices gone through, more "
		    "messages follow\n",
		    (long long)campaign_queued_percent(&r->campaign));
	if (r->all.total > 0)
		printf("  %llu%% done: %llu of %llu, %llu remain\n",
		    (unsigned long long)(done * 100 / r->all.total),
		    (unsigned long long)done,
		    (unsigned long long)r->all.total,
		    (unsigned long long)r->pending);
}

static void
print_campaign(struct cli *c, const struct run *r)
{
	const struct campaign *k = &r->campaign;

	printf("campaign %lld of %s: %s%s\n", (long long)k->id, k->app_id,
	    k->state, r->account.cancelled_ms != 0 ? ", cancelled" : "");
	printf("  created %s, started %s, completed %s\n",
	    cli_time(c, k->created_ms), cli_time(c, k->started_ms),
	    cli_time(c, k->completed_ms));
	if (k->send != 0)
		printf("  message %llu\n", (unsigned long long)k->send);
	print_progress(r);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		cli_counts_print(providers[p]->name, &r->account.by[p]);
}

/* --- commands --------------------------------------------------------- */

struct campaign_output {
	struct cli *c;
	struct json *list; /* with --json */
	struct table *table;
};

static const struct err *
add_listed(const struct campaign *campaign, void *arg)
{
	struct campaign_output *l = arg;
	struct run r = {.campaign = *campaign};
	const struct err *e = find_counts(l->c, &r);

	if (e != NULL)
		return e;
	if (l->c->json) {
		put_campaign(l->c, json_add_object(l->list), &r);
		return NULL;
	}
	list_campaign(l->table, &r);
	return NULL;
}

static const struct err *
list_campaigns(struct cli *c)
{
	struct campaign_output l = {c, json_new_array(c->mem),
	    table_new(c->mem, list_columns)};
	const char *name = cli_value(c, "app");
	struct application app;
	struct part part = {0};
	const struct err *e;

	if (name != NULL) {
		struct json *apps = json_new_array(c->mem);

		e = application_by_name(c->db, c->mem, name, &app);
		if (e != NULL)
			return e;
		json_add_text(apps, name);
		part.apps = json_write(apps, NULL);
	}
	e = campaign_list(c->db, &(struct campaign_choice){0}, &part,
	    add_listed, &l);
	if (e == NULL && c->json)
		cli_print(l.list);
	else if (e == NULL)
		table_print(l.table, "no campaigns");
	return e;
}

static const struct err *
read_id(struct cli *c, int64_t *id)
{
	if (!text_i64(c->args[0], 1, INT64_MAX, id))
		return cli_misused(c, "the id of a campaign is a number");
	return NULL;
}

static const struct err *
show_campaign(struct cli *c)
{
	const struct err *e;
	struct run r;
	struct json *j, *result;
	int64_t id = 0;

	if ((e = read_id(c, &id)) != NULL ||
	    (e = campaign_by_id(c->db, c->mem, id, &r.campaign)) != NULL ||
	    (e = find_counts(c, &r)) != NULL)
		return e;
	if (!c->json) {
		print_campaign(c, &r);
		return NULL;
	}
	put_campaign(c, j = json_new_object(c->mem), &r);
	result = json_set_object(j, "result");
	for (int i = 0; i < PLATFORM__COUNT; i++)
		cli_counts_json(json_set_object(result, providers[i]->name),
		    &r.account.by[i]);
	cli_print(j);
	return NULL;
}

/* The run is durable: sendd queues the rest. */
static void
queue_campaign(struct cli *c, const struct campaign_run *run)
{
	struct doorbell_client line = {c->settings.sendd.doorbell, -1};
	const struct send_context context = {&c->settings, c->db, c->mem,
	    &line, NULL, NULL};
	const struct err *e = campaign_queue(&context, run);

	if (e != NULL)
		log_warn("%s", e->text);
	doorbell_close(&line);
}

static void
print_start(struct cli *c, enum campaign_begun begun)
{
	struct json *j;

	if (!c->json) {
		printf("campaign %s: %s\n", c->args[0],
		    begun == CAMPAIGN_STARTED ? "it is being sent"
					      : "it is being sent already");
		return;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "id", c->args[0]);
	json_set_bool(j, "started", begun == CAMPAIGN_STARTED);
	cli_print(j);
}

static const struct err *
send_campaign(struct cli *c)
{
	enum campaign_begun begun;
	struct campaign campaign;
	struct run_timing timing;
	struct campaign_run run;
	const struct err *e;
	int64_t last_ms, id = 0;

	if ((e = read_id(c, &id)) != NULL ||
	    (e = run_options_read(c, &timing)) != NULL ||
	    (e = campaign_by_id(c->db, c->mem, id, &campaign)) != NULL ||
	    (e = campaign_compose(&c->settings, c->mem, &campaign, &timing,
		 &run)) != NULL ||
	    (e = cli_audit(c)) != NULL)
		return e;
	run.again = cli_flag(c, "again");
	if ((e = campaign_start(c->db, &run, &begun, &last_ms)) != NULL)
		return e;
	if (begun == CAMPAIGN_DONE)
		return err_new(ERR_CONFLICT, "campaign %s was sent already "
		    "(%s): --again sends it to everybody once more",
		    c->args[0], cli_time(c, last_ms));
	if (begun == CAMPAIGN_UNAPPROVED)
		return err_new(ERR_CONFLICT, "campaign %s is not approved: "
		    "the call campaign/%s/approve does that, by another "
		    "integration than the one that made or changed it",
		    c->args[0], c->args[0]);
	queue_campaign(c, &run);
	print_start(c, begun);
	return NULL;
}

const struct command campaign_commands[] = {
	{"campaign", "list", {NULL}, "list campaigns and how far they are",
	    list_options, list_campaigns},
	{"campaign", "show", {"ID"}, "show how far one is", no_options,
	    show_campaign},
	{"campaign", "send", {"ID"},
	    "send one to all its users, as the call send/live does",
	    send_options, send_campaign, NEEDS_DATABASE, "campaign.send", true},
	{NULL}};
