/* SPDX-License-Identifier: MIT */
/*
 * Sends, and registrations of devices, of several threads of a process that
 * share what they ask and write: a caller who sends one message a call gets
 * near the price of a batch. What comes while the statement or the transaction
 * of others is under way shares the next one with all that have gathered
 * (lib/combine.h); what comes alone is served at once. Each gets its own
 * result. When what they share fails, each is tried again by itself, by its own
 * thread and connection, so that an error is its caller's own; but not after a
 * COMMIT without an answer, for then the rows may exist, nor after a long
 * silence. The sends that are written together have their rows in one shard,
 * for which one of them rings.
 */
#ifndef CORE_TOGETHER_H
#define CORE_TOGETHER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/doorbell.h"
#include "db/app_targets.h"
#include "db/outbox_send.h"
#include "db/registration.h"

struct together;
struct waiting_room;

/* For all threads of a process, whose waiting room rings at other machines
 * (NULL: nobody does). */
struct together *together_new(struct waiting_room *room);
void together_free(struct together *t); /* takes NULL */

/* app_targets_read for one. t NULL: alone. */
const struct err *together_find(struct together *t, struct db *db,
    struct app_targets *targets);

/* application_by_name. t NULL: alone. */
const struct err *together_application(struct together *t, struct db *db,
    struct arena *a, const char *app_id, struct application *app);

/* device_register. t NULL: alone, and so is whoever must go alone. */
const struct err *together_register(struct together *t, struct db *db,
    const struct registration *r);

/* As outbox_send, and ring for its rows; bell NULL: its caller does. One with
 * an Idempotency-Key, or of many rows, goes alone. t NULL: each goes alone. */
const struct err *together_queue(struct together *t, struct db *db,
    struct doorbell_client *bell, struct outbox_send *send);

/* May a row be carried (core/carried_row.h), so that it is sent before it is
 * answered that it was written and its COMMIT done? Not for some seconds after
 * a transaction of that kind that failed or took long:
 * the database may have been made read-only, as while a backup begins, and who
 * was answered 503 comes again then. Beside a COMMIT that takes long others
 * wait, until their devices were looked up too long ago. t NULL: yes. */
bool together_may_carry(const struct together *t);

/* A COMMIT that was told at the doorbell when it was sent, at that moment
 * (monotonic), has its end. well: with all before it, it was done. t NULL:
 * nothing. */
void together_committed(struct together *t, int64_t sent_ms, bool well);

#endif
