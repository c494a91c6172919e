/* SPDX-License-Identifier: MIT */
#include "fcgi/send_failures.h"

#include "lib/log.h"

#include "push/provider.h"
#include "push/remedy.h"

#include "db/history.h"

static void
add_failure(struct json *list, const struct history *h)
{
	const char *reason = h->reason != NULL ? h->reason
					       : history_why(h->outcome);
	struct json *j = json_add_object(list);

	json_set_int(j, "device", h->device);
	json_set_text(j, "userId", h->user_id);
	if (h->platform < PLATFORM__COUNT)
		json_set_text(j, "platform", providers[h->platform]->name);
	json_set_text(j, "state", history_word(h->outcome));
	json_set_text(j, "reason", reason);
	json_set_text(j, "remedy", reason_remedy(h->reason));
}

/* false: there is no room for all. */
static bool
add_found(struct json *list, const struct outbox_message *m,
    const struct outbox_target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (targets[i].refused == NULL)
			continue;
		if (json_len(list) == SEND_FAILURES_MAX)
			return false;
		add_failure(list, &(struct history){
		    .device = targets[i].device, .user_id = m->user_id,
		    .platform = targets[i].platform,
		    .outcome = HISTORY_REFUSED,
		    .reason = targets[i].refused});
	}
	return true;
}

struct json *
send_failures_found(struct call *c, const struct send_plan *plan)
{
	struct json *list = json_new_array(c->mem);
	bool fits = true;

	for (size_t i = 0; fits && i < plan->queue.n_messages; i++) {
		const struct outbox_message *m = &plan->queue.messages[i];

		fits = add_found(list, m, m->targets, m->n_targets) &&
		    add_found(list, m, m->left_out, m->n_left_out);
	}
	if (!fits)
		reply_more(c);
	return json_len(list) > 0 ? list : NULL;
}

/* The send has its answer, also when this fails. */
static struct json *
read_failures(struct call *c, uint64_t send)
{
	struct json *list = json_new_array(c->mem);
	struct history *failures;
	size_t n = 0;
	const struct err *e = history_failures(c->db, c->mem, send,
	    SEND_FAILURES_MAX + 1, &failures, &n);

	if (e != NULL) {
		log_warn("history id=%s error=\"%s\"", c->id,
		    QUOTED(e->text));
		return NULL;
	}
	for (size_t i = 0; i < n && i < SEND_FAILURES_MAX; i++)
		add_failure(list, &failures[i]);
	if (n > SEND_FAILURES_MAX)
		reply_more(c);
	return n > 0 ? list : NULL;
}

void
send_failures_tell(struct call *c, uint64_t send, struct json *found,
    struct json *into)
{
	struct json *list = send != 0 && c->db != NULL
	    ? read_failures(c, send) : NULL;

	if (list == NULL)
		list = found;
	if (list != NULL)
		json_set(into, "failures", list);
}
