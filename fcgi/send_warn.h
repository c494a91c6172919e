/* SPDX-License-Identifier: MIT */
/* What a send is warned of before it is queued: see warn.h. */
#ifndef FCGI_SEND_WARN_H
#define FCGI_SEND_WARN_H

#include "fcgi/send_call.h"

/* Devices that a message has not, or that it will not reach. */
void send_warn(struct call *c, const struct send_call *s,
    const struct send_plan *plan);

/* The same for the log, of a send that is no preview. */
void send_log(const struct call *c, const struct send_plan *plan);

/* ERR_INVALID, in the words of the first message that no service can show,
 * when for this reason nothing of the send goes to anybody. */
const struct err *send_is_futile(const struct call *c,
    const struct send_call *s, const struct send_plan *plan);

/* The services of the application that cannot show the message of a campaign:
 * the call that makes it is warned, for later there is nobody to warn. */
void send_warn_campaign(struct call *c, const struct application *app,
    const struct json *body, size_t stored);

#endif
