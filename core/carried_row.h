/* SPDX-License-Identifier: MIT */
/*
 * A row of the outbox that is told at the doorbell while its INSERT and COMMIT
 * are under way, so that sendd need not read it. MariaDB may refuse either;
 * then sendd finds no row for the outcome. Only a unix socket carries one.
 *
 *   "soon SHARD"             what any sendd understands; behind it, on a line
 *   "row "                   of its own, the row: bytes, until the packet ends
 *
 * The row begins with an HMAC-SHA256 of the rest, by the key of the sendd that
 * owns the shard (db/ring_keys.h).
 */
#ifndef CORE_CARRIED_ROW_H
#define CORE_CARRIED_ROW_H

#include "core/doorbell_message.h"
#include "db/outbox.h"
#include "db/ring_keys.h"

/* It is not sent when its device was looked up longer ago; two seconds are the
 * most that I-15 allows. */
#define CARRIED_MS 1000

struct carried_row {
	/* with its body and its user; now: as the device was looked up */
	struct outbox_found found;
	int64_t looked_ms; /* monotonic: before that began */
};

/* Fill the packet. False: the row is too long for one, or has not all. */
bool carried_row_write(const struct carried_row *r,
    const unsigned char key[RING_KEY], struct doorbell_packet *p);

/* The row of a packet; its texts are in the packet. False: it carries none, or
 * it has no proof by that key. */
bool carried_row_read(const struct doorbell_packet *p,
    const unsigned char key[RING_KEY], struct carried_row *out);

#endif
