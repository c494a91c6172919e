/* SPDX-License-Identifier: MIT */
#include "fcgi/send_outcomes.h"

#include "lib/log.h"

#include "push/provider.h"
#include "push/remedy.h"

#include "db/history.h"

#define DEVICES_TOLD 1000

struct outcomes {
	struct history *list; /* of the send */
	size_t n;
};

/* The send has its answer, also when this fails. */
static void
read_outcomes(struct call *c, uint64_t send, struct outcomes *o)
{
	const struct err *e;

	if (c->db == NULL || c->settings->message.history_ms == 0)
		return;
	e = history_devices(c->db, c->mem, send, DEVICES_TOLD + 1, &o->list,
	    &o->n);
	if (e != NULL)
		log_warn("history id=%s error=\"%s\"", c->id,
		    QUOTED(e->text));
}

static const struct history *
outcome_of(const struct outcomes *o, int64_t device)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].device == device)
			return &o->list[i];
	return NULL;
}

static void
tell_device(const struct outcomes *o, const struct outbox_target *t,
    struct json *list)
{
	const struct history *h = outcome_of(o, t->device);
	struct json *j = json_add_object(list);
	const char *reason = t->refused;

	if (reason == NULL && h != NULL)
		reason = h->reason != NULL ? h->reason
					   : history_why(h->outcome);
	json_set_int(j, "device", t->device);
	if (t->platform < PLATFORM__COUNT)
		json_set_text(j, "platform", providers[t->platform]->name);
	json_set_text(j, "state", t->refused != NULL
	    ? history_word(HISTORY_REFUSED)
	    : h != NULL ? history_word(h->outcome) : "pending");
	json_set_text(j, "reason", reason);
	json_set_text(j, "remedy", reason_remedy(reason));
}

/* Of a send of an earlier call: those that had an outcome. */
static void
tell_earlier(struct call *c, const struct outcomes *o, struct json *list)
{
	for (size_t i = 0; i < o->n && i < DEVICES_TOLD; i++)
		tell_device(o, &(struct outbox_target){
		    .device = o->list[i].device,
		    .platform = o->list[i].platform}, list);
	if (o->n > DEVICES_TOLD)
		reply_more(c);
}

static void
tell_devices(const struct outcomes *o, const struct outbox_target *targets,
    size_t n, struct json *list)
{
	for (size_t i = 0; i < n && json_len(list) < DEVICES_TOLD; i++)
		tell_device(o, &targets[i], list);
}

void
send_outcomes_tell(struct call *c, const struct send_call *s, uint64_t send,
    struct json *into)
{
	const struct outbox_message *m = s->message;
	struct json *list = json_set_array(into, "devices");
	struct outcomes o = {NULL, 0};

	read_outcomes(c, send, &o);
	if (m == NULL) {
		tell_earlier(c, &o, list);
		return;
	}
	tell_devices(&o, m->targets, m->n_targets, list);
	tell_devices(&o, m->left_out, m->n_left_out, list);
	if (m->n_targets + m->n_left_out > DEVICES_TOLD)
		reply_more(c);
}
