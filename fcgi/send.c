/* SPDX-License-Identifier: MIT */
#include "fcgi/send.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#include "db/application.h"
#include "db/outbox.h"

#include "push/message.h"
#include "push/provider.h"

#include "fcgi/send_warn.h"
#include "fcgi/warn.h"

#define DAY_MS ((int64_t)86400000)
#define LISTEN_MS 1000	 /* then ask the database, whatever the bell says */
#define PAUSE_MIN_MS 20	 /* between two looks without a bell */
#define PAUSE_MAX_MS 500

/* clang-format off */
const struct field message_body_fields[] = {
	{"title",	 F_TEXT,    0, FIELD_NOWHERE},
	{"titleLocKey",	 F_TEXT,    0, FIELD_NOWHERE},
	{"titleLocArgs", F_TEXTS,   F_ANY_TEXT, FIELD_NOWHERE},
	{"body",	 F_TEXT,    0, FIELD_NOWHERE},
	{"bodyLocKey",	 F_TEXT,    0, FIELD_NOWHERE},
	{"bodyLocArgs",	 F_TEXTS,   F_ANY_TEXT, FIELD_NOWHERE},
	{"icon",	 F_TEXT,    0, FIELD_NOWHERE},
	{"badge",	 F_INT,	    0, FIELD_NOWHERE, INT32_MIN, INT32_MAX},
	{"sound",	 F_TEXT,    0, FIELD_NOWHERE},
	{"category",	 F_TEXT,    0, FIELD_NOWHERE},
	{"collapseKey",	 F_TEXT,    0, FIELD_NOWHERE},
	{"validUntil",	 F_INSTANT, 0, FIELD_NOWHERE},
	{"extras",	 F_JSON,    0, FIELD_NOWHERE},
	{NULL}
};
/* clang-format on */

/* --- whom ------------------------------------------------------------- */

struct addressing {
	struct call *c;
	struct application *app;
	struct send_fate *fates; /* of each message */
	bool look; /* also for whom it would reach later, if it were now */
};

static const struct err *
address_message(struct addressing *ad, const struct send_message *m,
    struct send_fate *fate, struct outbox_message *out)
{
	struct call *c = ad->c;
	struct target_rule rule = {ad->app, settings_development(c->settings),
	    m->personal, false};
	const struct err *e;

	/* for later: whoever it reaches then */
	if (out->delay_ms > 0 && !ad->look)
		return NULL;
	e = target_find(c->db, c->mem, &rule, m->user_id, m->activation_id,
	    &fate->list);
	if (e != NULL)
		return e;
	fate->looked = true;
	if (out->delay_ms > 0)
		return NULL;
	out->targets = fate->list.targets;
	out->n_targets = fate->list.n_targets;
	return NULL;
}

/* --- what ------------------------------------------------------------- */

static const struct err *
schedule(const struct send_message *m, int64_t now_ms, int64_t *delay_ms)
{
	if (m->send_at_ms > now_ms + LIMIT_LATER_DAYS * DAY_MS)
		return err_new(ERR_INVALID, "sendAt must be at most %d days "
		    "ahead", LIMIT_LATER_DAYS);
	*delay_ms = m->send_at_ms > now_ms ? m->send_at_ms - now_ms : 0;
	return NULL;
}

/* How long it is worth sending, counted from when it is sent first. */
static const struct err *
expiry(const struct call *c, const struct send_message *m, int64_t now_ms,
    int64_t delay_ms, int64_t *expires_ms)
{
	const char *until = json_text(json_get(m->body, "validUntil"), NULL);

	*expires_ms = now_ms + delay_ms + c->settings->message.default_ttl_ms;
	if (until == NULL || !clock_parse(until, expires_ms))
		return NULL;
	if (delay_ms > 0 && *expires_ms <= now_ms + delay_ms)
		return err_new(ERR_INVALID, "validUntil is not after sendAt");
	return NULL;
}

static bool
is_high(const struct send_message *m)
{
	return m->priority == NULL || strcmp(m->priority, "HIGH") == 0;
}

