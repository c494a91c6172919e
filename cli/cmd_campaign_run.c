/* SPDX-License-Identifier: MIT */
/* outpost campaign: the hand on a run, and how far it is. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/text.h"

#include "db/campaign_control.h"

#include "push/provider.h"

#include "core/campaign.h"
#include "core/campaign_status.h"

#include "cli/run_options.h"
#include "cli/table.h"

#define LOOK_MS 500 /* between two looks of --watch */
#define BAR 24	    /* characters */
#define RUNS_LISTED 100

static const struct cli_option no_options[] = {{NULL}};
static const struct cli_option set_options[] = {RUN_OPTIONS, {NULL}};
static const struct cli_option status_options[] = {
	{"watch", NULL, "until the run is over"},
	{NULL}};

static const struct err *
read_run_id(struct cli *c, int64_t *id)
{
	if (!text_i64(c->args[0], 1, INT64_MAX, id))
		return cli_misused(c, "the id of a campaign is a number");
	return NULL;
}

/* --- pause, resume, cancel -------------------------------------------- */

static const struct err *
control_run(struct cli *c, enum campaign_verb verb, const char *word)
{
	enum campaign_did did = CAMPAIGN_CANNOT;
	const struct err *e;
	const char *state;
	struct json *j;
	int64_t id = 0;

	if ((e = read_run_id(c, &id)) != NULL ||
	    (e = campaign_control(c->db, c->mem, id, verb, &did, &state)) !=
		NULL)
		return e;
	if (did == CAMPAIGN_CANNOT)
		return err_new(ERR_CONFLICT, "campaign %lld is %s, it cannot "
		    "be %s", (long long)id, state, word);
	if (!c->json) {
		printf("campaign %lld is %s\n", (long long)id, state);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "state", state);
	cli_print(j);
	return NULL;
}

static const struct err *
pause_campaign(struct cli *c)
{
	return control_run(c, CAMPAIGN_PAUSE, "paused");
}

static const struct err *
resume_campaign(struct cli *c)
{
	return control_run(c, CAMPAIGN_RESUME, "resumed");
}

static const struct err *
cancel_campaign(struct cli *c)
{
	return control_run(c, CAMPAIGN_CANCEL, "cancelled");
}

/* --- timing ----------------------------------------------------------- */

static const struct err *
set_campaign(struct cli *c)
{
	struct run_timing timing;
	struct campaign campaign;
	enum campaign_set did;
	const struct err *e;
	int64_t id = 0;

	if ((e = read_run_id(c, &id)) != NULL ||
	    (e = run_options_read(c, &timing)) != NULL ||
	    (e = campaign_by_id(c->db, c->mem, id, &campaign)) != NULL ||
	    (e = campaign_set(c->db, c->mem, &campaign, &timing, &did)) !=
		NULL)
		return e;
	if (did == CAMPAIGN_SET_BEGUN)
		return err_new(ERR_CONFLICT, "the run has begun, --at cannot "
		    "be changed");
	if (did == CAMPAIGN_SET_NO_RUN)
		return err_new(ERR_CONFLICT, "campaign %lld is %s, it has no "
		    "run in progress", (long long)id, campaign.state);
	return NULL;
}

/* --- runs ------------------------------------------------------------- */

static const struct table_column run_columns[] = {{"MESSAGE", true},
    {"STATE"}, {"STARTED"}, {"COMPLETED"}, {"TOTAL", true}, {"SENT", true},
    {"FAILED", true}, {"EXPIRED", true}, {"CANCELLED", true}, {NULL}};

static void
list_run(struct cli *c, struct table *t, const struct run_figures *r)
{
	table_put_fmt(t, "%" PRIu64, r->send);
	table_put(t, r->state);
	table_put(t, cli_time(c, r->timing.start_ms));
	table_put(t, cli_time(c, r->ended_ms));
	table_put_count(t, r->all.total);
	table_put_count(t, r->all.sent);
	table_put_count(t, r->all.failed);
	table_put_count(t, r->all.expired);
	table_put_count(t, r->all.cancelled);
}

