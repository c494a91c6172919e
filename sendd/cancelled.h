/* SPDX-License-Identifier: MIT */
/* A snapshot of the cancelled sends that still have rows. */
#ifndef SENDD_CANCELLED_H
#define SENDD_CANCELLED_H

#include "db/db.h"
#include "lib/arena.h"

struct cancelled_sends {
	uint64_t *list; /* ascending */
	size_t n;
	struct arena *memory;
	int64_t asked_ms; /* monotonic: as of then, or later; 0: never read */
};

void cancelled_init(struct cancelled_sends *c);
void cancelled_done(struct cancelled_sends *c);

/* Read them into another snapshot, which is not initialised. */
const struct err *cancelled_read(struct db *db, struct cancelled_sends *fresh);

/* Put a snapshot in the place of the present one. */
void cancelled_take(struct cancelled_sends *c,
    const struct cancelled_sends *fresh);

bool cancelled_has(const struct cancelled_sends *c, uint64_t send);

#endif