static const struct err *
compose_message(struct call *c, const struct send_message *m,
    struct message *what, struct outbox_message *out)
{
	int64_t now_ms = clock_now_ms(), expires;
	const struct err *e;
	size_t len;

	if ((e = schedule(m, now_ms, &out->delay_ms)) != NULL ||
	    (e = expiry(c, m, now_ms, out->delay_ms, &expires)) != NULL ||
	    (e = message_take(c->mem, m->body, m->silent, is_high(m),
		 expires, what)) != NULL)
		return e;
	out->body = message_write(c->mem, m->body, m->silent, is_high(m),
	    expires, &out->body_len);
	if (out->body_len > LIMIT_MESSAGE)
		return err_new(ERR_TOOBIG, "a message of %zu bytes is larger "
		    "than %d", out->body_len, LIMIT_MESSAGE);
	if (c->settings->message.storage) {
		const char *text = json_write(m->body, &len);

		out->published = arena_text(c->mem, text, len);
	}
	out->user_id = m->user_id;
	out->activation_id = m->activation_id;
	out->silent = m->silent;
	out->personal = m->personal;
	return NULL;
}

const struct err *
send_of_batch(const struct err *e, size_t i)
{
	return err_at(e, "Push message at index: %zu is not valid. Nested "
	    "error is", i);
}

static const struct err *
prepare_message(struct addressing *ad, const struct send *s, size_t i,
    struct outbox_message *out)
{
	const struct send_message *m = &s->messages[i];
	struct send_fate *fate = &ad->fates[i];
	const struct err *e;
	struct message what;

	if ((e = compose_message(ad->c, m, &what, out)) != NULL)
		return s->batch ? send_of_batch(e, i) : e;
	if ((e = address_message(ad, m, fate, out)) != NULL)
		return e;
	if (fate->looked)
		refusal_mark(ad->c->mem, ad->c->settings, &what,
		    out->body_len, fate->list.targets, fate->list.n_targets,
		    fate->refusals);
	else
		fate->may_go = refusal_of_app(ad->c->mem, ad->c->settings,
		    ad->app, &what, out->body_len, fate->refusals);
	return NULL;
}

static const struct err *
count_targets(const struct outbox_message *m, size_t *n)
{
	*n += m->n_targets;
	if (*n <= LIMIT_DEVICES)
		return NULL;
	return err_new(ERR_TOOBIG, "the call sends to more than %d devices: a "
	    "campaign reaches them", LIMIT_DEVICES);
}

static const struct err *
prepare(struct addressing *ad, const struct send *s, struct outbox_send *send)
{
	struct call *c = ad->c;
	struct outbox_message *messages;
	const struct err *e;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (*s->messages[i].user_id == '\0')
			return err_new(ERR_INVALID, "No userId was specified");
	e = application_by_name(c->db, c->mem, s->app_id, ad->app);
	if (e != NULL)
		return problem_say(e, ERR_MISSING,
		    "AppCredentials not found: %s", s->app_id);
	messages = arena_zero(c->mem, s->n * sizeof *messages);
	ad->fates = arena_zero(c->mem, s->n * sizeof *ad->fates);
	for (size_t i = 0; i < s->n; i++)
		if ((e = prepare_message(ad, s, i, &messages[i])) != NULL ||
		    (e = count_targets(&messages[i], &n)) != NULL)
			return e;
	send->app = ad->app->id;
	send->messages = messages;
	send->n_messages = s->n;
	return NULL;
}

const struct err *
send_prepare(struct call *c, const struct send *s, struct application *app,
    struct outbox_send *send, const struct send_fate **fates)
{
	struct addressing ad = {.c = c, .app = app, .look = true};
	const struct err *e = prepare(&ad, s, send);

	*fates = ad.fates;
	return e;
}

/* --- when ------------------------------------------------------------- */

/* Message i lies in the shard of the first and i more. True: we shall be told
 * when all have had an answer. */
static bool
ring(struct call *c, const struct outbox_send *send, bool wait)
{
	struct doorbell_client *line = &c->worker->bell;

	if (send->rows == 0)
		return false;
	if (wait && send->one_shard)
		return doorbell_ring_and_ask(line, send->shard, send->id,
		    send->rows);
	(void)doorbell_ring(line, send->shard, send->n_messages);
	return false;
}

