/* SPDX-License-Identifier: MIT */
/*
 * What is said at the doorbell (core/doorbell.h): text, a message a line, the
 * lines of a packet divided by '\n'. A packet is one send(2) of SOCK_SEQPACKET.
 *
 *   "ring SHARD"             there are rows of messages in that shard
 *   "soon SHARD"             rows of a message are being committed in it
 *   "all MS"                 in MS ms there may be rows in any shard
 *   "wait SHARD SEND ROWS"   there are ROWS rows; reply when all had an answer
 *   "leave SEND"             nobody waits for that send any more
 *   "done SEND ENDED"        the reply to wait, after the outcomes' commit:
 *                            three numbers a platform, how many of the rows
 *                            were sent, failed and expired
 *   "done SEND"              the same, but the numbers must be read from the
 *                            database
 *   "else SEND"              the reply when sendd cannot tell: another one has
 *                            that shard, or too many wait
 *
 * A connection carries any number of waits. Who reads skips lines that are no
 * message, so programs of different versions still hear the rest; and whoever
 * waits looks into the database from time to time.
 */
#ifndef CORE_DOORBELL_MESSAGE_H
#define CORE_DOORBELL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/platform.h"

#define DOORBELL_MAX 192     /* bytes of a line */
#define DOORBELL_PACKET 4096 /* bytes of a packet */

enum doorbell_verb {
	DOORBELL_RING,
	DOORBELL_SOON,
	DOORBELL_ALL,
	DOORBELL_WAIT,
	DOORBELL_LEAVE,
	DOORBELL_DONE,
	DOORBELL_ELSE,
	DOORBELL__COUNT
};

struct doorbell_ended {
	uint32_t sent, failed, expired;
};

struct doorbell_message {
	enum doorbell_verb verb;
	unsigned shard;
	uint64_t send;
	uint32_t rows;
	uint32_t ms;
	bool counted; /* DONE: with the numbers */
	struct doorbell_ended by[PLATFORM__COUNT];
};

struct doorbell_packet {
	unsigned len;
	char text[DOORBELL_PACKET];
};

/* Write the text of a message; returns its length. */
unsigned doorbell_write(const struct doorbell_message *b,
    char out[DOORBELL_MAX]);

/* Parse a message, strictly; false when the text is not one. */
bool doorbell_read(const char *text, unsigned len, struct doorbell_message *b);

/* Add a message to a packet; false when it does not fit. */
bool doorbell_put(struct doorbell_packet *p, const struct doorbell_message *b);

/* The next message of a packet, from *at on, which begins as 0; false when
 * there is none. */
bool doorbell_next(const struct doorbell_packet *p, unsigned *at,
    struct doorbell_message *b);

#endif
