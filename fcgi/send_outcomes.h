/* SPDX-License-Identifier: MIT */
/* What became of a send to one user, device by device, as the member "devices"
 * of an answer. */
#ifndef FCGI_SEND_OUTCOMES_H
#define FCGI_SEND_OUTCOMES_H

#include "lib/json.h"

#include "fcgi/send_call.h"

/* Set the member: each device that the message was for, with its state as in
 * the history, or "pending" while the history does not know; without
 * s->message, each that the history knows of. */
void send_outcomes_tell(struct call *c, const struct send_call *s,
    uint64_t send, struct json *into);

#endif
