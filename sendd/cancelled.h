/* SPDX-License-Identifier: MIT */
/* The sends that an operator has cancelled and that are not through, as they
 * were when last looked. */
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

/* Look again. After a failure none is known. */
const struct err *cancelled_refresh(struct cancelled_sends *c, struct db *db);

bool cancelled_has(const struct cancelled_sends *c, uint64_t send);

#endif
