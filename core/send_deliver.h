/* SPDX-License-Identifier: MIT */
/* [api] deliver = auto: whoever waits for a send on a host without a daemon has
 * the sending program started (core/sender.h). The send is committed before, so
 * nothing is lost with a program that cannot be started, or is killed. */
#ifndef CORE_SEND_DELIVER_H
#define CORE_SEND_DELIVER_H

#include "core/send.h"

/* Wait in this thread for the first answers to the rows of the send, at most
 * for_ms, without a thread or a connection of its own. Rows whose shard has an
 * owner are left to that sendd, which is rung; while a shard of the send has
 * none, the sending program is started. by: the account, as it stands then; if
 * the program cannot be started, that is soon. */
void send_deliver(const struct send_context *c,
    const struct outbox_send *queue, int64_t for_ms,
    struct send_counts by[PLATFORM__COUNT]);

#endif