struct patience {
	int64_t until_ms; /* monotonic */
	int64_t pause_ms;
	bool listening;
};

static void
rest(struct call *c, const struct outbox_send *send, struct patience *p)
{
	int64_t now = clock_mono_ms(), ms;

	if (p->listening) {
		ms = now + LISTEN_MS < p->until_ms ? now + LISTEN_MS
						   : p->until_ms;
		p->listening = doorbell_wait(&c->worker->bell, send->id, ms) !=
			DOORBELL_ELSE && c->worker->bell.fd >= 0;
		return;
	}
	ms = p->until_ms - now < p->pause_ms ? p->until_ms - now : p->pause_ms;
	if (ms > 0)
		(void)nanosleep(&(struct timespec){ms / 1000,
		    ms % 1000 * 1000000}, NULL);
	if ((p->pause_ms *= 2) > PAUSE_MAX_MS)
		p->pause_ms = PAUSE_MAX_MS;
}

/* Until all had an answer, the time is over or we are told to end. Users to
 * be looked up later are not waited for: nothing of theirs is counted yet. */
static const struct err *
await(struct call *c, const struct outbox_send *send, bool listening,
    struct send_counters *account)
{
	struct patience p = {clock_mono_ms() +
	    c->settings->api.sync_timeout_ms, PAUSE_MIN_MS, listening};
	const struct err *e;

	do {
		if (send->rows > 0)
			rest(c, send, &p);
		e = send_by_id(c->db, c->mem, send->id, account);
	} while (e == NULL && account->answered < account->total &&
	    clock_mono_ms() < p.until_ms && !call_must_end(c));
	return e;
}

const struct err *
send_run(struct call *c, const struct send *s, struct send_counters *account)
{
	struct outbox_send send = {.campaign = s->campaign, .mode = s->mode,
	    .store = c->settings->message.storage, .key = s->key,
	    .request = s->request};
	struct application app;
	struct addressing ad = {.c = c, .app = &app};
	const struct err *e;
	bool listening;

	if ((e = prepare(&ad, s, &send)) != NULL)
		return e;
	send_log(c, s, ad.fates);
	send_warn(c, s, ad.fates);
	if ((e = send_is_futile(c, s, ad.fates)) != NULL ||
	    (e = warn_strict(c, s->strict)) != NULL ||
	    (e = outbox_send(c->db, &send)) != NULL)
		return e;
	send_count(c, send.app, s, ad.fates);
	*account = (struct send_counters){.id = send.id};
	listening = ring(c, &send, s->wait);
	/* it is queued: whatever happens now, it must not look refused */
	if (s->wait && (e = await(c, &send, listening, account)) != NULL)
		log_warn("wait id=%s send=%llu error=\"%s\"", c->id,
		    (unsigned long long)send.id, QUOTED(e->text));
	return NULL;
}

/* --- the result ------------------------------------------------------- */

static void
add_counts(struct json *into, const struct send_counters *account)
{
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct send_counts *n = &account->by[p];
		uint64_t failed = n->failed + n->expired;
		struct json *j = json_set_object(into, providers[p]->name);

		json_set_int(j, "sent", (int64_t)n->sent);
		json_set_int(j, "pending",
		    (int64_t)(n->total - n->sent - failed));
		json_set_int(j, "failed", (int64_t)failed);
		json_set_int(j, "total", (int64_t)n->total);
	}
}

void
send_told(struct call *c, const struct send_counters *account)
{
	reply_header(c, "X-Message-Id", "%llu",
	    (unsigned long long)account->id);
}

struct json *
send_json(struct call *c, const struct send *s,
    const struct send_counters *account)
{
	struct json *j = json_new_object(c->mem);
	char id[24];

	(void)snprintf(id, sizeof id, "%llu",
	    (unsigned long long)account->id);
	json_set_text(j, "mode", s->mode);
	if (s->wait) {
		add_counts(json_set_object(j, "result"), account);
		add_counts(j, account); /* as existing callers read it */
	}
	json_set_text(j, "messageId", id);
	return j;
}
