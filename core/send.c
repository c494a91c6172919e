/* SPDX-License-Identifier: MIT */
#include "core/send.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"

#include "core/carried_row.h"
#include "core/far_ring.h"

/* --- preparing -------------------------------------------------------- */

struct preparing {
	const struct send_context *c;
	const struct send *send;
	struct send_plan *plan;
	struct outbox_message *messages; /* of the plan */
	struct message *whats;		 /* what the services compose */
	bool early;
};

/* The fault of message i of the send; NULL: it is only left out. */
static const struct err *
leave_out(const struct preparing *p, size_t i, const struct err *e)
{
	struct send_plan *plan = p->plan;

	if (!p->send->partial) {
		plan->faulty = i;
		return e;
	}
	plan->left_out[i] = arena_text(p->c->mem, e->text, strlen(e->text));
	return NULL;
}

static const struct err *
compose_all(const struct preparing *p)
{
	int64_t now_ms = clock_now_ms();
	const struct err *e = NULL;
	size_t n = 0;

	for (size_t i = 0; e == NULL && i < p->send->n; i++) {
		e = compose_message(p->c->settings, p->c->mem,
		    &p->send->messages[i], now_ms, &p->whats[n],
		    &p->messages[n]);
		if (e != NULL)
			e = leave_out(p, i, e);
		else
			p->plan->fates[n++].index = i;
	}
	p->plan->queue.n_messages = n;
	return e;
}

static const struct err *
find_both(const struct send_context *c, struct send *s,
    struct application *app)
{
	struct app_targets *found = arena_zero(c->mem, sizeof *found);
	const struct err *e;

	found->app_id = s->app_id;
	found->user_id = s->messages[0].user_id;
	found->mem = c->mem;
	e = together_find(c->together, c->db, found);
	if (e != NULL || found->more)
		return e != NULL ? e : application_by_name(c->db, c->mem,
		    s->app_id, app);
	if (!found->found)
		return application_missing(s->app_id);
	*app = found->app;
	s->user = &found->user;
	return NULL;
}

const struct err *
send_find(const struct send_context *c, struct send *s, bool early,
    struct application *app)
{
	s->user = NULL;
	s->looked_ms = clock_mono_ms();
	if (s->n == 1 && (early || s->messages[0].send_at_ms == 0))
		return find_both(c, s, app);
	return together_application(c->together, c->db, c->mem, s->app_id,
	    app);
}

/* sendAt: the devices are looked up when it falls due. */
static bool
is_looked_up(const struct preparing *p, size_t i)
{
	return p->messages[i].delay_ms == 0 || p->early;
}

static size_t
list_queries(const struct preparing *p, struct target_query *queries)
{
	size_t n = 0;

	for (size_t i = 0; i < p->plan->queue.n_messages; i++) {
		const struct outbox_message *m = &p->messages[i];

		if (is_looked_up(p, i))
			queries[n++] = (struct target_query){m->user_id,
			    m->activation_id, m->personal,
			    .user = p->send->user};
	}
	return n;
}

static const struct err *
keep_targets(const struct preparing *p, size_t i, const struct target_query *q)
{
	struct send_fate *fate = &p->plan->fates[i];
	struct outbox_message *m = &p->messages[i];

	if (q->too_many)
		return leave_out(p, fate->index, target_too_many());
	fate->list = q->list;
	fate->looked = true;
	if (m->delay_ms > 0)
		return NULL;
	m->targets = q->list.targets;
	m->n_targets = q->list.n_targets;
	target_left_out(p->c->mem, &q->list, m);
	return NULL;
}

static const struct err *
find_targets(const struct preparing *p)
{
	const struct target_rule rule = {p->plan->app,
	    settings_development(p->c->settings), false, false};
	size_t n = p->plan->queue.n_messages;
	struct target_query *queries = arena_alloc(p->c->mem,
	    n * sizeof *queries), *q = queries;
	const struct err *e = target_find_all(p->c->db, p->c->mem, &rule,
	    queries, list_queries(p, queries), SEND_DEVICES_MAX);

	for (size_t i = 0; e == NULL && i < n; i++)
		if (is_looked_up(p, i))
			e = keep_targets(p, i, q++);
	return e;
}

static bool
goes(const struct send_fate *fate)
{
	for (size_t i = 0; i < fate->list.n_targets; i++)
		if (fate->list.targets[i].refused == NULL)
			return true;
	return fate->may_go;
}

/* Why no service can show the message; NULL: it reaches somebody, or has no
 * device. */
static const char *
why_futile(const struct send_fate *fate)
{
	return goes(fate) ? NULL : refusal_of_all(fate->list.targets,
	    fate->list.n_targets, fate->refusals);
}

static void
find_refusals(const struct preparing *p, size_t i)
{
	const struct send_context *c = p->c;
	struct send_fate *fate = &p->plan->fates[i];
	size_t stored = p->messages[i].body_len;

	if (fate->looked)
		refusal_mark(c->mem, c->settings, &p->whats[i], stored,
		    fate->list.targets, fate->list.n_targets, fate->refusals);
	else
		fate->may_go = refusal_of_app(c->mem, c->settings,
		    p->plan->app, &p->whats[i], stored, fate->refusals);
	if (p->send->partial && p->plan->left_out[fate->index] == NULL)
		p->plan->left_out[fate->index] = why_futile(fate);
}

