/* SPDX-License-Identifier: MIT */
/* Waiting for the first answers to a send in a process that has one call: a
 * command, or CGI. Others have a waiting room for all their calls. */
#ifndef CORE_SEND_WAIT_H
#define CORE_SEND_WAIT_H

#include "core/settings.h"
#include "db/outbox_send.h"

/* Ring for the rows of the send, and wait in this thread, in a waiting room of
 * its own, for at most for_ms. program: whose database user looks. by: the
 * account, as it stands then. An error: it was not waited. */
const struct err *send_wait_alone(const struct settings *s,
    const char *program, const struct outbox_send *queue, int64_t for_ms,
    struct send_counts by[PLATFORM__COUNT]);

#endif
