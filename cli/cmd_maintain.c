/* SPDX-License-Identifier: MIT */
/*
 * outpost maintain: remove what is old, by the age rules of db/purge.h. cron
 * runs it; it may be killed at any moment, and run twice at a time: a lease
 * keeps the second from doing the work of the first.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "db/upkeep.h"

#include "core/maintain.h"
#include "core/maintain_trail.h"

#include "cli/audited.h"
#include "cli/progress.h"
#include "cli/table.h"

#define LEASE_MS 60000
#define RENEW_MS 15000
#define RESTS 3
#define REST_MAX_US 1000000

static const struct cli_option maintain_options[] = {
	{"for", "DURATION", "at most so long; the next run continues"},
	{"dry-run", NULL, "count what would be removed, and remove nothing"},
	{"quiet", NULL, "print nothing when all went well"},
	{NULL}};

struct upkeep_run {
	struct cli *c;
	struct maintain round;
	struct maintain_trail trail;
	struct cli_progress progress;
	uint64_t owner;
	int64_t began_ms, until_ms, renew_ms; /* on the steady clock */
	bool busy; /* another run is at work */
};

/* --- the lease -------------------------------------------------------- */

static const struct err *
renew(struct upkeep_run *u)
{
	int64_t now_ms = clock_mono_ms();
	bool got = true;
	const struct err *e;

	if (u->round.dry || now_ms < u->renew_ms)
		return NULL;
	u->renew_ms = now_ms + RENEW_MS;
	e = upkeep_take(u->c->db, "maintain", u->owner, LEASE_MS, &got);
	u->busy = e == NULL && !got;
	return e;
}

/* --- the round -------------------------------------------------------- */

/* The file of the audit trail, if rows of it are to be removed. */
static const struct err *
open_trail(struct upkeep_run *u)
{
	const struct settings *s = &u->c->settings;

	maintain_trail_init(&u->trail, cli_who(u->c));
	u->round.hooks = &u->trail.hooks;
	if (u->round.dry || s->maintain.audit_file == NULL ||
	    s->maintain.audit_ms == 0)
		return NULL;
	return maintain_trail_open(&u->trail, s->maintain.audit_file);
}

static void
show_progress(struct upkeep_run *u)
{
	const struct maintain *m = &u->round;

	if (!m->over && cli_progress(&u->progress))
		(void)fprintf(stderr, "\r%s: %" PRIu64 " rows, %" PRIu64
		    " in all    ", m->at.rule->table, m->at.rows, m->removed);
}

/* A portion, and then a rest that is RESTS times as long: callers and
 * deliveries have the database to themselves for most of the time. */
static const struct err *
step_and_rest(struct upkeep_run *u)
{
	int64_t since_us = clock_mono_us(), rest_us;
	const struct err *e = maintain_step(u->c->db, &u->round);

	rest_us = RESTS * (clock_mono_us() - since_us);
	if (rest_us > REST_MAX_US)
		rest_us = REST_MAX_US;
	if (e == NULL && !u->round.dry)
		(void)nanosleep(&(struct timespec){rest_us / 1000000,
		    rest_us % 1000000 * 1000}, NULL);
	return e;
}

static const struct err *
run_round(struct upkeep_run *u)
{
	struct maintain *m = &u->round;
	const struct err *e = renew(u);

	while (e == NULL && !u->busy && !m->over &&
	    clock_mono_ms() < u->until_ms) {
		show_progress(u);
		if ((e = step_and_rest(u)) == NULL)
			e = renew(u);
	}
	cli_progress_over(&u->progress);
	if (e == NULL && !m->dry && m->over)
		e = upkeep_ran(u->c->db, "maintain", m->removed);
	if (e == NULL && !m->dry && !u->busy)
		e = upkeep_give(u->c->db, "maintain", u->owner);
	return e;
}

/* --- the report ------------------------------------------------------- */

static const struct table_column columns[] = {{"TABLE"}, {"ROWS", true},
    {"KEPT"}, {"WHICH"}, {NULL}};

