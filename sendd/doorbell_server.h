/* SPDX-License-Identifier: MIT */
/*
 * The server of the doorbell: after a ring, sendd reads the shards at once; a
 * client that waits for a send is answered when all its rows had a first
 * answer. The doorbell only saves waiting: a client without an answer reads the
 * database.
 */
#ifndef SENDD_DOORBELL_SERVER_H
#define SENDD_DOORBELL_SERVER_H

#include "sendd/poller.h"
#include "sendd/scan.h"

struct doorbell_server;

/* Listen at the path (copied). Rings go to the scan; clients may wait only for
 * sends of our shards. */
const struct err *doorbell_server_open(const char *path, struct poller *p,
    const struct shards *shards, struct scan *scan,
    struct doorbell_server **d);

/* Close all connections, and remove the socket. Takes NULL. */
void doorbell_server_close(struct doorbell_server *d);

/* One row of this send had its first answer. */
void doorbell_server_answered(struct doorbell_server *d, uint64_t send);

#endif
