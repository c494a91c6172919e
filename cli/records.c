/* SPDX-License-Identifier: MIT */
#include "cli/records.h"

#include "cli/table.h"

static const struct table_column columns[] = {{"MESSAGE", false},
    {"ACCEPTED", false}, {"USER", false}, {"APP", false}, {"DEVICE", true},
    {"FOR", false}, {"STATE", false}, {"TRIES", true},
    {"FINISHED OR NEXT", false}, {"REASON", false}, {NULL, false}};

static const char *
reason_words(struct cli *c, const struct message_record *m)
{
	if (m->reason == NULL || m->remedy == NULL)
		return m->reason;
	return arena_fmt(c->mem, "%s (remedy: %s)", m->reason, m->remedy);
}

static void
put_record(struct cli *c, struct table *t, const struct message_record *m)
{
	table_put_fmt(t, "%llu", (unsigned long long)m->send);
	table_put(t, cli_time(c, m->accepted_ms));
	table_put(t, m->user_id);
	table_put(t, m->app_id);
	if (m->device != 0)
		table_put_fmt(t, "%lld", (long long)m->device);
	else
		table_put(t, NULL);
	table_put(t, m->platform);
	table_put(t, m->state);
	table_put_count(t, m->tries);
	table_put(t, cli_time(c, m->finished_ms != 0 ? m->finished_ms
						     : m->next_ms));
	table_put(t, reason_words(c, m));
}

void
records_print(struct cli *c, const struct message_record *list, size_t n,
    const char *empty)
{
	struct json *j = json_new_array(c->mem);
	struct table *t = table_new(c->mem, columns);

	for (size_t i = 0; i < n; i++) {
		if (c->json)
			message_record_json(&list[i], json_add_object(j));
		else
			put_record(c, t, &list[i]);
	}
	if (c->json)
		cli_print(j);
	else
		table_print(t, empty);
}