static const struct err *
list_runs(struct cli *c)
{
	struct table *table = table_new(c->mem, run_columns);
	struct json *list = json_new_array(c->mem);
	struct run_figures *runs;
	struct campaign campaign;
	const struct err *e;
	int64_t id = 0;
	size_t n;

	if ((e = read_run_id(c, &id)) != NULL ||
	    (e = campaign_by_id(c->db, c->mem, id, &campaign)) != NULL ||
	    (e = campaign_runs(c->db, c->mem, id, 0, RUNS_LISTED, 0, &runs,
		 &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		if (c->json)
			campaign_run_view(c->mem, json_add_object(list),
			    &runs[i]);
		else
			list_run(c, table, &runs[i]);
	if (c->json)
		cli_print(list);
	else
		table_print(table, "no runs");
	return NULL;
}

/* --- status ----------------------------------------------------------- */

static uint64_t
done_of(const struct run_figures *r)
{
	return r->all.sent + r->all.failed + r->all.expired + r->all.cancelled;
}

static bool
is_over(const struct campaign_status *s)
{
	return !s->has_run || s->run.ended_ms != 0;
}

static void
print_bar(const struct run_figures *r)
{
	uint64_t done = done_of(r);
	uint64_t n = r->all.total > 0 ? done * BAR / r->all.total : 0;

	printf("[");
	for (uint64_t i = 0; i < BAR; i++)
		printf("%c", i < n ? '#' : '.');
	printf("] %3" PRIu64 "%%  %" PRIu64 " of %" PRIu64,
	    r->all.total > 0 ? done * 100 / r->all.total : 0, done,
	    r->all.total);
}

/* rate: messages a second; below 0: not known. */
static void
print_status(const struct campaign_status *s, double rate)
{
	const struct run_figures *r = &s->run;

	printf("%-10s ", s->campaign.state);
	if (!s->has_run)
		return;
	print_bar(r);
	if (rate >= 0)
		printf("  %.0f/s", rate);
	if (rate > 0 && r->all.total > done_of(r))
		printf("  %.0f s left", (double)(r->all.total - done_of(r)) /
		    rate);
	printf("  sent %" PRIu64 " failed %" PRIu64 " expired %" PRIu64
	    " cancelled %" PRIu64, r->all.sent, r->all.failed, r->all.expired,
	    r->all.cancelled);
}

/* "apns: 10 of 12, sent 8 failed 1 expired 0 cancelled 1" */
static void
print_platforms(const struct run_figures *r)
{
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct run_counts *n = &r->by[p];

		if (n->total == 0)
			continue;
		printf("  %s: %" PRIu64 " of %" PRIu64 ", sent %" PRIu64
		    " failed %" PRIu64 " expired %" PRIu64
		    " cancelled %" PRIu64 "\n", providers[p]->name,
		    n->total - run_counts_pending(n), n->total, n->sent,
		    n->failed, n->expired, n->cancelled);
	}
}

static void
print_outcomes(const struct campaign_status *s)
{
	if (s->has_run && run_figures_by_platform(&s->run))
		print_platforms(&s->run);
	for (size_t i = 0; i < s->n_outcomes; i++) {
		const struct run_outcome *o = &s->outcomes[i];

		printf("  %8" PRIu64 " %s %s%s%s\n", o->n,
		    o->platform < PLATFORM__COUNT
			? providers[o->platform]->name
			: "?", o->outcome, o->reason[0] != '\0' ? ": " : "",
		    o->reason);
	}
}

static void
print_object(struct arena *a, const struct campaign_status *s)
{
	struct json *j = json_new_object(a);

	campaign_status_view(a, j, s);
	cli_print(j);
	(void)fflush(stdout);
}

static void
print_look(const struct campaign_status *s, bool terminal, double rate)
{
	printf("%s", terminal ? "\r\033[K" : "");
	print_status(s, rate);
	printf("%s", terminal ? "" : "\n");
	(void)fflush(stdout);
}

/* A line that is written again and again on a terminal; elsewhere a line for
 * each change, and with --json an object for each. The end is always told: the
 * version may be that of the moment before (core/campaign_status.c). */
static const struct err *
watch_status(struct cli *c, int64_t id, struct campaign_status *s)
{
	bool terminal = !c->json && isatty(STDOUT_FILENO) == 1;
	struct arena *memory = arena_new();
	int64_t since = clock_mono_ms();
	uint64_t version = UINT64_MAX, first = done_of(&s->run);
	const struct err *e = NULL;

	while (e == NULL) {
		double seconds = (double)(clock_mono_ms() - since) / 1000;
		uint64_t moved = done_of(&s->run) - first;
		bool new = s->version != version || is_over(s);

		if (c->json && new)
			print_object(memory, s);
		else if (terminal || (!c->json && new))
			print_look(s, terminal,
			    seconds > 1 ? (double)moved / seconds : -1);
		if (is_over(s))
			break;
		version = s->version;
		(void)nanosleep(&(struct timespec){LOOK_MS / 1000,
		    LOOK_MS % 1000 * 1000000}, NULL);
		arena_reset(memory);
		e = campaign_status(c->db, memory, id, s);
	}
	printf("%s", terminal ? "\n" : "");
	if (e == NULL && !c->json)
		print_outcomes(s);
	arena_free(memory);
	return e;
}

static const struct err *
show_status(struct cli *c)
{
	struct campaign_status s;
	const struct err *e;
	int64_t id = 0;

	if ((e = read_run_id(c, &id)) != NULL ||
	    (e = campaign_status(c->db, c->mem, id, &s)) != NULL)
		return e;
	if (cli_flag(c, "watch"))
		return watch_status(c, id, &s);
	if (c->json) {
		print_object(c->mem, &s);
		return NULL;
	}
	print_status(&s, -1);
	printf("\n");
	print_outcomes(&s);
	return NULL;
}

const struct command campaign_run_commands[] = {
	{"campaign", "status", {"ID"}, "show how far its run is, and why "
	    "messages failed", status_options, show_status},
	{"campaign", "runs", {"ID"}, "list its runs with their figures",
	    no_options, list_runs},
	{"campaign", "pause", {"ID"}, "keep what is not sent yet", no_options,
	    pause_campaign, NEEDS_DATABASE, "campaign.pause"},
	{"campaign", "resume", {"ID"}, "go on with it", no_options,
	    resume_campaign, NEEDS_DATABASE, "campaign.resume"},
	{"campaign", "cancel", {"ID"}, "drop what is not sent yet", no_options,
	    cancel_campaign, NEEDS_DATABASE, "campaign.cancel"},
	{"campaign", "set", {"ID"}, "change when and how fast its run sends",
	    set_options, set_campaign, NEEDS_DATABASE, "campaign.set"},
	{NULL}};
