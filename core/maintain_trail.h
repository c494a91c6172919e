/* SPDX-License-Identifier: MIT */
/*
 * What a round of maintenance leaves of what it removes: a row in the audit
 * trail for each rule that only a setting switches on; and the rows of the
 * audit trail itself, in a file.
 */
#ifndef CORE_MAINTAIN_TRAIL_H
#define CORE_MAINTAIN_TRAIL_H

#include <stdio.h>

#include "lib/buf.h"

#include "db/purge.h"

struct maintain_trail {
	const char *who;
	FILE *file; /* rows of the audit trail are written to it, and are on
		       disk before their removal is; NULL: they are not */
	struct buf lines;
	struct purge_hooks hooks; /* for the round */
};

/* who, as in struct audit. */
void maintain_trail_init(struct maintain_trail *t, const char *who);

/* Open the file, by its path, to append to it; it is made closed to others. */
const struct err *maintain_trail_open(struct maintain_trail *t,
    const char *path);

void maintain_trail_done(struct maintain_trail *t);

#endif