/* "30d", as in the settings. */
static const char *
span_words(struct cli *c, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"},
	    {1000, "s"}};
	size_t i = 0;

	if (ms == 0)
		return "not at all";
	while (i + 1 < nitems(units) && ms % units[i].ms != 0)
		i++;
	return arena_fmt(c->mem, "%lld%s", (long long)(ms / units[i].ms),
	    units[i].unit);
}

static const char *
kept_words(struct upkeep_run *u, size_t i)
{
	const struct maintain *m = &u->round;

	if (m->counts_only[i])
		return arena_fmt(u->c->mem, "for ever; older than %s",
		    span_words(u->c, m->ages_ms[i]));
	return m->off[i] ? "for ever" : span_words(u->c, m->ages_ms[i]);
}

static const char *
rest_words(const struct upkeep_run *u)
{
	if (u->busy)
		return "; another run is at work";
	return u->round.over ? "" : "; time is over, the next run continues";
}

static uint64_t
counted(const struct maintain *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < PURGE_RULES; i++)
		if (!m->counts_only[i])
			n += m->rows[i];
	return n;
}

/* What a dry run is for is all rules; what a run did is what it removed. */
static void
print_round(struct upkeep_run *u)
{
	const struct maintain *m = &u->round;
	struct table *t = table_new(u->c->mem, columns);
	bool any = false;

	for (size_t i = 0; i < PURGE_RULES; i++) {
		if (purge_rules[i].by == PURGE_NOBODY ||
		    (!m->dry && m->rows[i] == 0))
			continue;
		any = true;
		table_put(t, purge_rules[i].table);
		table_put_count(t, m->rows[i]);
		table_put(t, kept_words(u, i));
		table_put(t, purge_rules[i].rows);
	}
	if (any)
		table_print(t, "");
	printf("%s %" PRIu64 " rows in %.1f s%s\n", m->dry ? "would remove"
	    : "removed", counted(m),
	    (double)(clock_mono_ms() - u->began_ms) / 1000, rest_words(u));
}

static void
print_round_json(struct upkeep_run *u)
{
	const struct maintain *m = &u->round;
	struct json *j = json_new_object(u->c->mem), *list, *one;

	json_set_bool(j, "dryRun", m->dry);
	json_set_bool(j, "busy", u->busy);
	json_set_bool(j, "complete", m->over);
	json_set_int(j, "rows", (int64_t)counted(m));
	list = json_set_array(j, "rules");
	for (size_t i = 0; i < PURGE_RULES; i++) {
		if (purge_rules[i].by == PURGE_NOBODY)
			continue;
		one = json_add_object(list);
		json_set_text(one, "table", purge_rules[i].table);
		json_set_text(one, "which", purge_rules[i].rows);
		json_set_text(one, "setting", purge_rules[i].setting);
		json_set_text(one, "kept", kept_words(u, i));
		json_set_int(one, "rows", (int64_t)m->rows[i]);
	}
	cli_print(j);
}

/* --- the command ------------------------------------------------------ */

static const struct err *
run_maintain(struct cli *c)
{
	struct upkeep_run u = {.c = c, .began_ms = clock_mono_ms(),
	    .until_ms = INT64_MAX};
	const char *limit = cli_value(c, "for");
	const struct err *e;
	int64_t ms;

	if (limit != NULL && !text_duration(limit, &ms))
		return cli_misused(c, "--for takes a duration like 10m");
	if (limit != NULL && ms < INT64_MAX - u.began_ms)
		u.until_ms = u.began_ms + ms;
	crypto_random(&u.owner, sizeof u.owner);
	maintain_begin(&u.round, &c->settings, PURGE_MAINTAIN,
	    cli_flag(c, "dry-run"));
	if ((e = open_trail(&u)) == NULL)
		e = run_round(&u);
	maintain_trail_done(&u.trail);
	if (e != NULL)
		return e;
	if (c->json)
		print_round_json(&u);
	else if (!cli_flag(c, "quiet"))
		print_round(&u);
	return NULL;
}

const struct command maintain_commands[] = {
	{"maintain", NULL, {NULL}, "remove what is old, as cron does",
	    maintain_options, run_maintain, .program = "maintain"},
	{NULL}};
