/* SPDX-License-Identifier: MIT */
/* outpost message: what became of the messages to a user, and why. */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/clock.h"
#include "lib/text.h"

#include "core/message_record.h"

#include "cli/records.h"

static const struct cli_option list_options[] = {
	{"user", "USER", "whose messages", true},
	{"since", "DURATION", "only the last 30m, 24h, 7d, ... (default: all)"},
	{"limit", "N", "at most so many, 1 to 1000 (default 100)"},
	{"skip", "N", "leave out the newest N that are finished"},
	{NULL}};
static const struct cli_option show_options[] = {{NULL}};

static const struct err *
read_record_page(struct cli *c, struct message_query *q)
{
	const char *limit = cli_value(c, "limit");
	const char *skip = cli_value(c, "skip");
	const char *since = cli_value(c, "since");
	int64_t ms;

	if (limit != NULL && !text_i64(limit, 1, MESSAGE_RECORDS_MAX,
		&q->limit))
		return cli_misused(c, "--limit takes a number from 1 to %d",
		    MESSAGE_RECORDS_MAX);
	if (skip != NULL && !text_i64(skip, 0, INT32_MAX, &q->offset))
		return cli_misused(c, "--skip takes a number");
	if (since == NULL)
		return NULL;
	if (!text_duration(since, &ms))
		return cli_misused(c, "--since takes a duration like 24h");
	q->since_ms = clock_now_ms() - ms;
	if (q->since_ms < 0)
		q->since_ms = 0;
	return NULL;
}

static const struct err *
print_found(struct cli *c, const struct message_query *q)
{
	struct message_record *list;
	const struct err *e;
	size_t n;

	if ((e = message_records(c->db, c->mem, q, &list, &n)) != NULL)
		return e;
	records_print(c, list, n, "nothing is known of such a message");
	return NULL;
}

static const struct err *
run_message_list(struct cli *c)
{
	struct message_query q = {.user_id = cli_value(c, "user"),
	    .limit = 100, .lease_ms = c->settings.sendd.lease_ms};
	const struct err *e = read_record_page(c, &q);

	return e != NULL ? e : print_found(c, &q);
}

static const struct err *
run_message_show(struct cli *c)
{
	struct message_query q = {.limit = MESSAGE_RECORDS_MAX,
	    .lease_ms = c->settings.sendd.lease_ms};
	int64_t id;

	if (!text_i64(c->args[0], 1, INT64_MAX, &id))
		return cli_misused(c, "ID is a messageId, a number");
	q.send = (uint64_t)id;
	return print_found(c, &q);
}

const struct command message_commands[] = {
	{"message", "list", {NULL}, "what became of a user's messages, and why",
	    list_options, run_message_list},
	{"message", "show", {"ID"}, "what became of one message, and why",
	    show_options, run_message_show},
	{NULL}};
