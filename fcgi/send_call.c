/* SPDX-License-Identifier: MIT */
#include "fcgi/send_call.h"

#include <stdio.h>

#include "lib/log.h"
#include "lib/mem.h"

#include "db/application.h"

#include "push/provider.h"

#include "core/send_deliver.h"
#include "core/send_wait.h"

#include "fcgi/idempotency.h"
#include "fcgi/partial.h"
#include "fcgi/send_failures.h"
#include "fcgi/send_warn.h"
#include "fcgi/warn.h"

/* clang-format off */
const struct field message_body_fields[] = {
	{"title",	 F_TEXT,    0, FIELD_NOWHERE},
	{"titleLocKey",	 F_TEXT,    0, FIELD_NOWHERE},
	{"titleLocArgs", F_TEXTS,   F_ANY_TEXT, FIELD_NOWHERE},
	{"body",	 F_TEXT,    0, FIELD_NOWHERE},
	{"bodyLocKey",	 F_TEXT,    0, FIELD_NOWHERE},
	{"bodyLocArgs",	 F_TEXTS,   F_ANY_TEXT, FIELD_NOWHERE},
	{"icon",	 F_TEXT,    0, FIELD_NOWHERE},
	{"image",	 F_TEXT,    0, FIELD_NOWHERE}, /* ours */
	{"badge",	 F_INT,	    0, FIELD_NOWHERE, INT32_MIN, INT32_MAX},
	{"sound",	 F_TEXT,    0, FIELD_NOWHERE},
	{"category",	 F_TEXT,    0, FIELD_NOWHERE},
	{"collapseKey",	 F_TEXT,    0, FIELD_NOWHERE},
	{"validUntil",	 F_INSTANT, 0, FIELD_NOWHERE},
	{"extras",	 F_JSON,    0, FIELD_NOWHERE},
	{NULL}
};
/* clang-format on */

/* --- sending ---------------------------------------------------------- */

static bool
must_end(const void *call)
{
	return call_must_end(call);
}

struct send_context
send_call_context(const struct call *c)
{
	return (struct send_context){c->settings, c->db, c->mem,
	    &c->worker->bell, must_end, c, c->worker->together};
}

/* A fault of message i of a batch, in the contract's words. */
static const struct err *
fault_of_batch(const struct err *e, size_t i)
{
	return err_at(e, "Push message at index: %zu is not valid. Nested "
	    "error is", i);
}

const struct err *
send_call_prepare(struct call *c, struct send_call *s, bool early,
    struct send_plan *plan)
{
	struct application *app = arena_zero(c->mem, sizeof *app);
	const struct send_context context = send_call_context(c);
	struct send *send = &s->send;
	const struct err *e;

	for (size_t i = 0; i < send->n && !send->partial; i++)
		if (*send->messages[i].user_id == '\0')
			return err_new(ERR_INVALID, "No userId was specified");
	e = send_find(&context, send, early, app);
	if (e != NULL)
		return problem_say(e, ERR_MISSING,
		    "AppCredentials not found: %s", send->app_id);
	e = send_prepare(&context, send, app, early, plan);
	if (e != NULL && s->batch && plan->faulty < send->n)
		return fault_of_batch(e, plan->faulty);
	return e;
}

/* The call is refused, also when this fails. */
static void
record_refused(struct call *c, struct send_plan *plan)
{
	const struct send_context context = send_call_context(c);
	const struct err *e = send_record_refused(&context, plan);

	if (e != NULL)
		log_warn("history id=%s error=\"%s\"", c->id,
		    QUOTED(e->text));
}

/* If refusals leave no device to send to: ERR_INVALID with the text of the
 * first message that no service can show. */
static const struct err *
refuse_futile(struct call *c, const struct send_call *s,
    struct send_plan *plan)
{
	const char *stray = warn_stray(c), *why;
	const struct err *e;
	size_t at = 0;

	if ((why = send_refused(plan, &at)) == NULL)
		return NULL;
	record_refused(c, plan);
	send_log_refused(plan);
	e = err_new(ERR_INVALID, "%s%s%s%s", why,
	    stray != NULL ? " (there is no member " : "",
	    stray != NULL ? stray : "", stray != NULL ? ")" : "");
	return s->batch ? fault_of_batch(e, at) : e;
}

/* The send is accepted, also when this fails. */
static void
count_refused(struct call *c, const struct send_context *context,
    const struct send_plan *plan)
{
	const struct err *e = send_count_refused(context, plan);

	if (e != NULL)
		log_warn("count id=%s error=\"%s\"", c->id, QUOTED(e->text));
}

/* Wait in this thread. The send is queued: when this fails, it must not look
 * refused. */
static void
await(struct call *c, const struct outbox_send *queue,
    struct send_counters *account)
{
	const struct send_context context = send_call_context(c);
	int64_t for_ms = c->settings->api.sync_timeout_ms;
	const struct err *e = NULL;

	if (c->settings->api.deliver == DELIVER_AUTO)
		send_deliver(&context, queue, for_ms, account->by);
	else
		e = send_wait_alone(c->settings, "push", queue, for_ms,
		    account->by);
	if (e != NULL)
		log_warn("wait id=%s send=%llu error=\"%s\"", c->id,
		    (unsigned long long)queue->id, QUOTED(e->text));
}

static uint64_t
failures_of(const struct send_counts by[PLATFORM__COUNT])
{
	uint64_t n = 0;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		n += by[p].failed + by[p].expired;
	return n;
}

