/* SPDX-License-Identifier: MIT */
/*
 * A send, the same for the API, `outpost send` and the test of a campaign:
 *
 *   send_find      read the application, and devices that it can read with it
 *   send_prepare   choose the targets, find what the services refuse
 *   send_queue     write the rows, durably, and ring the doorbell of sendd
 *
 * If somebody waits for the answers:
 *
 *   send_await     before send_queue, which does not ring then
 *   waiting_room_enter
 *                  ring, and wait until all devices had an answer
 *                  (core/waiting_room.h)
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
#include "core/together.h"
#include "db/application.h"
#include "db/outbox_send.h"
#include "db/ring_keys.h"

#define SEND_DEVICES_MAX 100000 /* of one send */

/* What the functions of a send need, all borrowed. */
struct send_context {
	const struct settings *settings;
	struct db *db;
	struct arena *mem;
	struct doorbell_client *bell;
	bool (*stop)(const void *arg); /* end long work now? NULL: never */
	const void *arg;
	struct together *together; /* of the process; NULL: none */
};

/* Must long work end now? */
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
	bool partial; /* send the messages without a fault, leave out others */
	int64_t looked_ms; /* out of send_find: monotonic, before it asked */
	const struct device_user *user; /* out of send_find: the devices of the
					   only message; NULL: not read yet */
};

/* --- preparing -------------------------------------------------------- */

/* Where a message goes. */
struct send_fate {
	size_t index;		 /* of the message in struct send */
	struct target_list list; /* its targets */
	bool looked; /* false: targets are looked up when it falls due, ... */
	bool may_go; /* ... and a service can show it then */
	struct refusal refusals[PLATFORM__COUNT];
};

/* What the doorbell is told while the rows become durable. */
struct send_ring {
	struct doorbell_client *bell;
	const struct together *together; /* of whose COMMITs that depends */
	const struct ring_keys *keys;	 /* NULL: it is not told the row */
	const struct send_fate *fate;
	int64_t looked_ms; /* as in struct send */
	int64_t sent_ms; /* the first COMMIT: monotonic; 0: none */
	bool carried; /* it was told the row, and may have sent it */
};

struct send_plan {
	const struct application *app;
	struct outbox_send queue; /* input of send_queue */
	bool awaited;		  /* send_await was called */
	struct send_ring ring;	  /* with that */
	int64_t looked_ms;	  /* as in struct send */
	struct send_fate *fates;  /* of each message of the queue */
	const char **left_out;	  /* of each message of the send: why it is
				     left out; NULL: it is not */
	size_t faulty; /* index of the message at fault; n: none */
};

/* Read the application of a send by its name. Of a single message that goes
 * now, or with early of any single one, the devices of the user come by the
 * same round trip. ERR_MISSING: there is no such application. */
const struct err *send_find(const struct send_context *c, struct send *s,
    bool early, struct application *app);

/* Prepare a send; app is its application, and the plan borrows both. With
 * early, the targets of a message for later are also looked up, as if it were
 * sent now. ERR_INVALID or ERR_TOOBIG of one message: plan->faulty is its
 * index. ERR_TOOBIG of the whole send: too many devices. With s->partial a
 * message at fault is left out, also one that no service can show; if none
 * remains, that is the fault of the first. */
const struct err *send_prepare(const struct send_context *c,
    const struct send *s, const struct application *app, bool early,
    struct send_plan *plan);

/* Why the send would reach nobody: the first service's sentence about message
 * *at, the first that no service can show. NULL when a message reaches
 * somebody, or when nothing is refused. */
const char *send_refused(const struct send_plan *plan, size_t *at);

/* --- queueing --------------------------------------------------------- */

/* Write the rows; they are durable on return, and plan->queue has the id. Then
 * ring for each shard with rows, unless they are awaited. ERR_DUPLICATE: the
 * idempotency key was used before. */
const struct err *send_queue(const struct send_context *c,
    struct send_plan *plan);

/* Nothing is sent (send_refused): write into the history why. */
const struct err *send_record_refused(const struct send_context *c,
    struct send_plan *plan);

/* A line of the log for each device that gets nothing; call it after send_queue
 * or send_record_refused, which give the send its id. */
void send_log_refused(const struct send_plan *plan);

/* Count the refused devices for /metrics; call it after send_queue. */
const struct err *send_count_refused(const struct send_context *c,
    const struct send_plan *plan);

/* Somebody will wait for the answers: have sendd read the rows of the message
 * while their COMMIT becomes durable, which saves that time; not with an
 * Idempotency-Key (I-4). Call it before send_queue. When sendd looks too early
 * to see the rows, the ring of the wait counts. keys: where the send has a
 * single row, sendd is told it (core/carried_row.h); NULL: sendd reads it. They
 * and the plan stay where they are until send_queue has returned. */
void send_await(const struct send_context *c, struct send_plan *plan,
    const struct ring_keys *keys);

#endif
