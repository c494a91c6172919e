/* SPDX-License-Identifier: MIT */
/*
 * outpost send: one message to a user, straight into the outbox as a
 * responder would put it there: for trying out, and when no web server runs.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/doorbell.h"
#include "lib/clock.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/counter.h"
#include "db/outbox_send.h"
#include "db/send_status.h"

#include "push/message.h"
#include "push/provider.h"

#include "core/refusal.h"
#include "core/target.h"

#include "cli/audited.h"

#define LISTEN_MS 500 /* then ask the database, whatever the bell says */
#define BODY_MAX 65535
#define JSON_DEPTH 32

static const char *const modes[] = {"sync", "async", NULL};

static const struct cli_option options[] = {
	{"app", "APP", "the application", true, .audited = true},
	{"user", "USER", "whose devices", true, .audited = true},
	{"title", "TEXT", "of the notification; -: a line of standard input",
	    .from_stdin = true},
	{"body", "TEXT", "of the notification; -: a line of standard input",
	    .from_stdin = true},
	{"extras", "JSON", "an object of data for the app; - as above",
	    .from_stdin = true},
	{"silent", NULL, "nothing is shown, the app is woken"},
	{"personal", NULL, "only to devices with an active activation"},
	{"mode", "MODE", "sync (default) waits for the answers", false, modes},
	{"wait", "SECONDS", "at most so long (default 30)"},
	{NULL}};

struct sending {
	struct cli *c;
	struct application app;
	struct outbox_message message;
	struct outbox_send send;
	bool wait;
	int64_t wait_ms;
	struct target_list list;
	struct message what;
	struct refusal refusals[PLATFORM__COUNT];
};

/* --- what ------------------------------------------------------------- */

static const struct err *
read_extras(struct cli *c, struct json *body)
{
	const char *text = cli_value(c, "extras");
	struct json *extras;
	const struct err *e;

	if (text == NULL)
		return NULL;
	e = json_parse(c->mem, text, strlen(text), JSON_DEPTH, &extras);
	if (e != NULL)
		return cli_misused(c, "--extras: %s", e->text);
	if (json_kind(extras) != JSON_OBJECT)
		return cli_misused(c, "--extras is not a JSON object");
	json_set(body, "extras", extras);
	return NULL;
}

static const struct err *
compose(struct sending *s)
{
	struct json *body = json_new_object(s->c->mem);
	int64_t expires = clock_now_ms() +
	    s->c->settings.message.default_ttl_ms;
	struct outbox_message *m = &s->message;
	const struct err *e;
	size_t len;

	json_set_text(body, "title", cli_value(s->c, "title"));
	json_set_text(body, "body", cli_value(s->c, "body"));
	if ((e = read_extras(s->c, body)) != NULL)
		return e;
	m->silent = cli_flag(s->c, "silent");
	m->personal = cli_flag(s->c, "personal");
	if (!m->silent && !json_has(body, "title") && !json_has(body, "body"))
		return cli_misused(s->c, "nothing to say: give --title or "
		    "--body, or --silent");
	m->user_id = cli_value(s->c, "user");
	m->published = arena_fmt(s->c->mem, "%s", json_write(body, &len));
	m->body = message_write(s->c->mem, body, m->silent, true, expires,
	    &m->body_len);
	if (m->body_len > BODY_MAX)
		return err_new(ERR_TOOBIG, "a message of %zu bytes is larger "
		    "than %d", m->body_len, BODY_MAX);
	return message_take(s->c->mem, body, m->silent, true, expires,
	    &s->what);
}

/* --- whom ------------------------------------------------------------- */

static const struct err *
find_targets(struct sending *s)
{
	struct outbox_message *m = &s->message;
	struct target_rule rule = {&s->app,
	    settings_development(&s->c->settings), m->personal, false};
	const struct err *e;
	const char *why;

	if ((e = application_by_name(s->c->db, s->c->mem,
		 cli_value(s->c, "app"), &s->app)) != NULL ||
	    (e = target_find(s->c->db, s->c->mem, &rule, m->user_id, NULL,
		 &s->list)) != NULL)
		return e;
	m->targets = s->list.targets;
	m->n_targets = s->list.n_targets;
	refusal_mark(s->c->mem, &s->c->settings, &s->what, m->body_len,
	    m->targets, m->n_targets, s->refusals);
	why = refusal_of_all(m->targets, m->n_targets, s->refusals);
	return why != NULL ? err_new(ERR_INVALID, "%s", why) : NULL;
}

/* --- when ------------------------------------------------------------- */

static bool
ring(const struct sending *s, struct doorbell_client *line)
{
	const struct outbox_send *send = &s->send;

	if (send->rows == 0)
		return false;
	return s->wait ? doorbell_ring_and_ask(line, send->shard, send->id,
			     send->rows)
		       : doorbell_ring(line, send->shard, 1);
}

/* Whoever is rung up may not answer: the database knows as well. */
static const struct err *
await(struct sending *s, struct send_counters *account)
{
	struct doorbell_client line = {s->c->settings.sendd.doorbell, -1};
	bool rung = ring(s, &line);
	int64_t until = clock_mono_ms() + s->wait_ms;
	const struct err *e;

	for (;;) {
		e = send_by_id(s->c->db, s->c->mem, s->send.id, account);
		if (e != NULL || !s->wait ||
		    account->answered >= account->total ||
		    clock_mono_ms() >= until)
			break;
		if (!rung || doorbell_wait(&line, s->send.id,
			clock_mono_ms() + LISTEN_MS) == DOORBELL_ELSE ||
		    line.fd < 0) {
			rung = false;
			(void)nanosleep(&(struct timespec){0, 200000000},
			    NULL);
		}
	}
	doorbell_close(&line);
	return e;
}

