/* SPDX-License-Identifier: MIT */
/*
 * Sends messages to the devices of users: whom, through which environment,
 * until when. Queues in one transaction; waits, if asked, until all have
 * had an answer. Used by message/send, batch/send and a campaign's test.
 */
#ifndef FCGI_SEND_H
#define FCGI_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"

#include "db/application.h"
#include "db/outbox_send.h"
#include "db/send_status.h"

#include "core/refusal.h"
#include "core/target.h"

#include "fcgi/call.h"
#include "fcgi/field.h"

/* Members of a message's body (title, ... extras), for F_JSON. */
extern const struct field message_body_fields[];

struct send_message {
	const char *user_id, *activation_id;
	const char *priority; /* NULL is HIGH */
	bool silent, personal;
	int64_t send_at_ms; /* 0 or past: now */
	struct json *body;  /* checked by message_body_fields */
};

struct send {
	const char *app_id;
	const char *mode; /* SYNCHRONOUS, ASYNCHRONOUS, TEST */
	bool wait;
	int64_t campaign; /* 0: none */
	const struct send_message *messages;
	size_t n;
	bool batch;  /* a fault is told with the message's index */
	bool strict; /* a warning is a refusal */
	const char *key, *request; /* as in struct outbox_send; or NULL */
};

/* A message of a send as far as it is prepared. */
struct send_fate {
	struct target_list list; /* whom it reaches */
	bool looked; /* else they are looked up when it falls due, ... */
	bool may_go; /* ... and then a service can say it */
	struct refusal refusals[PLATFORM__COUNT];
};

/* What send_run would queue, and for which application; of each message what
 * becomes of each device (of one for later: what would, if it were now). */
const struct err *send_prepare(struct call *c, const struct send *s,
    struct application *app, struct outbox_send *send,
    const struct send_fate **fates);

/* account: id always; the counts only after waiting. What is to be sent later
 * has none yet. ERR_DUPLICATE: the key is known. */
const struct err *send_run(struct call *c, const struct send *s,
    struct send_counters *account);

/* A fault of message i of a batch, in the contract's words. */
const struct err *send_of_batch(const struct err *e, size_t i);

/* Its id in the header X-Message-Id, which answers of all dialects have. */
void send_told(struct call *c, const struct send_counters *account);

/* The published result: mode, result, the blocks flat, messageId. */
struct json *send_json(struct call *c, const struct send *s,
    const struct send_counters *account);

#endif
