/* SPDX-License-Identifier: MIT */
/* outpost queue: depth of the outbox, holds, and sendd instances. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "push/provider.h"
#include "push/remedy.h"

#include "core/message_record.h"
#include "core/queued.h"

#include "db/credential_status.h"
#include "db/hold.h"
#include "db/instance.h"
#include "db/outbox.h"
#include "db/server.h"
#include "db/shard.h"

#include "cli/records.h"
#include "core/view.h"

#include "cli/table.h"

static const struct cli_option queue_options[] = {
	{"list", NULL, "list the messages that wait"},
	{"limit", "N", "of --list: at most so many, 1 to 1000 (default 100)"},
	{NULL}};
static const char *const lanes[] = {"message", "campaign"};

struct queue_view {
	struct outbox_depth *depths;
	size_t n_depths;
	struct hold *holds;
	size_t n_holds;
	struct credential_status *healths; /* of credentials that are held */
	size_t n_healths;
	struct instance *instances;
	size_t n_instances;
	uint64_t rows, retried;
	int64_t oldest_ms, now_ms;
	struct queued_why why;
	struct server_look server;
};

static const char *
lane_name(unsigned lane)
{
	return lane < nitems(lanes) ? lanes[lane] : "?";
}

/* The credentials that sendd holds, without those that an operator holds. */
static const struct err *
find_held(struct cli *c, struct queue_view *l)
{
	struct credential_status *list;
	size_t n;
	const struct err *e = credential_status_list(c->db, c->mem, &list, &n);

	for (size_t i = 0; e == NULL && i < n; i++) {
		bool told = !credential_status_is_held(&list[i],
		    c->settings.sendd.lease_ms, l->now_ms);

		for (size_t k = 0; k < l->n_holds && !told; k++)
			told = l->holds[k].app == list[i].app &&
			    hold_covers(&l->holds[k], list[i].platform,
				list[i].host);
		if (!told)
			list[l->n_healths++] = list[i];
	}
	l->healths = e == NULL ? list : NULL;
	return e;
}

static const struct err *
read_queue(struct cli *c, struct queue_view *l)
{
	const struct err *e;

	if ((e = outbox_depth(c->db, c->mem, &l->depths, &l->n_depths)) !=
		NULL ||
	    (e = hold_list(c->db, c->mem, &l->holds, &l->n_holds)) != NULL ||
	    (e = instance_list(c->db, c->mem, &l->instances,
		 &l->n_instances)) != NULL ||
	    (e = server_look(c->db, c->mem, &l->server)) != NULL)
		return e;
	l->now_ms = clock_now_ms();
	if ((e = find_held(c, l)) != NULL ||
	    (e = queued_why_read(c->db, c->mem, c->settings.sendd.lease_ms,
		 &l->why)) != NULL)
		return e;
	for (size_t i = 0; i < l->n_depths; i++) {
		const struct outbox_depth *d = &l->depths[i];

		l->rows += d->rows;
		l->retried += d->retried;
		if (l->oldest_ms == 0 || d->oldest_ms < l->oldest_ms)
			l->oldest_ms = d->oldest_ms;
	}
	return NULL;
}

static int64_t
age_s(const struct queue_view *l, int64_t since_ms)
{
	int64_t age = l->now_ms - since_ms;

	return since_ms == 0 || age < 0 ? 0 : age / 1000;
}

/* --- as text ---------------------------------------------------------- */

static const struct table_column depth_columns[] = {{"APP"}, {"PROVIDER"},
    {"LANE"}, {"ROWS", true}, {"RETRIED", true}, {"OLDEST", true},
    {"STATE"}, {"NEXT TRY"}, {"REASON"}, {NULL}};

static const char *
depth_reason(struct cli *c, const char *reason)
{
	const char *remedy = reason_remedy(reason);

	return reason == NULL || remedy == NULL
	    ? reason
	    : arena_fmt(c->mem, "%s (remedy: %s)", reason, remedy);
}

