/* SPDX-License-Identifier: MIT */
/* What a send is warned of before it is queued: see warn.h. */
#ifndef FCGI_SEND_WARN_H
#define FCGI_SEND_WARN_H

#include "fcgi/send.h"

/* Devices that a message has not, or that it will not reach. */
void send_warn(struct call *c, const struct send *s,
    const struct send_fate *fates);

/* The same for the log, of a send that is no preview. */
void send_log(const struct call *c, const struct send *s,
    const struct send_fate *fates);

/* Count what is refused for /metrics, once it is so. */
void send_count(struct call *c, int64_t app, const struct send *s,
    const struct send_fate *fates);

/* ERR_INVALID, in the words of the first message that no service can say,
 * when for this reason nothing of the send goes to anybody. */
const struct err *send_is_futile(const struct call *c, const struct send *s,
    const struct send_fate *fates);

/* The services of the application that cannot say the message of a campaign:
 * told when it is made, for later there is nobody to tell. */
void send_warn_campaign(struct call *c, const struct application *app,
    const struct json *body, size_t stored);

#endif
