/* SPDX-License-Identifier: MIT */
/*
 * A snapshot of the operator holds ("outpost hold") in the database. Nothing is
 * sent for a held application and provider, or to a host of it that is held.
 */
#ifndef SENDD_OPERATOR_HOLD_H
#define SENDD_OPERATOR_HOLD_H

#include "db/hold.h"
#include "lib/hash.h"

struct operator_holds {
	struct arena *memory; /* of the latest answer; NULL before it */
	struct hash table;
	uint64_t sum; /* of what is in the table */
	int64_t asked_ms; /* monotonic: as of then, or later */
};

/* Take in the list of hold_list, with its memory, asked for at asked_ms. True:
 * the holds are others than before. */
bool operator_holds_take(struct operator_holds *h, struct arena *memory,
    struct hold *list, size_t n, int64_t asked_ms);

/* Is this provider held, by itself, with the whole application, or at this host
 * of it (NULL: it has none)? */
bool operator_holds_has(const struct operator_holds *h, int64_t app,
    unsigned platform, const char *host);

void operator_holds_done(struct operator_holds *h);

#endif
