/* SPDX-License-Identifier: MIT */
#include "core/send.h"

#include "lib/mem.h"

/* --- preparing -------------------------------------------------------- */

static const struct err *
find_targets(const struct send_context *c, const struct send_plan *plan,
    const struct send_message *m, bool early, struct send_fate *fate,
    struct outbox_message *out)
{
	struct target_rule rule = {plan->app, settings_development(c->settings),
	    m->personal, false};
	bool later = out->delay_ms > 0;
	const struct err *e;

	/* sendAt: the devices are looked up when it falls due */
	if (later && !early)
		return NULL;
	e = target_find(c->db, c->mem, &rule, m->user_id, m->activation_id,
	    &fate->list);
	if (e != NULL)
		return e;
	fate->looked = true;
	if (later)
		return NULL;
	out->targets = fate->list.targets;
	out->n_targets = fate->list.n_targets;
	return NULL;
}

static void
find_refusals(const struct send_context *c, const struct send_plan *plan,
    const struct message *what, size_t stored, struct send_fate *fate)
{
	if (fate->looked)
		refusal_mark(c->mem, c->settings, what, stored,
		    fate->list.targets, fate->list.n_targets, fate->refusals);
	else
		fate->may_go = refusal_of_app(c->mem, c->settings, plan->app,
		    what, stored, fate->refusals);
}

static const struct err *
count_targets(const struct outbox_message *m, size_t *n)
{
	*n += m->n_targets;
	if (*n <= SEND_DEVICES_MAX)
		return NULL;
	return err_new(ERR_TOOBIG, "the call sends to more than %d devices: a "
	    "campaign reaches them", SEND_DEVICES_MAX);
}

static const struct err *
prepare_message(const struct send_context *c, const struct send_message *m,
    bool early, struct send_plan *plan, size_t i, struct outbox_message *out)
{
	struct message what;
	const struct err *e;

	plan->faulty = i;
	if ((e = compose_message(c->settings, c->mem, m, &what, out)) != NULL)
		return e;
	plan->faulty = plan->queue.n_messages;
	if ((e = find_targets(c, plan, m, early, &plan->fates[i], out)) != NULL)
		return e;
	find_refusals(c, plan, &what, out->body_len, &plan->fates[i]);
	return NULL;
}

const struct err *
send_prepare(const struct send_context *c, const struct send *s,
    const struct application *app, bool early, struct send_plan *plan)
{
	struct outbox_message *messages = arena_zero(c->mem,
	    s->n * sizeof *messages);
	const struct err *e;
	size_t devices = 0;

	*plan = (struct send_plan){.app = app,
	    .queue = {.app = app->id, .campaign = s->campaign,
		.mode = s->mode, .store = c->settings->message.storage,
		.key = s->key, .request = s->request, .messages = messages,
		.n_messages = s->n},
	    .fates = arena_zero(c->mem, s->n * sizeof *plan->fates),
	    .faulty = s->n};
	for (size_t i = 0; i < s->n; i++)
		if ((e = prepare_message(c, &s->messages[i], early, plan, i,
			 &messages[i])) != NULL ||
		    (e = count_targets(&messages[i], &devices)) != NULL)
			return e;
	return NULL;
}

static bool
goes(const struct send_fate *fate)
{
	for (size_t i = 0; i < fate->list.n_targets; i++)
		if (fate->list.targets[i].refused == NULL)
			return true;
	return fate->may_go;
}

const char *
send_refused(const struct send_plan *plan, size_t *at)
{
	const char *first = NULL;

	for (size_t i = 0; i < plan->queue.n_messages; i++) {
		const struct send_fate *fate = &plan->fates[i];

		if (goes(fate))
			return NULL;
		if (first == NULL && (first = refusal_of_all(
		    fate->list.targets, fate->list.n_targets,
		    fate->refusals)) != NULL)
			*at = i;
	}
	return first;
}

/* --- queueing --------------------------------------------------------- */

const struct err *
send_queue(const struct send_context *c, struct send_plan *plan)
{
	return outbox_send(c->db, &plan->queue);
}

const struct err *
send_count_refused(const struct send_context *c, const struct send_plan *plan)
{
	size_t messages = plan->queue.n_messages, n = 0;
	struct counter *list = arena_zero(c->mem,
	    messages * PLATFORM__COUNT * sizeof *list);

	for (size_t i = 0; i < messages; i++)
		n += refusal_counters(plan->app->id, plan->fates[i].refusals,
		    &list[n]);
	return n > 0 ? counter_add(c->db, list, n) : NULL;
}

/* The rows of message i are in the shard of the first message plus i. */
bool
send_ring(const struct send_context *c, const struct outbox_send *queue,
    bool ask)
{
	if (queue->rows == 0)
		return false;
	if (ask && queue->one_shard)
		return doorbell_ring_and_ask(c->bell, queue->shard, queue->id,
		    queue->rows);
	(void)doorbell_ring(c->bell, queue->shard, queue->n_messages);
	return false;
}
