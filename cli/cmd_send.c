/* SPDX-License-Identifier: MIT */
/*
 * outpost send: one message to a user, written to the outbox as a responder
 * does: for a test, or when no web server runs.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/text.h"

#include "push/provider.h"

#include "core/message_record.h"
#include "core/send.h"
#include "core/send_deliver.h"
#include "core/send_wait.h"

#include "cli/audited.h"
#include "cli/counts.h"

#define JSON_DEPTH 32

static const char *const modes[] = {"sync", "async", NULL};

static const struct cli_option options[] = {
	{"app", "APP", "the application", true, .audited = true},
	{"user", "USER", "whose devices", true, .audited = true,
	    .person = true},
	{"title", "TEXT", "of the notification; -: a line of standard input",
	    .from_stdin = true},
	{"body", "TEXT", "of the notification; -: a line of standard input",
	    .from_stdin = true},
	{"extras", "JSON", "an object of data for the app; - as above",
	    .from_stdin = true},
	{"image", "URL", "of a picture to show; https"},
	{"silent", NULL, "nothing is shown, the app is woken"},
	{"personal", NULL, "only to devices with an active activation"},
	{"mode", "MODE", "sync (default) waits for the answers", false, modes},
	{"wait", "SECONDS", "at most so long (default 30)"},
	{NULL}};

struct message_job {
	struct cli *c;
	struct send_context context;
	struct application app;
	struct send send;
	struct send_plan plan;
	bool wait;
	int64_t wait_ms;
};

/* --- the message ------------------------------------------------------ */

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

/* The providers' apps load no other. */
static const struct err *
read_image(struct cli *c, struct json *body)
{
	const char *image = cli_value(c, "image");

	if (image != NULL && strncasecmp(image, "https://", 8) != 0)
		return cli_misused(c, "--image does not begin with https://");
	json_set_text(body, "image", image);
	return NULL;
}

static const struct err *
read_message(struct cli *c, struct send_message *m)
{
	const struct err *e;

	m->user_id = cli_value(c, "user");
	m->silent = cli_flag(c, "silent");
	m->personal = cli_flag(c, "personal");
	m->body = json_new_object(c->mem);
	json_set_text(m->body, "title", cli_value(c, "title"));
	json_set_text(m->body, "body", cli_value(c, "body"));
	if ((e = read_extras(c, m->body)) != NULL ||
	    (e = read_image(c, m->body)) != NULL)
		return e;
	if (!m->silent && !json_has(m->body, "title") &&
	    !json_has(m->body, "body"))
		return cli_misused(c, "nothing to say: give --title or "
		    "--body, or --silent");
	return NULL;
}

/* --- sending ---------------------------------------------------------- */

static const struct err *
prepare_message(struct message_job *s)
{
	const struct err *e = send_find(&s->context, &s->send, false, &s->app);
	const char *why;
	size_t at;

	if (e == NULL)
		e = send_prepare(&s->context, &s->send, &s->app, false,
		    &s->plan);
	if (e != NULL)
		return e;
	if ((why = send_refused(&s->plan, &at)) == NULL)
		return NULL;
	if ((e = send_record_refused(&s->context, &s->plan)) != NULL)
		(void)fprintf(stderr, "warning: %s\n", e->text);
	return err_new(ERR_INVALID, "%s", why);
}

/* The audit row is written first: the message has its own transactions. */
static const struct err *
queue_message(struct message_job *s)
{
	const struct err *e = cli_audit(s->c);

	if (s->wait)
		send_await(&s->context, &s->plan, NULL);
	if (e == NULL)
		e = send_queue(&s->context, &s->plan);
	if (e != NULL)
		return e;
	return err_at(send_count_refused(&s->context, &s->plan),
	    "the message is queued, what is refused of it not counted");
}

/* With --mode async: the account as it began. */
static const struct err *
await_answers(struct message_job *s, struct send_counters *account)
{
	const struct outbox_send *queue = &s->plan.queue;

	*account = (struct send_counters){.id = queue->id};
	if (!s->wait)
		memcpy(account->by, queue->by, sizeof account->by);
	else if (s->c->settings.api.deliver == DELIVER_AUTO)
		send_deliver(&s->context, queue, s->wait_ms, account->by);
	else
		return send_wait_alone(&s->c->settings, "cli", queue,
		    s->wait_ms, account->by);
	return NULL;
}

/* --- the result ------------------------------------------------------- */

/* An array of sentences: why the message is not sent to all devices, or to no
 * device. */
