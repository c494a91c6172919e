/* SPDX-License-Identifier: MIT */
/* Ringing at other machines without a waiting room: by a process for one call,
 * as plain CGI and the command are, and when a campaign starts. */
#ifndef CORE_FAR_RING_H
#define CORE_FAR_RING_H

#include "core/settings.h"
#include "db/outbox_send.h"

/* Ring for the rows of the send at the sendds of other machines that own their
 * shards. It takes a statement, and a connection to each, in all a third of a
 * second at most. Without [sendd] listen_key_file nothing is done. A failure is
 * logged: a poll finds the rows. */
void far_ring(struct db *db, const struct settings *s,
    const struct outbox_send *send);

#endif
