/* SPDX-License-Identifier: MIT */
/* outpost campaign: the progress of campaigns, and starting one. Campaigns are
 * created and removed through the API. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/campaign.h"
#include "db/campaign_figures.h"

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

/* A campaign and its latest run; all counts are 0 if it never ran. */
struct latest {
	struct campaign campaign;
	struct run_figures run;
};

static const struct err *
find_run(struct cli *c, struct latest *l)
{
	struct run_figures *runs;
	const struct err *e;
	size_t n;

	l->run = (struct run_figures){.send = l->campaign.send};
	if (l->campaign.send == 0)
		return NULL;
	e = campaign_runs(c->db, c->mem, l->campaign.id, l->campaign.send, 1,
	    0, &runs, &n);
	if (e == NULL && n > 0)
		l->run = runs[0];
	return e;
}

static bool
is_queueing(const struct latest *l)
{
	return strcmp(l->campaign.state, "queueing") == 0;
}

/* --- as JSON ---------------------------------------------------------- */

static void
put_campaign(struct cli *c, struct json *j, const struct latest *l)
{
	const struct campaign *k = &l->campaign;

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
	if (is_queueing(l))
		json_set_int(j, "queuedPercent", campaign_queued_percent(k));
	campaign_counts_view(json_set_object(j, "counts"), &l->run.all);
}

/* --- as text ---------------------------------------------------------- */

static const struct table_column list_columns[] = {{"ID", true}, {"APP"},
    {"STATE"}, {"TOTAL", true}, {"SENT", true}, {"FAILED", true},
    {"EXPIRED", true}, {"CANCELLED", true}, {"PENDING", true}, {NULL}};

static void
list_campaign(struct table *t, const struct latest *l)
{
	const struct run_counts *n = &l->run.all;

	table_put_fmt(t, "%lld", (long long)l->campaign.id);
	table_put(t, l->campaign.app_id);
	table_put(t, l->campaign.state);
	table_put_count(t, n->total);
	table_put_count(t, n->sent);
	table_put_count(t, n->failed);
	table_put_count(t, n->expired);
	table_put_count(t, n->cancelled);
	table_put_count(t, run_counts_pending(n));
}

static void
print_progress(const struct latest *l)
{
	uint64_t total = l->run.all.total;
	uint64_t pending = run_counts_pending(&l->run.all);

	if (is_queueing(l))
		printf("  queueing: %lld%% of the devices gone through, more "
		    "messages follow\n",
		    (long long)campaign_queued_percent(&l->campaign));
	if (total > 0)
		printf("  %llu%% done: %llu of %llu, %llu remain\n",
		    (unsigned long long)((total - pending) * 100 / total),
		    (unsigned long long)(total - pending),
		    (unsigned long long)total, (unsigned long long)pending);
}

static void
print_run_counts(const char *platform, const struct run_counts *n)
{
	if (n->total == 0)
		return;
	printf("  %-5s %llu sent, %llu pending, %llu failed, %llu expired, "
	    "%llu cancelled\n", platform, (unsigned long long)n->sent,
	    (unsigned long long)run_counts_pending(n),
	    (unsigned long long)n->failed, (unsigned long long)n->expired,
	    (unsigned long long)n->cancelled);
}

static void
print_campaign(struct cli *c, const struct latest *l)
{
	const struct campaign *k = &l->campaign;

	printf("campaign %lld of %s: %s\n", (long long)k->id, k->app_id,
	    k->state);
	printf("  created %s, started %s, completed %s\n",
	    cli_time(c, k->created_ms), cli_time(c, k->started_ms),
	    cli_time(c, k->completed_ms));
	if (k->send != 0)
		printf("  message %llu\n", (unsigned long long)k->send);
	print_progress(l);
	if (!run_figures_by_platform(&l->run))
		print_run_counts("all", &l->run.all);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		print_run_counts(providers[p]->name, &l->run.by[p]);
}

/* --- commands --------------------------------------------------------- */

struct campaign_output {
	struct cli *c;
	struct json *list; /* with --json */
	struct table *table;
};

static const struct err *
add_latest(struct campaign_output *l, struct arena *a, int64_t id)
{
	struct cli *c = l->c;
	struct latest k;
	const struct err *e = campaign_by_id(c->db, a, id, &k.campaign);

	if (e != NULL) /* it may be removed meanwhile */
		return e->code == ERR_MISSING ? NULL : e;
	if ((e = find_run(c, &k)) != NULL)
		return e;
	if (c->json)
		put_campaign(c, json_add_object(l->list), &k);
	else
		list_campaign(l->table, &k);
	return NULL;
}

/* The message may be long: it is freed before the next campaign. */
static const struct err *
add_listed(const struct campaign *campaign, void *list)
{
	struct arena *a = arena_new();
	const struct err *e = add_latest(list, a, campaign->id);

	arena_free(a);
	return e;
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
	struct latest l;
	struct json *j, *result;
	int64_t id = 0;

	if ((e = read_id(c, &id)) != NULL ||
	    (e = campaign_by_id(c->db, c->mem, id, &l.campaign)) != NULL ||
	    (e = find_run(c, &l)) != NULL)
		return e;
	if (!c->json) {
		print_campaign(c, &l);
		return NULL;
	}
	put_campaign(c, j = json_new_object(c->mem), &l);
	result = json_set_object(j, "result");
	for (int p = 0; p < PLATFORM__COUNT; p++)
		campaign_counts_view(json_set_object(result,
		    providers[p]->name), &l.run.by[p]);
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
