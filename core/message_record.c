/* SPDX-License-Identifier: MIT */
#include "core/message_record.h"

#include <stdio.h>

#include "core/queued.h"
#include "core/view.h"
#include "db/history.h"
#include "push/provider.h"
#include "push/remedy.h"

static const char *
platform_of(unsigned platform)
{
	return platform < PLATFORM__COUNT ? providers[platform]->name : NULL;
}

static struct message_record
of_waiting(const struct queued_message *m)
{
	const struct outbox_waiting *row = &m->row;

	return (struct message_record){.send = row->send,
	    .user_id = row->user_id, .app_id = row->app_id,
	    .device = row->device, .platform = platform_of(row->platform),
	    .state = m->state, .reason = m->reason,
	    .remedy = reason_remedy(m->reason), .tries = row->attempts,
	    .accepted_ms = m->accepted_ms, .next_ms = row->due_ms};
}

static struct message_record
of_history(const struct history *h)
{
	const char *reason = h->reason != NULL ? h->reason
					       : history_why(h->outcome);

	return (struct message_record){.send = h->send,
	    .user_id = h->user_id, .app_id = h->app_id, .device = h->device,
	    .platform = platform_of(h->platform),
	    .state = history_word(h->outcome), .reason = reason,
	    .remedy = reason_remedy(h->reason), .tries = h->tries,
	    .accepted_ms = h->accepted_ms, .finished_ms = h->finished_ms};
}

const struct err *
message_records(struct db *db, struct arena *a, const struct message_query *q,
    struct message_record **list, size_t *n)
{
	const struct history_page page = {q->user_id, q->send, q->since_ms,
	    q->offset, q->limit};
	struct queued_message *waiting = NULL;
	struct history *past;
	size_t n_waiting = 0, n_past;
	const struct err *e = NULL;

	*n = 0;
	if (q->offset == 0)
		e = queued_list(db, a, q->lease_ms, q->user_id, q->send,
		    q->limit, &waiting, &n_waiting);
	if (e != NULL ||
	    (e = history_list(db, a, &page, &past, &n_past)) != NULL)
		return e;
	*list = arena_zero(a, (n_waiting + n_past) * sizeof **list);
	for (size_t i = 0; i < n_waiting; i++)
		(*list)[(*n)++] = of_waiting(&waiting[i]);
	for (size_t i = 0; i < n_past; i++)
		(*list)[(*n)++] = of_history(&past[i]);
	return NULL;
}

const struct err *
message_records_waiting(struct db *db, struct arena *a, int64_t lease_ms,
    int64_t limit, struct message_record **list, size_t *n)
{
	struct queued_message *waiting;
	const struct err *e = queued_list(db, a, lease_ms, NULL, 0, limit,
	    &waiting, n);

	if (e != NULL)
		return e;
	*list = arena_zero(a, *n * sizeof **list);
	for (size_t i = 0; i < *n; i++)
		(*list)[i] = of_waiting(&waiting[i]);
	return NULL;
}

void
message_record_json(const struct message_record *m, struct json *into)
{
	char id[24];

	(void)snprintf(id, sizeof id, "%llu", (unsigned long long)m->send);
	json_set_text(into, "messageId", id);
	json_set_text(into, "userId", m->user_id);
	json_set_text(into, "appId", m->app_id);
	if (m->device != 0)
		json_set_int(into, "device", m->device);
	json_set_text(into, "platform", m->platform);
	json_set_text(into, "state", m->state);
	json_set_text(into, "reason", m->reason);
	json_set_text(into, "remedy", m->remedy);
	json_set_int(into, "tries", (int64_t)m->tries);
	view_instant(into, "accepted", m->accepted_ms);
	view_instant(into, "next", m->next_ms);
	view_instant(into, "finished", m->finished_ms);
}
