/* SPDX-License-Identifier: MIT */
/*
 * The server of the doorbell: after a ring, sendd reads the shards at once; a
 * client that waits for a send is told when all its rows had a first answer,
 * and what was committed of them until then. The doorbell only saves waiting:
 * a client that is told nothing reads the database.
 */
#ifndef SENDD_DOORBELL_SERVER_H
#define SENDD_DOORBELL_SERVER_H

#include "core/carried_row.h"
#include "db/outbox_settle.h"
#include "sendd/doorbell_line.h"
#include "sendd/poller.h"
#include "sendd/scan.h"

struct doorbell_server;

/* Listen at the path (copied). Rings go to the scan; clients may wait only for
 * sends of our shards. */
const struct err *doorbell_server_open(const char *path,
    doorbell_listener *listener, struct poller *p, const struct shards *shards,
    struct scan *scan, struct doorbell_server **d);

/* Listen for other machines, too: at [sendd] listen, for those that have the
 * key in that file. */
const struct err *doorbell_server_listen(struct doorbell_server *d,
    const char *address, const char *key_file);

/* Where it does; NULL: nowhere. Valid until doorbell_server_close. */
const char *doorbell_server_far(const struct doorbell_server *d);

/* A doorbell at which nobody can ring. */
struct doorbell_server *doorbell_server_deaf(struct poller *p,
    const struct shards *shards, struct scan *scan);

/* Who takes the rows that clients of this machine carry with a proof by the
 * key. take returns false where the row must be read. */
struct carrier {
	const unsigned char *key; /* RING_KEY bytes */
	bool (*take)(const struct carried_row *row, void *arg);
	void *arg;
};
void doorbell_server_carry(struct doorbell_server *d, const struct carrier *k);

/* Close all connections, and remove the socket. Takes NULL. */
void doorbell_server_close(struct doorbell_server *d);

/* A row of that send was read, in lane 0. */
void doorbell_server_read(struct doorbell_server *d, uint64_t send);

/* A read may begin: ring for the sends that somebody waits for, unless their
 * rows are read already. */
void doorbell_server_look(struct doorbell_server *d);

/* Does somebody ring for messages that a reading has yet to find? */
bool doorbell_server_is_rung(const struct doorbell_server *d);

/* Has somebody rung for all shards, at once, since the last call? */
bool doorbell_server_rang_all(struct doorbell_server *d);

/* Does somebody wait for the outcomes of a send? */
bool doorbell_server_is_awaited(const struct doorbell_server *d);

/* An outcome of lane 0 is committed. Whoever waited for it is told by the
 * next call of doorbell_server_tell, so that a batch is told in few packets. */
void doorbell_server_settled(struct doorbell_server *d,
    const struct outcome *o);

/* Tell those whose sends are answered. */
void doorbell_server_tell(struct doorbell_server *d);

/* A shard was given back or lost: whoever waits for its sends is told that
 * another sendd has it. */
void doorbell_server_lost(struct doorbell_server *d);

#endif
