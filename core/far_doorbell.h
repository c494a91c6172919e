/* SPDX-License-Identifier: MIT */
/*
 * The doorbells of sendds at other machines, for the waiting room: which shard
 * is whose, as the database had it some seconds ago, and a connection to each
 * of them that is needed (lib/secure_line.h). What is said there is the same as
 * at our own machine's. All of it only saves waiting: a message whose owner is
 * not reached is found by a poll, its answer by a look. Without a key
 * ([sendd] listen_key_file) nothing is done.
 *
 * Nothing here waits, and the time, monotonic in ms, is an argument.
 */
#ifndef CORE_FAR_DOORBELL_H
#define CORE_FAR_DOORBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/doorbell_message.h"
#include "db/shard_doorbell.h"
#include "lib/secure_line.h"

struct far_doorbell {
	char address[SHARD_DOORBELL]; /* "": this place is free */
	struct secure_line *line;     /* NULL: not connected */
	int64_t again_ms;	      /* not before, after a failure */
	bool in_trouble;	      /* which is logged */
	bool blocked;		      /* watched for writing, too */
};

struct far_doorbells {
	struct secure_key *key; /* NULL: there are none */
	char own[SHARD_DOORBELL]; /* of our machine, which has a socket */
	int epoll;		/* watches the lines, by pointers to them */
	struct far_doorbell all[OUTBOX_SHARDS];
	struct far_doorbell *of[OUTBOX_SHARDS]; /* of each shard, or NULL */
	bool stale;	 /* whose the shards are is to be read */
	int64_t read_ms; /* when it was; 0: never */
};

/* Read the key in that file (NULL: there is none). own: as [sendd] listen, or
 * NULL. A key that cannot be read is logged, and there are no far doorbells. */
void far_doorbells_open(struct far_doorbells *f, const char *key_file,
    const char *own, int epoll);
void far_doorbells_close(struct far_doorbells *f);

/* Is it time to read whose the shards are? */
bool far_doorbells_are_due(struct far_doorbells *f, int64_t now_ms);

/* It was read, now. NULL: it could not be. */
void far_doorbells_know(struct far_doorbells *f,
    const struct shard_doorbells *now, int64_t now_ms);

/* Is the pointer that epoll gives one of them? */
bool far_doorbells_have(const struct far_doorbells *f, const void *of);

/* Say a packet; connect first if need be. False: it cannot be reached now, or
 * does not listen. */
bool far_doorbell_say(struct far_doorbells *f, struct far_doorbell *one,
    const struct doorbell_packet *p, int64_t now_ms);

/* Hear a packet: 1, or 0 when there is none, or -1 when the connection has
 * ended. */
int far_doorbell_hear(struct far_doorbells *f, struct far_doorbell *one,
    struct doorbell_packet *p, int64_t now_ms);

/* Ring for rows in n shards, as doorbell_ring does at our machine. */
void far_doorbells_ring(struct far_doorbells *f, unsigned shard, size_t n,
    int64_t now_ms);

/* Has the other end shown that it is a sendd? */
bool far_doorbell_is_open(const struct far_doorbell *one);

#endif
