/* SPDX-License-Identifier: MIT */
/*
 * sendd's end of the doorbell: a ring makes shards be looked at, and whoever
 * waits for a send is answered when all its rows had a first answer. The
 * doorbell only saves waiting: a caller that hears nothing asks the database.
 */
#ifndef SENDD_DOORBELL_SERVER_H
#define SENDD_DOORBELL_SERVER_H

#include "sendd/poller.h"
#include "sendd/scan.h"

struct doorbell_server;

/* Listen at the path (copied). Rings go to the scan; only sends of shards that
 * are ours are waited for. */
const struct err *doorbell_server_open(const char *path, struct poller *p,
    const struct shards *shards, struct scan *scan,
    struct doorbell_server **d);

/* Hang up, and remove the socket. Takes NULL. */
void doorbell_server_close(struct doorbell_server *d);

/* One row of this send had its first answer. */
void doorbell_server_answered(struct doorbell_server *d, uint64_t send);

#endif