/* --- the result ------------------------------------------------------- */

static int64_t
pending(const struct send_counts *n)
{
	return (int64_t)(n->total - n->sent - n->failed - n->expired);
}

/* Why it does not go to all, or to nobody: each sentence into the array. */
static struct json *
warnings(const struct sending *s)
{
	const struct target_list *l = &s->list;
	struct arena *a = s->c->mem;
	struct json *list = json_new_array(a);
	const char *why = target_nobody(l, false);
	size_t inactive = l->by[TARGET_INACTIVE];

	if (why != NULL)
		json_add_text(list, why);
	else if (inactive > 0)
		json_add_text(list, arena_fmt(a, "%zu devices left out: %s",
		    inactive, target_why(TARGET_INACTIVE)));
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (l->unconfigured[p] > 0)
			json_add_text(list, target_unconfigured(a,
			    (enum platform)p, l->unconfigured[p]));
	if (l->by[TARGET_UNKNOWN] > 0)
		json_add_text(list, arena_fmt(a, "%zu devices left out: %s",
		    l->by[TARGET_UNKNOWN], target_why(TARGET_UNKNOWN)));
	return list;
}

static void
print_json(const struct sending *s, const struct send_counters *account)
{
	struct json *j = json_new_object(s->c->mem), *p;

	json_set_text(j, "messageId",
	    arena_fmt(s->c->mem, "%llu", (unsigned long long)account->id));
	json_set_text(j, "mode", s->send.mode);
	json_set_int(j, "leftOut", (int64_t)(s->list.n - s->list.n_targets));
	json_set(j, "warnings", warnings(s));
	for (int i = 0; i < PLATFORM__COUNT; i++) {
		const struct send_counts *n = &account->by[i];

		p = json_set_object(j, providers[i]->name);
		json_set_int(p, "total", (int64_t)n->total);
		json_set_int(p, "sent", (int64_t)n->sent);
		json_set_int(p, "failed", (int64_t)n->failed);
		json_set_int(p, "expired", (int64_t)n->expired);
		json_set_int(p, "pending", pending(n));
		json_set_text(p, "refusal", s->refusals[i].why);
	}
	cli_print(j);
}

static void
print_words(const struct sending *s, const struct send_counters *account)
{
	struct json *list = warnings(s);

	printf("message %llu to %zu devices of %s\n",
	    (unsigned long long)account->id, s->message.n_targets,
	    s->message.user_id);
	for (int i = 0; i < PLATFORM__COUNT; i++) {
		const struct send_counts *n = &account->by[i];

		if (n->total > 0)
			printf("  %-5s %llu sent, %lld pending, %llu failed, "
			    "%llu expired\n", providers[i]->name,
			    (unsigned long long)n->sent,
			    (long long)pending(n),
			    (unsigned long long)n->failed,
			    (unsigned long long)n->expired);
		if (s->refusals[i].why != NULL)
			printf("  %-5s %s\n", providers[i]->name,
			    s->refusals[i].why);
	}
	for (size_t i = 0; i < json_len(list); i++)
		printf("  %s\n", json_text(json_at(list, i), ""));
}

static const struct err *
read_mode(struct sending *s)
{
	const char *mode = cli_value(s->c, "mode");
	const char *wait = cli_value(s->c, "wait");

	s->wait = mode == NULL || strcmp(mode, "sync") == 0;
	s->send.mode = s->wait ? "SYNCHRONOUS" : "ASYNCHRONOUS";
	s->wait_ms = 30;
	if (wait != NULL && !text_i64(wait, 0, 3600, &s->wait_ms))
		return cli_misused(s->c, "--wait takes 0 to 3600 seconds");
	s->wait_ms *= 1000;
	return NULL;
}

static const struct err *
count_refused(struct sending *s)
{
	struct counter list[PLATFORM__COUNT];
	size_t n = refusal_counters(s->app.id, s->refusals, list);

	return n == 0 ? NULL : err_at(counter_add(s->c->db, list, n),
	    "the message is queued, what is refused of it not counted");
}

static const struct err *
run_send(struct cli *c)
{
	struct sending s = {.c = c};
	struct send_counters account;
	const struct err *e;

	if ((e = read_mode(&s)) != NULL || (e = compose(&s)) != NULL ||
	    (e = find_targets(&s)) != NULL)
		return e;
	s.send.app = s.app.id;
	s.send.store = c->settings.message.storage;
	s.send.messages = &s.message;
	s.send.n_messages = 1;
	/* the message takes transactions of its own */
	if ((e = cli_audit(c)) != NULL ||
	    (e = outbox_send(c->db, &s.send)) != NULL ||
	    (e = count_refused(&s)) != NULL ||
	    (e = await(&s, &account)) != NULL)
		return e;
	if (c->json)
		print_json(&s, &account);
	else
		print_words(&s, &account);
	return NULL;
}

const struct command send_commands[] = {
	{"send", NULL, {NULL}, "send one message to a user's devices", options,
	    run_send, NEEDS_DATABASE, "message.send", true},
	{NULL}};