static struct json *
message_warnings(const struct message_job *s)
{
	const struct target_list *l = &s->plan.fates[0].list;
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

/* Of the devices that it has not reached so far. */
static const struct err *
read_reasons(struct message_job *s, struct message_record **list, size_t *n)
{
	struct cli *c = s->c;
	const struct message_query q = {.send = s->plan.queue.id,
	    .limit = MESSAGE_RECORDS_MAX,
	    .lease_ms = c->settings.sendd.lease_ms};
	struct message_record *all;
	size_t n_all = 0;
	const struct err *e = message_records(c->db, c->mem, &q, &all, &n_all);

	*list = arena_alloc(c->mem, n_all * sizeof **list);
	for (size_t i = *n = 0; e == NULL && i < n_all; i++)
		if (all[i].reason != NULL)
			(*list)[(*n)++] = all[i];
	return e;
}

static void
print_reasons(const struct message_record *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct message_record *m = &list[i];

		if (m->device != 0)
			printf("  device %lld (%s): ", (long long)m->device,
			    m->platform != NULL ? m->platform : "?");
		else
			printf("  ");
		printf("%s: %s%s%s\n", m->state, m->reason,
		    m->remedy != NULL ? "; remedy: " : "",
		    m->remedy != NULL ? m->remedy : "");
	}
}

static void
print_message_json(const struct message_job *s,
    const struct send_counters *account, const struct message_record *reasons,
    size_t n)
{
	const struct send_fate *fate = &s->plan.fates[0];
	struct json *j = json_new_object(s->c->mem), *result, *p;

	json_set_text(j, "messageId",
	    arena_fmt(s->c->mem, "%llu", (unsigned long long)account->id));
	json_set_text(j, "mode", s->send.mode);
	json_set_int(j, "leftOut", (int64_t)(fate->list.n -
	    fate->list.n_targets));
	json_set(j, "warnings", message_warnings(s));
	result = json_set_object(j, "result");
	for (int i = 0; i < PLATFORM__COUNT; i++) {
		/* the same ones as in the API's answer */
		if (i >= PLATFORM__PUBLISHED && account->by[i].total == 0)
			continue;
		p = json_set_object(result, providers[i]->name);
		cli_counts_json(p, &account->by[i]);
		json_set_text(p, "refusal", fate->refusals[i].why);
	}
	p = json_set_array(j, "failures");
	for (size_t i = 0; i < n; i++)
		message_record_json(&reasons[i], json_add_object(p));
	cli_print(j);
}

static void
print_message(const struct message_job *s, const struct send_counters *account)
{
	const struct send_fate *fate = &s->plan.fates[0];
	struct json *list = message_warnings(s);

	printf("message %llu to %zu devices of %s\n",
	    (unsigned long long)account->id, fate->list.n_targets,
	    s->send.messages[0].user_id);
	for (int i = 0; i < PLATFORM__COUNT; i++) {
		cli_counts_print(providers[i]->name, &account->by[i]);
		if (fate->refusals[i].why != NULL)
			printf("  %-5s %s\n", providers[i]->name,
			    fate->refusals[i].why);
	}
	for (size_t i = 0; i < json_len(list); i++)
		printf("  %s\n", json_text(json_at(list, i), ""));
}

static const struct err *
read_mode(struct message_job *s)
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
run_send(struct cli *c)
{
	struct doorbell_client bell = {c->settings.sendd.doorbell, -1};
	struct send_message message = {.body = NULL};
	struct message_job s = {.c = c,
	    .context = {&c->settings, c->db, c->mem, &bell, NULL, NULL},
	    .send = {.app_id = cli_value(c, "app"), .messages = &message,
		.n = 1}};
	struct message_record *reasons;
	struct send_counters account;
	const struct err *e;
	size_t n;

	if ((e = read_mode(&s)) != NULL ||
	    (e = read_message(c, &message)) != NULL ||
	    (e = prepare_message(&s)) != NULL ||
	    (e = queue_message(&s)) != NULL)
		return e;
	e = await_answers(&s, &account);
	doorbell_close(&bell);
	if (e != NULL || (e = read_reasons(&s, &reasons, &n)) != NULL)
		return e;
	if (c->json) {
		print_message_json(&s, &account, reasons, n);
	} else {
		print_message(&s, &account);
		print_reasons(reasons, n);
	}
	return NULL;
}

const struct command send_commands[] = {
	{"send", NULL, {NULL}, "send one message to a user's devices", options,
	    run_send, NEEDS_DATABASE, "message.send", true},
	{NULL}};
