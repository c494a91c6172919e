/* SPDX-License-Identifier: MIT */
/*
 * The integrations that have lately called this thread, so that not every
 * call asks the database who calls. Rows are kept: hashes,
 * roles, applications; nothing of a call. Each thread has its own; a row is
 * believed for two seconds, so that what an operator takes away is gone by
 * then.
 */
#ifndef FCGI_CALLERS_H
#define FCGI_CALLERS_H

#include <stdint.h>

#include "db/integration.h"

#define CALLERS_MAX 16	     /* the oldest makes room */
#define CALLERS_BELIEVE_MS 2000

struct callers;

struct callers *callers_new(void);
void callers_free(struct callers *cs); /* takes NULL */

/* The one of this token whose secret has this hash. NULL tells nothing:
 * then the database is asked. Valid until callers_keep. now_ms: monotonic */
const struct integration *callers_find(const struct callers *cs,
    const char *token, const char *hash, int64_t now_ms);

/* The one of this name, likewise: whoever asks knows by other means that it is
 * the caller. */
const struct integration *callers_named(const struct callers *cs,
    const char *name, int64_t now_ms);

/* Keep a copy of one that the database has; answers the copy. */
const struct integration *callers_keep(struct callers *cs,
    const struct integration *i, int64_t now_ms);

#endif
