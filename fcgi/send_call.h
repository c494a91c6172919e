/* SPDX-License-Identifier: MIT */
/*
 * A call that sends (core/send.h): message/send, batch/send and a campaign's
 * test. Here is only the API's part: the contract's error texts, warnings and
 * the answer.
 */
#ifndef FCGI_SEND_CALL_H
#define FCGI_SEND_CALL_H

#include <stdbool.h>

#include "lib/json.h"

#include "db/send_status.h"

#include "core/send.h"

#include "fcgi/call.h"
#include "fcgi/field.h"

/* Members of a message's body (title, ... extras), for F_JSON. */
extern const struct field message_body_fields[];

struct send_call;

/* Answer the call; account is of its send. */
typedef const struct err *send_call_answer(struct call *c,
    const struct send_call *s, const struct send_counters *account);

/* In the call's memory. */
struct send_call {
	struct send send;
	send_call_answer *answer;
	bool wait;   /* for the first answers */
	bool batch;  /* a fault is reported with the message's index */
	bool strict; /* a warning refuses the call */
	const char *refused; /* out: of a partial batch, see fcgi/partial.h */
	bool devices; /* the answer tells of each device */
	const struct outbox_message *message; /* out: the first one queued; or
						 NULL */
	struct json *found; /* out: see fcgi/send_failures.h */
	uint64_t n_refused; /* out: that many are counted as failed at once */
};

/* The context of the core's functions, made from this call. */
struct send_context send_call_context(const struct call *c);

/* As send_prepare, with an application of the arena; a fault is worded as the
 * contract has it. */
const struct err *send_call_prepare(struct call *c, struct send_call *s,
    bool early, struct send_plan *plan);

/* Send, and answer the call by s->answer, or leave it waiting for that. The
 * account has the id always; counts only with s->wait, and none of a message
 * for later. ERR_DUPLICATE: the idempotency key is stored already. */
const struct err *send_call_run(struct call *c, struct send_call *s);

/* The same, or with an Idempotency-Key that was used before: answer by
 * s->answer with the account of that send as it is now, and without
 * s->message. */
const struct err *send_call_once(struct call *c, struct send_call *s);

/* Put the send's id into the header X-Message-Id, which answers of all dialects
 * have. */
void send_call_header(struct call *c, const struct send_counters *account);

/* The published result: mode, result, the blocks flat, messageId. */
struct json *send_call_json(struct call *c, const struct send_call *s,
    const struct send_counters *account);

#endif
