/* SPDX-License-Identifier: MIT */
/*
 * The waiting room of a process: what waits for the first answers to the rows
 * of a send. A wait costs its struct waiter, no thread and no connection of
 * its own: the room's thread hears sendd at one doorbell for all of them, and
 * a second thread, with a database connection that it opens when it needs one
 * (waiting_look.h), reads the accounts of all sends of which sendd does not
 * tell, by one statement. So do those that watch a campaign.
 *
 * Users that are looked up later are not waited for: none of their devices is
 * counted yet. Moments are monotonic, in ms.
 */
#ifndef CORE_WAITING_ROOM_H
#define CORE_WAITING_ROOM_H

#include <stdbool.h>

#include "core/settings.h"
#include "core/waiter.h"
#include "db/outbox_send.h"

struct waiting_room;

/* Open the room of a program (push, cli: its database user). */
const struct err *waiting_room_open(const struct settings *s,
    const char *program, struct waiting_room **out);

/* Ring for the rows of the send, and wait for their answers. queue is used
 * during the call only; w until it is over. False: there is nothing to wait
 * for, or no room ([api] waiting_max), or the room is closed; then the bell was
 * rung all the same, over is not called, and w->by is the account as it began.
 * For any thread. */
bool waiting_room_enter(struct waiting_room *r, struct waiter *w,
    const struct outbox_send *queue);

/* Ring at other machines for rows in n shards, as doorbell_ring does at ours.
 */
void waiting_room_ring(struct waiting_room *r, unsigned shard, size_t n);

/* Wait until the campaign w->campaign has another version than w->version. Half
 * of the room is for those that watch. False: no room, or the room is closed.
 */
bool waiting_room_watch(struct waiting_room *r, struct waiter *w);

/* End all waits as they stand, within half a second; after that none begins.
 * The memory stays until waiting_room_free. Any thread but the room's. */
void waiting_room_close(struct waiting_room *r);

/* Close the room if it is open, and free it; no thread may use it any more.
 * Takes NULL. */
void waiting_room_free(struct waiting_room *r);

#endif
