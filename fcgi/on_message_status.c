/* SPDX-License-Identifier: MIT */
/* The status of a message, and cancelling messages that are not sent yet. */
#include "fcgi/handlers.h"

#include <stdio.h>

#include "lib/log.h"

#include "push/provider.h"

#include "db/send_cancel.h"
#include "db/send_status.h"

#include "core/view.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"
#include "fcgi/send_failures.h"

#define UNKNOWN "Message with entered ID does not exist"

/* A message of another application than the caller's is answered as if it did
 * not exist. So is, for a caller that is bound to applications, a message of a
 * removed application. */
static const struct err *
find_send(struct call *c, struct send_counters *account)
{
	const struct err *e = send_by_id(c->db, c->mem, (uint64_t)c->path_id,
	    account);

	if (e != NULL)
		return problem_say(e, ERR_MISSING, UNKNOWN);
	c->app = account->app_id;
	e = caller_app(c, c->app != NULL ? c->app : "");
	return problem_say(e, ERR_DENIED, UNKNOWN);
}

/* --- status ----------------------------------------------------------- */

static const char *
state_of(const struct send_counters *account)
{
	if (account->cancelled_ms != 0)
		return "cancelled";
	if (account->scheduled > 0 && account->total == 0)
		return "scheduled";
	if (account->done >= account->total && account->scheduled == 0)
		return "done";
	return account->done > 0 ? "partly" : "queued";
}

static int64_t
pending_of(const struct send_counts *n)
{
	return (int64_t)(n->total - n->sent - n->failed - n->expired);
}

/* Here "expired" is a count of its own; the answer to a send, whose members are
 * published, includes it in "failed". */
static void
add_result(struct json *into, const struct send_counters *account)
{
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct send_counts *n = &account->by[p];
		struct json *j;

		if (p >= PLATFORM__PUBLISHED && n->total == 0)
			continue;
		j = json_set_object(into, providers[p]->name);
		json_set_int(j, "sent", (int64_t)n->sent);
		json_set_int(j, "failed", (int64_t)n->failed);
		json_set_int(j, "pending", pending_of(n));
		json_set_int(j, "expired", (int64_t)n->expired);
		json_set_int(j, "total", (int64_t)n->total);
	}
}

static void
add_device(struct json *list, const struct stored_message *m)
{
	struct json *j = json_add_object(list);

	json_set_int(j, "device", m->device);
	json_set_text(j, "userId", m->user_id);
	if (m->platform < PLATFORM__COUNT)
		json_set_text(j, "platform", providers[m->platform]->name);
	json_set_text(j, "state", m->state);
	json_set_int(j, "tries", m->tries);
	json_set_text(j, "providerId", m->provider_id);
	json_set_text(j, "reason", m->reason);
	view_instant(j, "created", m->created_ms);
	view_instant(j, "finished", m->finished_ms);
}

/* Rows exist only when [message] storage was on at the time. Where it is off,
 * it nearly always was: then this send is not looked for. */
static const struct err *
add_devices(struct call *c, const struct send_counters *account,
    struct json *into)
{
	struct stored_message *list;
	const struct err *e = NULL;
	struct json *array;
	bool more = false, may_be = true;
	size_t n = 0;

	if (!c->settings->message.storage)
		e = send_stores(c->db, &may_be);
	if (e == NULL && may_be)
		e = send_messages(c->db, c->mem, account->id, &list, &n, &more);
	if (e != NULL)
		return e;
	if (more)
		reply_more(c);
	if (n == 0 && !c->settings->message.storage)
		return NULL;
	array = json_set_array(into, "devices");
	for (size_t i = 0; i < n; i++)
		add_device(array, &list[i]);
	return NULL;
}

/* What was left out before the send was queued counts nowhere: it is looked for
 * when nothing counts. */
static bool
may_have_failed(const struct send_counters *account)
{
	uint64_t failed = account->total == 0 && account->scheduled == 0;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		failed += account->by[p].failed + account->by[p].expired;
	return failed > 0;
}

static void
set_id(struct json *j, uint64_t id)
{
	char text[24];

	/* a text: JavaScript's numbers end at 53 bits */
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)id);
	json_set_text(j, "messageId", text);
}

const struct err *
on_message_status(struct call *c)
{
	struct send_counters account;
	const struct err *e;
	struct json *j;

	if ((e = find_send(c, &account)) != NULL)
		return e;
	j = json_new_object(c->mem);
	set_id(j, account.id);
	json_set_text(j, "appId", account.app_id);
	json_set_text(j, "mode", account.mode);
	json_set_text(j, "state", state_of(&account));
	view_instant(j, "created", account.created_ms);
	view_instant(j, "cancelled", account.cancelled_ms);
	add_result(json_set_object(j, "result"), &account);
	json_set_int(j, "scheduled", (int64_t)account.scheduled);
	json_set_int(j, "removed", (int64_t)account.removed);
	json_set_int(j, "inactive", (int64_t)account.inactive);
	if ((e = add_devices(c, &account, j)) != NULL)
		return e;
	send_failures_tell(c, may_have_failed(&account) ? account.id : 0,
	    NULL, j);
	return reply_object(c, j);
}

/* --- cancel ----------------------------------------------------------- */

/* The send is cancelled even if its rows cannot be made due now: then they are
 * counted when they are due. Rows of a run are recalled. */
static void
make_due(struct call *c, const struct send_counters *account)
{
	const struct err *e = send_is_of_run(account)
		? NULL
		: send_make_due(c->db, account->id);

	if (e != NULL)
		log_warn("cancel id=%s send=%llu error=\"%s\"", c->id,
		    (unsigned long long)account->id, QUOTED(e->text));
	(void)doorbell_ring_all(&c->worker->bell, SEND_SOON_MS);
}

/* A run is for who may cancel its campaign. */
static const struct err *
may_cancel(const struct call *c, const struct send_counters *account)
{
	return send_is_of_run(account) ? caller_has_role(c, ROLE_CAMPAIGN)
				       : NULL;
}

/* sendd reads the mark within a second; a message that is in flight then still
 * goes out. The call may be repeated: the answer is the same. */
const struct err *
on_message_cancel(struct call *c)
{
	struct send_counters account;
	const struct err *e;
	struct json *j;
	bool asked;

	if ((e = find_send(c, &account)) != NULL ||
	    (e = may_cancel(c, &account)) != NULL ||
	    (e = send_cancel(c->db, &account, &asked)) != NULL ||
	    (e = find_send(c, &account)) != NULL)
		return e;
	if (asked)
		make_due(c, &account);
	j = json_new_object(c->mem);
	json_set_bool(j, "cancelled", account.cancelled_ms != 0);
	json_set_int(j, "pending",
	    (int64_t)(account.total - account.done + account.scheduled));
	return reply_object(c, j);
}
