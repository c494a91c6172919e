/* SPDX-License-Identifier: MIT */
/* Why a send did not reach a device: for each one the reason and what to do
 * about it, as the member "failures" of an answer. */
#ifndef FCGI_SEND_FAILURES_H
#define FCGI_SEND_FAILURES_H

#include "core/send.h"

#include "fcgi/call.h"

#define SEND_FAILURES_MAX 1000 /* of an answer */

/* The devices that get nothing, as it was found before the send was queued.
 * NULL: there are none. */
struct json *send_failures_found(struct call *c, const struct send_plan *plan);

/* Set the member from the history of the send, which knows the providers'
 * answers too; with more than SEND_FAILURES_MAX of them the answer says so.
 * found (NULL: none): in its place, when send is 0, when there is no
 * connection, or the history knows of none. */
void send_failures_tell(struct call *c, uint64_t send, struct json *found,
    struct json *into);

#endif
