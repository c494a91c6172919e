/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: a unix socket between the programs that queue messages and
 * sendd, which delivers them. It only saves waiting: without it sendd finds
 * the same rows by polling. doorbell_message.h has what is said.
 */
#ifndef CORE_DOORBELL_H
#define CORE_DOORBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/doorbell_message.h"
#include "lib/err.h"

/* The client's end. fd is -1 while it is not connected; each message tries to
 * connect again. A send blocks only for the time of the system call. */
struct doorbell_client {
	const char *path;
	int fd;
};

/* The next four return false when no sendd listens; polling finds the rows. */

bool doorbell_send(struct doorbell_client *line,
		   const struct doorbell_message *b);

/* There are rows of messages in n shards: in shard and those after it, wrapping
 * around at the last. A single message rings for all shards. */
bool doorbell_ring(struct doorbell_client *line, unsigned shard, size_t n);

/* Rows of a message are being committed in that shard. A ring follows, or a
 * wait: sendd may look too early. */
bool doorbell_soon(struct doorbell_client *line, unsigned shard);

/* In ms milliseconds there may be rows in any shard. */
bool doorbell_ring_all(struct doorbell_client *line, int64_t ms);

/* Connect if it is not connected; false when no sendd listens. */
bool doorbell_dial(struct doorbell_client *line);

/* Close the connection; the next message connects again. */
void doorbell_close(struct doorbell_client *line);

/* Say a packet on a connection of either end. False: the peer has gone, or
 * (EAGAIN) does not listen. Never blocks. */
bool doorbell_say(int fd, const struct doorbell_packet *p);

/* Hear a packet on a connection of either end: 1, or 0 when there is none now,
 * or -1 when the peer has gone. A packet that is too long comes empty. Never
 * blocks. */
int doorbell_hear(int fd, struct doorbell_packet *p);

/* The end of sendd: a listening socket, mode 0660. An old socket is replaced
 * only if no process answers on it (otherwise ERR_CONFLICT). */
const struct err *doorbell_listen(const char *path, int *fd);

/* The same for a sendd that is known to be the only daemon at that path: an
 * errand that answers on the socket loses it. */
const struct err *doorbell_replace(const char *path, int *fd);

#endif