static void
put_depth(struct table *t, const char *app, const char *provider,
    const char *lane, const struct outbox_depth *d, int64_t oldest_s)
{
	table_put(t, app);
	table_put(t, provider);
	table_put(t, lane);
	table_put_count(t, d->rows);
	table_put_count(t, d->retried);
	table_put_fmt(t, "%llds", (long long)oldest_s);
}

static void
put_depth_why(struct cli *c, struct table *t, const char *state,
    int64_t next_ms, const char *reason)
{
	table_put(t, state);
	table_put(t, cli_time(c, next_ms));
	table_put(t, depth_reason(c, reason));
}

static void
print_depths(struct cli *c, const struct queue_view *l)
{
	struct table *t = table_new(c->mem, depth_columns);
	struct outbox_depth all = {.rows = l->rows, .retried = l->retried};

	for (size_t i = 0; i < l->n_depths; i++) {
		const struct outbox_depth *d = &l->depths[i];
		const char *reason, *state = queued_depth_state(&l->why, d,
		    &reason);

		put_depth(t, d->app_id, provider_name_of(d->platform),
		    lane_name(d->lane), d, age_s(l, d->oldest_ms));
		put_depth_why(c, t, state, d->next_due_ms, reason);
	}
	if (l->rows > 0) {
		put_depth(t, "all", NULL, NULL, &all, age_s(l, l->oldest_ms));
		put_depth_why(c, t, NULL, 0, NULL);
	}
	table_print(t, "the queue is empty");
}

static void
print_holds(struct cli *c, const struct queue_view *l)
{
	for (size_t i = 0; i < l->n_holds; i++) {
		const struct hold *h = &l->holds[i];

		printf("held: %s (%s) since %s%s%s\n", h->app_id,
		    view_place(c->mem, h->platform, h->host),
		    cli_time(c, h->since_ms),
		    h->reason[0] != '\0' ? ": " : "", h->reason);
	}
}

static void
print_credentials(struct cli *c, const struct queue_view *l)
{
	for (size_t i = 0; i < l->n_healths; i++) {
		const struct credential_status *h = &l->healths[i];

		printf("held: %s (%s) since %s by sendd %s: %s\n", h->app_id,
		    view_place(c->mem, h->platform, h->host),
		    cli_time(c, h->since_ms), h->instance, h->reason);
	}
}

static const char *
ahead_words(int64_t ahead_ms)
{
	return ahead_ms > 0 ? "ahead of" : "behind";
}

/* ", its clock 90s ahead of the database's"; "" when the clock is right. */
static const char *
clock_words(struct cli *c, const struct json *figures)
{
	int64_t ahead_ms = json_int(json_get(figures, "clockAheadMs"), 0);

	if (!db_clock_is_far(ahead_ms))
		return "";
	return arena_fmt(c->mem, ", its clock %llds %s the database's",
	    llabs(ahead_ms) / 1000, ahead_words(ahead_ms));
}

/* ", database db3", with how far its clock is from the other nodes'. */
static const char *
database_words(struct cli *c, const struct json *figures)
{
	const char *node = json_text(json_get(figures, "node"), "");
	int64_t ahead_ms = json_int(json_get(figures, "nodeAheadMs"), 0);

	if (*node == '\0')
		return "";
	if (ahead_ms == 0)
		return arena_fmt(c->mem, ", database %s", node);
	return arena_fmt(c->mem, ", database %s, the clock of which is %.1fs "
	    "%s the other nodes'", node, (double)llabs(ahead_ms) / 1000,
	    ahead_words(ahead_ms));
}

static void
print_instance(struct cli *c, const struct instance *in)
{
	struct json *figures = NULL;

	(void)json_parse(c->mem, in->figures, strlen(in->figures),
	    INSTANCE_FIGURES_DEPTH, &figures);
	printf("sendd %s: %u shards, seen %llds ago, up %llds%s%s%s\n",
	    in->name, in->shards,
	    (long long)(in->now_ms - in->seen_ms) / 1000,
	    (long long)(in->now_ms - in->started_ms) / 1000,
	    in->draining ? ", draining" : "", clock_words(c, figures),
	    database_words(c, figures));
}

