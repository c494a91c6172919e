/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: a unix socket between those who queue and the one who
 * delivers. It only saves waiting; with it lost everything still happens by
 * polling. Messages are text, one a packet (SOCK_SEQPACKET), at most
 * BELL_MAX bytes:
 *
 *   "ring SHARD"             there are rows in that shard
 *   "all MS"                 in so many ms there may be rows in any shard
 *   "wait SHARD SEND ROWS"   there are, and tell me when all had an answer
 *   "done SEND"              the answer to wait
 *   "else SEND"              that shard is not mine: ask the database
 */
#ifndef LIB_BELL_H
#define LIB_BELL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#define BELL_MAX 80

enum bell_word {
	BELL_RING,
	BELL_ALL,
	BELL_WAIT,
	BELL_DONE,
	BELL_ELSE,
	BELL__COUNT
};

struct bell {
	enum bell_word word;
	unsigned shard;
	uint64_t send;
	uint32_t rows;
	uint32_t ms;
};

/* Text of a message; returns its length. */
unsigned bell_write(const struct bell *b, char out[BELL_MAX]);

/* Strict reading; false when it is none of these. */
bool bell_read(const char *text, unsigned len, struct bell *b);

/* The caller's end. fd -1: not connected; connecting again is tried with
 * each message. Never blocks longer than the kernel takes. */
struct bell_line {
	const char *path;
	int fd;
};

/* Say it. False when nobody is there: polling will do. */
bool bell_say(struct bell_line *line, const struct bell *b);

/* Rows that may lie in any shard are due in so many ms. */
bool bell_say_all(struct bell_line *line, int64_t ms);

/* Wait for word of this send until the monotonic moment (ms). DONE, ELSE,
 * or RING for "nothing heard": timeout, or the line is gone. */
enum bell_word bell_hear(struct bell_line *line, uint64_t send,
    int64_t until_ms);

void bell_hang_up(struct bell_line *line);

/* sendd's end: a listening socket, mode 0660; an old one is replaced only
 * when nobody answers on it (ERR_CONFLICT otherwise). */
const struct err *bell_listen(const char *path, int *fd);

#endif
