/* SPDX-License-Identifier: MIT */
/* Sending to a user's devices: one message, or many at once. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"

#include "db/device.h"

#include "fcgi/call.h"
#include "fcgi/preview.h"
#include "fcgi/partial.h"
#include "fcgi/send_call.h"

static const char *const modes[] = {"SYNCHRONOUS", "ASYNCHRONOUS", NULL};
static const char *const priorities[] = {"NORMAL", "HIGH", NULL};

/* clang-format off */
#define AT(member) offsetof(struct send_message, member)

static const struct field attribute_fields[] = {
	{"silent",   F_FLAG, 0, AT(silent)},
	{"personal", F_FLAG, 0, AT(personal)},
	{NULL}
};

static const struct field message_fields[] = {
	{"body",	 F_JSON,   F_NEED, AT(body), .of = message_body_fields,
	    .missing = "Push message payload (body) must not be null."},
	{"userId",	 F_ID,	   F_NEED, AT(user_id), 0, 255,
	    .missing = "Push message must contain a user ID."},
	{"activationId", F_ID,	   0, AT(activation_id), 0, DEVICE_ID_MAX},
	{"priority",	 F_ENUM,   0, AT(priority), .choices = priorities},
	{"attributes",	 F_OBJECT, 0, 0, .of = attribute_fields},
	{"sendAt",	 F_INSTANT, 0, AT(send_at_ms)},
	{NULL}
};

#undef AT
#define AT(member) offsetof(struct message_in, member)

struct message_in {
	const char *app_id, *mode;
	bool strict; /* a warning refuses the call */
	bool partial; /* a bad message refuses only itself */
	struct send_message message;
	struct list batch;
};

static const struct field send_fields[] = {
	{"message", F_ANY,  F_NEED, FIELD_NOWHERE,
	    .missing = "Message must not be empty"},
	{"appId",   F_ID,   F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{"mode",    F_ENUM, F_NULL, AT(mode), .choices = modes},
	{"strict",  F_FLAG, 0, AT(strict)},
	{"message", F_OBJECT, 0, AT(message), .of = message_fields},
	{NULL}
};

static const struct field batch_fields[] = {
	{"batch",   F_ANY,  F_NEED, FIELD_NOWHERE,
	    .missing = "Batch must not be empty"},
	{"appId",   F_ID,   F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{"mode",    F_ENUM, F_NULL, AT(mode), .choices = modes},
	{"strict",  F_FLAG, 0, AT(strict)},
	{"partial", F_FLAG, 0, AT(partial)},
	{"batch",   F_LIST, F_FILLED, AT(batch), .of = message_fields,
	    .size = sizeof(struct send_message),
	    .empty = "There are no push messages in the batch.",
	    .wrong = "Push message must not be null.",
	    .before = "Push message at index: ",
	    .between = " is not valid. Nested error is: ",
	    .lenient = AT(partial)},
	{NULL}
};

/* clang-format on */

static const struct err *
count_batch(const struct call *c, size_t n)
{
	int64_t max = c->settings->api.batch_max;

	if ((int64_t)n <= max)
		return NULL;
	return err_new(ERR_INVALID, "Too many messages in batch - do no send "
	    "more than %lld messages at once to avoid server congestion.",
	    (long long)max);
}

/* clang-format off */
const struct form message_send_form = {
	send_fields, sizeof(struct message_in),
	"Request object must not be empty", FORM_WARNS
};
const struct form message_batch_form = {
	batch_fields, sizeof(struct message_in),
	"Request object must not be empty", FORM_WARNS, count_batch
};
/* clang-format on */

static const struct err *
answer_send(struct call *c, const struct send_call *s,
    const struct send_counters *account)
{
	const struct message_in *in = c->in;
	struct json *result = send_call_json(c, s, account);

	send_call_header(c, account);
	/* an explicit null means asynchronous; the answer has it as it came */
	if (in->mode != NULL && *in->mode == '\0')
		json_unset(result, "mode");
	return reply_object(c, result);
}

static const struct err *
send_all(struct call *c, const struct send_message *messages, size_t n,
    bool batch)
{
	const struct message_in *in = c->in;
	struct send_call *s = arena_alloc(c->mem, sizeof *s);

	*s = (struct send_call){.send = {.app_id = in->app_id,
	    .mode = in->mode, .messages = messages, .n = n,
	    .partial = in->partial},
	    .answer = answer_send, .batch = batch, .strict = in->strict};
	c->app = in->app_id;
	if (s->send.mode == NULL)
		s->send.mode = modes[0];
	s->wait = strcmp(s->send.mode, modes[0]) == 0;
	if (*s->send.mode == '\0')
		s->send.mode = modes[1];
	return send_call_once(c, s);
}

const struct err *
on_message_send(struct call *c)
{
	const struct message_in *in = c->in;

	return send_all(c, &in->message, 1, false);
}

const struct err *
on_message_batch_send(struct call *c)
{
	const struct message_in *in = c->in;
	const struct err *e = count_batch(c, in->batch.n);

	if (e != NULL)
		return e;
	if (in->partial)
		partial_faults(&in->batch);
	return send_all(c, in->batch.items, in->batch.n, true);
}

const struct err *
on_message_preview(struct call *c)
{
	const struct message_in *in = c->in;
	struct send_call s = {.send = {.app_id = in->app_id,
	    .messages = &in->message, .n = 1}, .strict = in->strict};
	const struct err *e;
	struct json *out;

	c->app = in->app_id;
	if ((e = preview_send(c, &s, &out)) != NULL)
		return e;
	return reply_object(c, out);
}
