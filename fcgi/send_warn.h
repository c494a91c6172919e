/* SPDX-License-Identifier: MIT */
/* What a send is warned of before it is queued: see warn.h. */
#ifndef FCGI_SEND_WARN_H
#define FCGI_SEND_WARN_H

#include "core/send.h"

#include "fcgi/call.h"

/* Devices that a user does not have, or that a message will not reach. batch:
 * the paths have the message's index. */
void send_warn(struct call *c, const struct send *s, bool batch,
    const struct send_plan *plan);

/* The same for the log, of a send that is no preview. */
void send_log(const struct call *c, const struct send_plan *plan);

/* The services of the application that cannot show the message of a campaign:
 * the call that makes it is warned, for later there is nobody to warn. */
void send_warn_campaign(struct call *c, const struct application *app,
    const struct json *body, size_t stored);

#endif
