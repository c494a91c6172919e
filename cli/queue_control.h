/* SPDX-License-Identifier: MIT */
/* What hold, release, retry and drop share. */
#ifndef CLI_QUEUE_CONTROL_H
#define CLI_QUEUE_CONTROL_H

#include "cli/cli.h"

/* Work on the shards goes on: so many messages, so many shards done. */
void queue_control_progress(
    struct cli_progress *p, uint64_t n, unsigned shards);

/* A sendd that hears us looks at all its shards, in so many ms. */
void queue_control_ring(struct cli *c, int64_t in_ms);

/* Rows that wait for another try become due in so many ms; app 0, platform
 * -1: of any. *n: how many. */
const struct err *queue_control_retry(struct cli *c, int64_t app, int platform,
    int64_t in_ms, uint64_t *n);

const struct err *queue_control_drop_message(struct cli *c, const char *id);
const struct err *queue_control_drop_app(struct cli *c, const char *name);

#endif
