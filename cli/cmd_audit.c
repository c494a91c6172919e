/* SPDX-License-Identifier: MIT */
/* outpost audit: who changed what, newest first. */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/clock.h"
#include "lib/text.h"

#include "db/audit.h"

#include "cli/audited.h"
#include "cli/table.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 100000

static const struct cli_option options[] = {
	{"who", "NAME", "only by this integration or user"},
	{"action", "ACTION", "only this, such as app.apns.set"},
	{"object", "NAME", "only of this application, integration, ..."},
	{"user", "USER", "only what was done to this user", .person = true},
	{"since", "DURATION", "only the last 30m, 24h, 7d, ..."},
	{"limit", "N", "at most so many (default 50)"},
	{NULL}};

static const struct err *
read_page(struct cli *c, struct audit_page *p)
{
	const char *limit = cli_value(c, "limit");
	const char *since = cli_value(c, "since");
	int64_t ms;

	*p = (struct audit_page){.who = cli_value(c, "who"),
	    .action = cli_value(c, "action"),
	    .object = cli_value(c, "object"), .limit = LIMIT_DEFAULT};
	if (limit != NULL && !text_i64(limit, 1, LIMIT_MAX, &p->limit))
		return cli_misused(c, "--limit takes a number from 1 to %d",
		    LIMIT_MAX);
	if (since == NULL)
		return NULL;
	if (!text_duration(since, &ms))
		return cli_misused(c, "--since takes a duration like 24h");
	p->since_ms = clock_now_ms() - ms;
	if (p->since_ms < 0)
		p->since_ms = 0;
	return NULL;
}

static const struct err *
read_person(struct cli *c, struct audit_page *p)
{
	const struct err *e;

	if (cli_value(c, "user") == NULL)
		return NULL;
	if ((e = cli_name_persons(c)) != NULL)
		return e;
	for (int i = 0; options[i].name != NULL; i++)
		if (c->named[i] != NULL)
			p->person = c->named[i];
	return NULL;
}

static const struct table_column columns[] = {{"TIME"}, {"ACTION"},
    {"OBJECT"}, {"WHO"}, {"SOURCE"}, {"DETAIL"}, {NULL}};

static void
put_change(struct cli *c, struct table *t, const struct audit *a)
{
	table_put(t, cli_time(c, a->at_ms));
	table_put(t, a->action);
	table_put(t, a->object);
	table_put(t, a->who);
	table_put(t, a->source != NULL ? a->source : "command");
	table_put(t, a->detail);
}

static const struct err *
run_audit(struct cli *c)
{
	struct table *t = table_new(c->mem, columns);
	struct json *j = json_new_array(c->mem);
	struct audit_page page;
	struct audit *list;
	const struct err *e;
	size_t n;

	if ((e = read_page(c, &page)) != NULL ||
	    (e = read_person(c, &page)) != NULL ||
	    (e = audit_list(c->db, c->mem, &page, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (c->json)
			audit_json(c->mem, &list[i], json_add_object(j));
		else
			put_change(c, t, &list[i]);
	}
	if (c->json)
		cli_print(j);
	else
		table_print(t, "no changes");
	return NULL;
}

const struct command audit_commands[] = {
	{"audit", NULL, {NULL}, "show who changed what, newest first",
	    options, run_audit},
	{NULL}};