/* Does the history know of failures that were not found at once? */
static bool
has_failed(const struct call *c, const struct send_call *s,
    const struct send_counters *account)
{
	return c->settings->message.history_ms > 0 &&
	    failures_of(account->by) > s->n_refused;
}

static bool
needs_history(const struct call *c, const struct send_counters *account)
{
	const struct send_call *s = c->wait->arg;

	return s->devices || has_failed(c, s, account);
}

static const struct err *
answer_later(struct call *c, const struct send_counters *account)
{
	const struct send_call *s = c->wait->arg;

	return s->answer(c, s, account);
}

/* Whoever keeps the call rings, too. */
static const struct err *
leave_waiting(struct call *c, const struct send_call *s,
    const struct outbox_send *queue)
{
	struct outbox_send *kept = arena_alloc(c->mem, sizeof *kept);

	*kept = *queue;
	c->wait = arena_alloc(c->mem, sizeof *c->wait);
	*c->wait = (struct call_wait){.queue = kept, .answer = answer_later,
	    .needs_db = needs_history, .arg = s};
	return NULL;
}

static bool
may_leave_waiting(const struct call *c, const struct send_call *s)
{
	return s->wait && c->may_wait &&
	    c->settings->api.deliver == DELIVER_DAEMON;
}

static const struct err *
wait_and_answer(struct call *c, const struct send_call *s,
    const struct outbox_send *queue)
{
	struct send_counters account = {.id = queue->id};

	if (may_leave_waiting(c, s))
		return leave_waiting(c, s, queue);
	if (s->wait)
		await(c, queue, &account);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return s->answer(c, s, &account);
}

const struct err *
send_call_run(struct call *c, struct send_call *s)
{
	const struct send_context context = send_call_context(c);
	struct send_plan plan;
	const struct err *e;

	if ((e = send_call_prepare(c, s, false, &plan)) != NULL)
		return e;
	if (s->send.partial)
		s->refused = partial_text(c, &plan, s->send.n);
	plan.queue.refused = s->refused;
	if (s->wait)
		send_await(&context, &plan, may_leave_waiting(c, s)
		    ? ring_keys_read(c->db) : NULL);
	send_log(c, &plan);
	send_warn(c, &s->send, s->batch, &plan);
	if ((e = refuse_futile(c, s, &plan)) != NULL ||
	    (e = warn_strict(c, s->strict)) != NULL ||
	    (e = send_queue(&context, &plan)) != NULL)
		return e;
	send_log_refused(&plan);
	count_refused(c, &context, &plan);
	s->found = send_failures_found(c, &plan);
	s->n_refused = failures_of(plan.queue.by);
	s->message = plan.queue.messages;
	return wait_and_answer(c, s, &plan.queue);
}

/* --- with an idempotency key ------------------------------------------ */

/* The counts are the current ones: since the first answer, pending messages may
 * have been sent. */
static const struct err *
answer_before(struct call *c, const struct send_call *s, uint64_t id)
{
	struct send_counters account;
	const struct err *e = send_by_id(c->db, c->mem, id, &account);

	if (e != NULL && e->code != ERR_MISSING)
		return e;
	if (e != NULL)
		/* [message] retention is less than a day: it is gone */
		account = (struct send_counters){.id = id};
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return s->answer(c, s, &account);
}

static const struct err *
run_keyed(struct call *c, void *send)
{
	return send_call_run(c, send);
}

const struct err *
send_call_once(struct call *c, struct send_call *s)
{
	/* s borrows its texts */
	struct idempotency *r = arena_alloc(c->mem, sizeof *r);
	const struct err *e;
	uint64_t before;

	if ((e = idempotency_read(c, s->send.app_id, r)) != NULL)
		return e;
	s->send.key = r->wanted ? r->key : NULL;
	s->send.request = r->wanted ? r->request : NULL;
	e = idempotency_once(c, r, run_keyed, s, &before);
	if (e != NULL || before == 0)
		return e;
	s->refused = r->refused;
	return answer_before(c, s, before);
}

/* --- the result ------------------------------------------------------- */

static void
add_counts(struct json *into, const struct send_counters *account)
{
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct send_counts *n = &account->by[p];
		uint64_t failed = n->failed + n->expired;
		struct json *j;

		if (p >= PLATFORM__PUBLISHED && n->total == 0)
			continue;
		j = json_set_object(into, providers[p]->name);
		json_set_int(j, "sent", (int64_t)n->sent);
		json_set_int(j, "pending",
		    (int64_t)(n->total - n->sent - failed));
		json_set_int(j, "failed", (int64_t)failed);
		json_set_int(j, "total", (int64_t)n->total);
	}
}

void
send_call_header(struct call *c, const struct send_counters *account)
{
	reply_header(c, "X-Message-Id", "%llu",
	    (unsigned long long)account->id);
}

struct json *
send_call_json(struct call *c, const struct send_call *s,
    const struct send_counters *account)
{
	struct json *j = json_new_object(c->mem);
	char id[24];

	(void)snprintf(id, sizeof id, "%llu",
	    (unsigned long long)account->id);
	json_set_text(j, "mode", s->send.mode);
	if (s->wait) {
		add_counts(json_set_object(j, "result"), account);
		add_counts(j, account); /* as existing callers read it */
	}
	json_set_text(j, "messageId", id);
	partial_tell(c, s->refused, j);
	send_failures_tell(c, has_failed(c, s, account) ? account->id : 0,
	    s->found, j);
	return j;
}
