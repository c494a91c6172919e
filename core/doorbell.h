/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: a unix socket between those who queue and the one who
 * delivers. It only saves waiting; with it lost everything still happens by
 * polling. Messages are text, one a packet (SOCK_SEQPACKET), at most
 * DOORBELL_MAX bytes:
 *
 *   "ring SHARD"             there are rows in that shard
 *   "all MS"                 in so many ms there may be rows in any shard
 *   "wait SHARD SEND ROWS"   there are, and tell me when all had an answer
 *   "done SEND"              the answer to wait
 *   "else SEND"              that shard is not mine: ask the database
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

/* Text of a message; returns its length. */
unsigned doorbell_write(const struct doorbell_message *b,
			char out[DOORBELL_MAX]);

/* False when the text is no message, to the letter. */
bool doorbell_read(const char *text, unsigned len, struct doorbell_message *b);

/* The client's end. fd -1: not connected; each message tries to connect again.
 * Sending never blocks longer than the kernel takes. */
struct doorbell_client {
	const char *path;
	int fd;
};

/* Each of these is false when nobody is there: polling will do. */

bool doorbell_send(struct doorbell_client *line,
		   const struct doorbell_message *b);

/* There are rows in n shards, from that one on and beginning again behind the
 * last; one message rings for all shards. */
bool doorbell_ring(struct doorbell_client *line, unsigned shard, size_t n);

/* In ms milliseconds there may be rows in any shard. */
bool doorbell_ring_all(struct doorbell_client *line, int64_t ms);

/* There are so many rows of that send in that shard, and doorbell_wait wants
 * to hear when all had an answer. */
bool doorbell_ring_and_ask(struct doorbell_client *line, unsigned shard,
    uint64_t send, uint32_t rows);

/* Wait until the monotonic moment (ms) for a message about this send: DONE or
 * ELSE. RING stands for none: the time is over, or the connection is. */
enum doorbell_verb doorbell_wait(struct doorbell_client *line, uint64_t send,
    int64_t until_ms);

void doorbell_close(struct doorbell_client *line);

/* sendd's end: a listening socket, mode 0660. An old socket is replaced only
 * when nobody answers on it (ERR_CONFLICT otherwise). */
const struct err *doorbell_listen(const char *path, int *fd);

#endif
