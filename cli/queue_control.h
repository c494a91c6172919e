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

/* Show the progress on a terminal: n messages so far, of the given number of
 * shards. */
void queue_control_progress(struct cli_progress *p, uint64_t n,
    unsigned shards);

/* The same, as a holding_told. */
bool queue_control_told(uint64_t n, unsigned shards, void *progress);

/* Ask each sendd on this machine to look at all its shards in in_ms. */
void queue_control_ring(struct cli *c, int64_t in_ms);

/* holding_retry, with its progress on a terminal, and ring. */
const struct err *queue_control_retry(struct cli *c, int64_t app,
    unsigned platform, int64_t in_ms, uint64_t *n);

#endif
