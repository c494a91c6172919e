/* SPDX-License-Identifier: MIT */
/*
 * The shared part of the commands hold, release, retry and drop. All of them
 * change the database, and each sendd reads the change within a second; the
 * doorbell only saves waiting.
 */
#ifndef CLI_QUEUE_CONTROL_H
#define CLI_QUEUE_CONTROL_H

#include "cli/cli.h"
#include "cli/progress.h"

#define QUEUE_CONTROL_SEEN_MS 2000 /* then each sendd has read a change */

/* Show the progress on a terminal: n messages so far, of the given number of
 * shards. */
void queue_control_progress(struct cli_progress *p, uint64_t n,
    unsigned shards);

/* Ask each sendd on this machine to look at all its shards in in_ms. */
void queue_control_ring(struct cli *c, int64_t in_ms);

/* Make the rows that wait for another try due in in_ms. app 0: of any
 * application, platform -1: for any service. *n: how many rows. */
const struct err *queue_control_retry(struct cli *c, int64_t app, int platform,
    int64_t in_ms, uint64_t *n);

#endif
