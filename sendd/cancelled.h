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
};

void cancelled_init(struct cancelled_sends *c);
void cancelled_done(struct cancelled_sends *c);

/* Read the list again. After a failure it is as it was. */
const struct err *cancelled_refresh(struct cancelled_sends *c, struct db *db);

bool cancelled_has(const struct cancelled_sends *c, uint64_t send);

#endif
