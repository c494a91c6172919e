/* SPDX-License-Identifier: MIT */
/*
 * What operators hold ("outpost hold"), as it was when the database was last
 * asked. Nothing of a held application and provider is sent.
 */
#ifndef SENDD_OPERATOR_HOLD_H
#define SENDD_OPERATOR_HOLD_H

#include "db/hold.h"
#include "lib/hash.h"

struct operator_holds {
	struct arena *memory; /* of the latest answer; NULL before it */
	struct hash table;
	int64_t asked_ms; /* monotonic: they were so then, or later */
};

/* Ask the database; after an error what was known before stays. */
const struct err *operator_holds_read(struct operator_holds *h,
    struct db *db);

/* Is this one held, by itself or with all of the application? */
bool operator_holds_has(const struct operator_holds *h, int64_t app,
    unsigned platform);

void operator_holds_done(struct operator_holds *h);

#endif