/* Close the gaps that messages leave. */
static const struct err *
close_gaps(const struct preparing *p)
{
	struct send_plan *plan = p->plan;
	size_t n = 0;

	for (size_t i = 0; i < plan->queue.n_messages; i++) {
		if (plan->left_out[plan->fates[i].index] != NULL)
			continue;
		plan->fates[n] = plan->fates[i];
		p->messages[n++] = p->messages[i];
	}
	plan->queue.n_messages = n;
	if (n > 0)
		return NULL;
	plan->faulty = 0;
	return err_new(ERR_INVALID, "%s", plan->left_out[0]);
}

const struct err *
send_prepare(const struct send_context *c, const struct send *s,
    const struct application *app, bool early, struct send_plan *plan)
{
	struct preparing p = {c, s, plan, .early = early,
	    .messages = arena_zero(c->mem, s->n * sizeof *p.messages),
	    .whats = arena_alloc(c->mem, s->n * sizeof *p.whats)};
	const struct err *e;

	*plan = (struct send_plan){.app = app,
	    .queue = {.app = app->id, .campaign = s->campaign,
		.mode = s->mode, .store = c->settings->message.storage,
		.history = c->settings->message.history_ms > 0,
		.key = s->key, .request = s->request, .messages = p.messages},
	    .looked_ms = s->user != NULL ? s->looked_ms : 0,
	    .fates = arena_zero(c->mem, s->n * sizeof *plan->fates),
	    .left_out = arena_zero(c->mem, s->n * sizeof *plan->left_out),
	    .faulty = s->n};
	if ((e = compose_all(&p)) != NULL || (e = find_targets(&p)) != NULL)
		return e;
	for (size_t i = 0; i < plan->queue.n_messages; i++)
		find_refusals(&p, i);
	return close_gaps(&p);
}

const char *
send_refused(const struct send_plan *plan, size_t *at)
{
	const char *first = NULL;

	for (size_t i = 0; i < plan->queue.n_messages; i++) {
		const struct send_fate *fate = &plan->fates[i];

		if (goes(fate))
			return NULL;
		if (first == NULL && (first = why_futile(fate)) != NULL)
			*at = fate->index;
	}
	return first;
}

/* --- queueing --------------------------------------------------------- */

const struct err *
send_queue(const struct send_context *c, struct send_plan *plan)
{
	const struct err *e = together_queue(c->together, c->db,
	    plan->awaited ? NULL : c->bell, &plan->queue);

	if (plan->ring.sent_ms != 0)
		together_committed(c->together, plan->ring.sent_ms, e == NULL);
	if (e != NULL && plan->ring.carried)
		return err_new(ERR_DOUBT, "%s", e->text);
	/* others have a waiting room, which rings there */
	if (e == NULL && c->together == NULL && !plan->awaited)
		far_ring(c->db, c->settings, &plan->queue);
	return e;
}

const struct err *
send_record_refused(const struct send_context *c, struct send_plan *plan)
{
	return outbox_refuse(c->db, &plan->queue);
}

void
send_log_refused(const struct send_plan *plan)
{
	for (size_t i = 0; i < plan->queue.n_messages; i++)
		target_log(&plan->queue.messages[i], plan->queue.id,
		    plan->app->app_id);
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

/* The device that the row is for, as it was looked up. */
static const struct device *
found_device(const struct send_fate *fate, int64_t id)
{
	for (size_t i = 0; i < fate->list.n; i++)
		if (fate->list.devices[i].id == id)
			return &fate->list.devices[i];
	return NULL;
}

/* False: there is not one row only, it does not fit, or a COMMIT of others has
 * failed or taken long while this one waited for its turn. */
static bool
ring_row(const struct send_ring *r, const struct outbox_send *queue)
{
	const struct outbox_row *row = &queue->row;
	const struct outbox_message *m = queue->messages;
	struct carried_row carried = {.looked_ms = r->looked_ms};
	const struct device *d;
	struct doorbell_packet p;

	if (r->keys == NULL || row->key.id == 0 ||
	    !r->keys->known[row->key.shard] ||
	    !together_may_carry(r->together) ||
	    (d = found_device(r->fate, row->device)) == NULL)
		return false;
	carried.found = (struct outbox_found){.row = *row,
	    .token = d->token, .user = m->user_id, .body = m->body,
	    .body_len = m->body_len,
	    .now = {.active = d->active, .platform = d->platform,
		.environment = d->environment}};
	return carried_row_write(&carried, r->keys->of[row->key.shard], &p) &&
	    doorbell_dial(r->bell) && doorbell_say(r->bell->fd, &p);
}

static void
ring_soon(const struct outbox_send *queue, void *ring)
{
	struct send_ring *r = ring;

	if (r->sent_ms == 0)
		r->sent_ms = clock_mono_ms();
	if (ring_row(r, queue))
		r->carried = true;
	else
		(void)doorbell_soon(r->bell, queue->shard);
}

/* Nodes of a cluster may refuse a COMMIT. One database that does, or keeps it
 * waiting, does so to all for a while. */
void
send_await(const struct send_context *c, struct send_plan *plan,
    const struct ring_keys *keys)
{
	plan->awaited = true;
	if (plan->queue.key != NULL) /* a crash would lose the key, too */
		return;
	plan->ring = (struct send_ring){c->bell, c->together,
	    plan->looked_ms != 0 && !db_is_clustered(c->db) &&
		    together_may_carry(c->together) ? keys : NULL,
	    plan->fates, plan->looked_ms, 0, false};
	plan->queue.carried = plan->ring.keys != NULL;
	plan->queue.committing = ring_soon;
	plan->queue.arg = &plan->ring;
}
