/* SPDX-License-Identifier: MIT */
/*
 * outpost sendd: the sendds that share the queue, and taking one out of
 * service. A sendd reads its mark at each heartbeat; it gives a shard back when
 * nothing of it is in hand, and another sendd takes it at once.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/text.h"

#include "db/instance.h"

#include "core/view.h"

#include "cli/audited.h"
#include "cli/table.h"

#define SENDD_LOOK_MS 200 /* between two looks at what it has left */
#define WAIT_S 60

static const struct cli_option list_options[] = {{NULL}};
static const struct cli_option drain_options[] = {
	{"wait", "SECONDS", "until it has no shards (default 60; 0: do not)"},
	{NULL}};

/* --- list ------------------------------------------------------------- */

static const struct table_column list_columns[] = {{"SENDD"}, {"HOST"},
    {"STATE"}, {"SHARDS", true}, {"SEEN", true}, {"UP", true},
    {"DATABASE"}, {"CLOCK", true}, {"VERSION"}, {NULL}};

static bool
is_alive(const struct cli *c, const struct instance *i)
{
	return i->now_ms - i->seen_ms <= c->settings.sendd.lease_ms;
}

static const char *
sendd_state(const struct cli *c, const struct instance *i)
{
	if (!is_alive(c, i))
		return i->runs ? "silent" : "ended";
	if (instance_is_silent(i, c->settings.sendd.lease_ms))
		return "silent";
	if (i->draining)
		return i->shards > 0 ? "draining" : "drained";
	return i->shards > 0 ? "works" : "waits";
}

static void
put_row(struct cli *c, struct table *t, const struct instance *i)
{
	struct json *figures = NULL;

	(void)json_parse(c->mem, i->figures, strlen(i->figures),
	    INSTANCE_FIGURES_DEPTH, &figures);
	table_put(t, i->name);
	table_put(t, i->host);
	table_put(t, sendd_state(c, i));
	table_put_count(t, i->shards);
	table_put_fmt(t, "%llds", (long long)(i->now_ms - i->seen_ms) / 1000);
	table_put_fmt(t, "%llds",
	    (long long)(i->now_ms - i->started_ms) / 1000);
	table_put(t, json_text(json_get(figures, "node"), NULL));
	table_put_fmt(t, "%+.1fs", (double)json_int(json_get(figures,
	    "clockAheadMs"), 0) / 1000);
	table_put(t, json_text(json_get(figures, "version"), NULL));
}

static const struct err *
run_sendds(struct cli *c)
{
	struct table *t = table_new(c->mem, list_columns);
	struct json *j = json_new_array(c->mem);
	struct instance *list;
	size_t n;
	const struct err *e = instance_list(c->db, c->mem, &list, &n);

	for (size_t i = 0; e == NULL && i < n; i++) {
		put_row(c, t, &list[i]);
		view_instance(c->mem, json_add_object(j), &list[i],
		    c->settings.sendd.lease_ms);
	}
	if (e == NULL && c->json)
		cli_print(j);
	else if (e == NULL)
		table_print(t, "no sendd has run in the last day");
	return e;
}

/* --- drain and resume ------------------------------------------------- */

/* What is seen of the sendd that was named, and of the others. */
struct seen {
	bool alive;
	unsigned shards, sharing; /* sharing: others that take what it gives */
};

static const struct err *
see_sendd(struct cli *c, const char *name, struct seen *out)
{
	struct instance *list;
	size_t n;
	const struct err *e = instance_list(c->db, c->mem, &list, &n);

	*out = (struct seen){.alive = false};
	for (size_t i = 0; e == NULL && i < n; i++) {
		if (!is_alive(c, &list[i]))
			continue;
		if (strcmp(list[i].name, name) == 0) {
			out->alive = true;
			out->shards = list[i].shards;
		} else if (!list[i].draining) {
			out->sharing++;
		}
	}
	return e;
}

/* Mark it, or take the mark back. */
static const struct err *
mark(struct cli *c, bool draining)
{
	const char *name = c->args[0];
	const struct err *e;
	struct seen now;
	bool found;

	if ((e = see_sendd(c, name, &now)) != NULL)
		return e;
	if (!now.alive)
		return err_new(ERR_MISSING, "no sendd \"%s\" runs: see "
		    "\"outpost sendd list\"", name);
	if ((e = cli_audit(c)) != NULL ||
	    (e = instance_drain(c->db, name, draining, &found)) != NULL)
		return e;
	return found ? NULL : err_new(ERR_MISSING, "sendd \"%s\" has ended",
	    name);
}

static const struct err *
await_drained(struct cli *c, int64_t wait_ms, struct seen *now)
{
	const struct timespec pause = {0, SENDD_LOOK_MS * 1000000L};
	int64_t until_ms = clock_mono_ms() + wait_ms;
	const char *name = c->args[0];
	const struct err *e;

	while ((e = see_sendd(c, name, now)) == NULL && now->shards > 0) {
		if (now->sharing == 0)
			return err_new(ERR_CONFLICT, "no other sendd works: "
			    "\"%s\" keeps its shards until one does", name);
		if (clock_mono_ms() >= until_ms)
			return wait_ms == 0 ? NULL : err_new(ERR_BUSY,
			    "sendd \"%s\" has %u shards yet after %lld "
			    "seconds, and gives them back when it can", name,
			    now->shards, (long long)wait_ms / 1000);
		(void)nanosleep(&pause, NULL);
	}
	return e;
}

static void
print_shards(struct cli *c, const char *did, unsigned shards)
{
	struct json *j;

	if (!c->json) {
		printf("sendd %s: %s, %u shards\n", c->args[0], did, shards);
		return;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "name", c->args[0]);
	json_set_bool(j, "draining", strcmp(did, "resumed") != 0);
	json_set_int(j, "shards", shards);
	cli_print(j);
}

static const struct err *
run_drain(struct cli *c)
{
	const char *wait = cli_value(c, "wait");
	int64_t wait_s = WAIT_S;
	const struct err *e;
	struct seen now;

	if (wait != NULL && !text_i64(wait, 0, 86400, &wait_s))
		return cli_misused(c, "--wait takes 0 to 86400 seconds");
	if ((e = mark(c, true)) != NULL ||
	    (e = await_drained(c, wait_s * 1000, &now)) != NULL)
		return e;
	print_shards(c, now.shards > 0 ? "draining" : "drained", now.shards);
	return NULL;
}

static const struct err *
run_resume(struct cli *c)
{
	const struct err *e;
	struct seen now;

	if ((e = mark(c, false)) != NULL ||
	    (e = see_sendd(c, c->args[0], &now)) != NULL)
		return e;
	print_shards(c, "resumed", now.shards);
	return NULL;
}

const struct command sendd_commands[] = {
	{"sendd", "list", {NULL}, "each, with its shards, node and clock",
	    list_options, run_sendds},
	{"sendd", "drain", {"INSTANCE"},
	    "have the others take its shards, before it is stopped",
	    drain_options, run_drain, NEEDS_DATABASE, "sendd.drain", true},
	{"sendd", "resume", {"INSTANCE"}, "let it share the shards again",
	    list_options, run_resume, NEEDS_DATABASE, "sendd.resume", true},
	{NULL}};
