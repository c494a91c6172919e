/* SPDX-License-Identifier: MIT */
/*
 * A send, once for all who send: the API, `outpost send`, a campaign's test.
 *
 *   send_prepare   whom each message reaches, and what the services refuse
 *   send_queue     the rows, durable
 *   send_ring      sendd hears of them
 *   send_await     until all devices had an answer, for who waits
 *                  (core/send_wait.h)
 */
#ifndef CORE_SEND_H
#define CORE_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compose.h"
#include "core/doorbell.h"
#include "core/refusal.h"
#include "core/settings.h"
#include "core/target.h"
#include "db/application.h"
#include "db/outbox_send.h"

#define SEND_DEVICES_MAX 100000 /* that one send reaches */

/* What a send works with, all of it borrowed. */
struct send_context {
	const struct settings *settings;
	struct db *db;
	struct arena *mem;
	struct doorbell_client *bell;
	bool (*stop)(const void *arg); /* shall waits end? NULL: never */
	const void *arg;
};

/* Shall what takes long end now? */
static inline bool
send_must_stop(const struct send_context *c)
{
	return c->stop != NULL && c->stop(c->arg);
}

struct send {
	const char *app_id;
	const char *mode;	   /* SYNCHRONOUS, ASYNCHRONOUS, TEST */
	int64_t campaign;	   /* 0: none */
	const char *key, *request; /* as in struct outbox_send; or NULL */
	const struct send_message *messages;
	size_t n;
};

/* --- preparing -------------------------------------------------------- */

/* What becomes of a message. */
struct send_fate {
	struct target_list list; /* whom it reaches */
	bool looked; /* else they are looked up when it falls due, ... */
	bool may_go; /* ... and then a service can show it */
	struct refusal refusals[PLATFORM__COUNT];
};

struct send_plan {
	const struct application *app;
	struct outbox_send queue; /* what send_queue writes */
	struct send_fate *fates;  /* of each message */
	size_t faulty; /* the message whose own fault an error is; else n */
};

/* app is the send's; the plan borrows both. early: who gets a message later is
 * looked up as well, as if it were now. ERR_INVALID and ERR_TOOBIG of
 * a message: plan->faulty says of which. ERR_TOOBIG of all: too many devices.
 */
const struct err *send_prepare(const struct send_context *c,
    const struct send *s, const struct application *app, bool early,
    struct send_plan *plan);

/* Why it would reach nobody: the first service's words for the first message,
 * *at, that no service can show. NULL when a message goes to somebody, or when
 * nothing is refused. */
const char *send_refused(const struct send_plan *plan, size_t *at);

/* --- queueing --------------------------------------------------------- */

/* Durable when it returns; plan->queue has the id. ERR_DUPLICATE: the key is
 * known. */
const struct err *send_queue(const struct send_context *c,
    struct send_plan *plan);

/* Count the devices that are refused for /metrics, once it is queued. */
const struct err *send_count_refused(const struct send_context *c,
    const struct send_plan *plan);

/* Ring for each shard with rows. True, only with ask: the doorbell will say
 * when all of them had an answer. */
bool send_ring(const struct send_context *c, const struct outbox_send *queue,
    bool ask);

#endif
