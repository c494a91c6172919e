/* SPDX-License-Identifier: MIT */
/* For support: what became of a user's messages, and of one message. */
#include "fcgi/handlers.h"

#include "lib/mem.h"

#include "core/message_record.h"

#include "fcgi/call.h"

#define SIZE_DEFAULT 100

struct message_list_in {
	const char *user_id;
	int64_t since_ms, page, size;
};

/* clang-format off */
#define AT(member) offsetof(struct message_list_in, member)

static const struct field message_list_fields[] = {
	{"userId", F_ID,      F_NEED | F_QUERY_ONLY, AT(user_id), 0, 255,
	    .missing = "No userId was specified"},
	{"since",  F_INSTANT, F_QUERY_ONLY, AT(since_ms)},
	{"page",   F_COUNT,   F_QUERY_ONLY, AT(page), 0, INT32_MAX},
	{"size",   F_COUNT,   F_QUERY_ONLY, AT(size), 0, MESSAGE_RECORDS_MAX},
	{NULL}
};

static const struct field message_show_fields[] = {
	{"page",   F_COUNT,   F_QUERY_ONLY, AT(page), 0, INT32_MAX},
	{"size",   F_COUNT,   F_QUERY_ONLY, AT(size), 0, MESSAGE_RECORDS_MAX},
	{NULL}
};
/* clang-format on */

const struct form message_list_form = {
	message_list_fields, sizeof(struct message_list_in), NULL, 0
};
const struct form message_show_form = {
	message_show_fields, sizeof(struct message_list_in), NULL, 0
};

/* A page of what is finished; what waits stands before the first page. */
static const struct err *
answer_records(struct call *c, const char *user_id, uint64_t send)
{
	const struct message_list_in *in = c->in;
	struct message_query q = {.user_id = user_id, .send = send,
	    .since_ms = in->since_ms,
	    .limit = in->size > 0 ? in->size : SIZE_DEFAULT,
	    .lease_ms = c->settings->sendd.lease_ms};
	struct json *array = json_new_array(c->mem);
	struct message_record *list;
	const struct err *e;
	size_t n;

	q.offset = in->page * q.limit;
	if ((e = message_records(c->db, c->mem, &q, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		message_record_json(&list[i], json_add_object(array));
	return reply_page(c, array, in->page, q.limit);
}

const struct err *
on_message_list(struct call *c)
{
	const struct message_list_in *in = c->in;

	return answer_records(c, in->user_id, 0);
}

const struct err *
on_message_show(struct call *c)
{
	return answer_records(c, NULL, (uint64_t)c->path_id);
}