/* An instance that has stopped is listed for a day. */
static void
print_instances(struct cli *c, const struct queue_view *l)
{
	bool any = false;

	for (size_t i = 0; i < l->n_instances; i++)
		any |= l->instances[i].now_ms - l->instances[i].seen_ms <=
		    c->settings.sendd.lease_ms;
	if (!any)
		puts("no sendd: nothing is delivered");
	for (size_t i = 0; i < l->n_instances; i++)
		print_instance(c, &l->instances[i]);
}

static void
print_warnings(const struct queue_view *l)
{
	for (unsigned i = 0; i < l->server.n; i++)
		printf("warning: %s\n", l->server.warnings[i]);
}

/* --- as JSON ---------------------------------------------------------- */

static void
put_depths(struct json *into, const struct queue_view *l)
{
	for (size_t i = 0; i < l->n_depths; i++)
		view_depth(json_add_object(into), &l->depths[i], &l->why);
}

static void
put_holds(struct json *into, const struct queue_view *l)
{
	for (size_t i = 0; i < l->n_holds; i++)
		view_hold(json_add_object(into), &l->holds[i]);
}

static void
put_credentials(struct json *into, const struct queue_view *l)
{
	for (size_t i = 0; i < l->n_healths; i++)
		view_credential(json_add_object(into), &l->healths[i]);
}

static void
put_instances(struct cli *c, struct json *into, const struct queue_view *l)
{
	for (size_t i = 0; i < l->n_instances; i++)
		view_instance(c->mem, json_add_object(into), &l->instances[i],
		    c->settings.sendd.lease_ms);
}

static void
put_warnings(struct json *into, const struct queue_view *l)
{
	for (unsigned i = 0; i < l->server.n; i++)
		json_add_text(into, l->server.warnings[i]);
}

/* As postqueue -p: each message that waits, and why. */
static const struct err *
list_waiting(struct cli *c)
{
	const char *limit = cli_value(c, "limit");
	int64_t max = 100;
	struct message_record *list;
	const struct err *e;
	size_t n;

	if (limit != NULL && !text_i64(limit, 1, MESSAGE_RECORDS_MAX, &max))
		return cli_misused(c, "--limit takes a number from 1 to %d",
		    MESSAGE_RECORDS_MAX);
	if ((e = message_records_waiting(c->db, c->mem,
		 c->settings.sendd.lease_ms, max, &list, &n)) != NULL)
		return e;
	records_print(c, list, n, "the queue is empty");
	return NULL;
}

static const struct err *
run_queue(struct cli *c)
{
	struct queue_view l = {NULL};
	const struct err *e;
	struct json *j;

	if (cli_flag(c, "list"))
		return list_waiting(c);
	if ((e = read_queue(c, &l)) != NULL)
		return e;
	if (!c->json) {
		print_depths(c, &l);
		print_holds(c, &l);
		print_credentials(c, &l);
		print_instances(c, &l);
		print_warnings(&l);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_int(j, "rows", (int64_t)l.rows);
	json_set_int(j, "retried", (int64_t)l.retried);
	json_set_int(j, "oldestSeconds", age_s(&l, l.oldest_ms));
	put_depths(json_set_array(j, "queue"), &l);
	put_holds(json_set_array(j, "holds"), &l);
	put_credentials(json_set_array(j, "heldCredentials"), &l);
	put_instances(c, json_set_array(j, "instances"), &l);
	put_warnings(json_set_array(j, "warnings"), &l);
	cli_print(j);
	return NULL;
}

const struct command queue_commands[] = {
	{"queue", NULL, {NULL},
	    "what waits, what is held, and who delivers",
	    queue_options, run_queue},
	{NULL}};
