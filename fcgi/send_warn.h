/* SPDX-License-Identifier: MIT */
/* Warnings about a send, before it is queued: see warn.h. */
#ifndef FCGI_SEND_WARN_H
#define FCGI_SEND_WARN_H

#include "core/send.h"

#include "fcgi/call.h"

/* Warn of a user without devices, and of devices that a message will not reach.
 * batch: the paths have the message's index. */
void send_warn(struct call *c, const struct send *s, bool batch,
    const struct send_plan *plan);

/* Log the same, for a send that is not a preview. */
void send_log(const struct call *c, const struct send_plan *plan);

/* Warn of the services of the application that cannot show the message of a
 * campaign: in the call that creates it, because later there is no caller. */
void send_warn_campaign(struct call *c, const struct application *app,
    const struct json *body, size_t stored);

#endif
