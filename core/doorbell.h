/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: a unix socket between the programs that queue messages and
 * sendd, which delivers them. It only saves waiting: without it sendd finds
 * the same rows by polling. Messages are text, one per packet
 * (SOCK_SEQPACKET), of at most DOORBELL_MAX bytes:
 *
 *   "ring SHARD"             there are rows in that shard
 *   "all MS"                 in MS ms there may be rows in any shard
 *   "wait SHARD SEND ROWS"   there are ROWS rows; reply when all had an answer
 *   "done SEND"              the reply to wait
 *   "else SEND"              another sendd has that shard: ask the database
 */
#ifndef CORE_DOORBELL_H
#define CORE_DOORBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define DOORBELL_MAX 80

enum doorbell_verb {
	DOORBELL_RING,
	DOORBELL_ALL,
	DOORBELL_WAIT,
	DOORBELL_DONE,
	DOORBELL_ELSE,
	DOORBELL__COUNT
};

struct doorbell_message {
	enum doorbell_verb verb;
	unsigned shard;
	uint64_t send;
	uint32_t rows;
	uint32_t ms;
};

/* Write the text of a message; returns its length. */
unsigned doorbell_write(const struct doorbell_message *b,
			char out[DOORBELL_MAX]);

/* Parse a message, strictly; false when the text is not one. */
bool doorbell_read(const char *text, unsigned len, struct doorbell_message *b);

/* The client's end. fd is -1 while it is not connected; each message tries to
 * connect again. A send blocks only for the time of the system call. */
struct doorbell_client {
	const char *path;
	int fd;
};

/* The next four return false when no sendd listens; polling finds the rows. */

bool doorbell_send(struct doorbell_client *line,
		   const struct doorbell_message *b);

/* There are rows in n shards: in shard and those after it, wrapping around at
 * the last. A single message rings for all shards. */
bool doorbell_ring(struct doorbell_client *line, unsigned shard, size_t n);

/* In ms milliseconds there may be rows in any shard. */
bool doorbell_ring_all(struct doorbell_client *line, int64_t ms);

/* The send has that number of rows in that shard, and the caller will call
 * doorbell_wait for their first answers. */
bool doorbell_ring_and_ask(struct doorbell_client *line, unsigned shard,
    uint64_t send, uint32_t rows);

/* Wait until the monotonic moment (ms) for a message about this send: DONE or
 * ELSE. RING means that there was none: the time is over, or the connection
 * was closed. */
enum doorbell_verb doorbell_wait(struct doorbell_client *line, uint64_t send,
    int64_t until_ms);

/* Close the connection; the next message connects again. */
void doorbell_close(struct doorbell_client *line);

/* The end of sendd: a listening socket, mode 0660. An old socket is replaced
 * only if no process answers on it (otherwise ERR_CONFLICT). */
const struct err *doorbell_listen(const char *path, int *fd);

#endif
