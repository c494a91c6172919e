/* SPDX-License-Identifier: MIT */
/*
 * Spellings of APNs tokens that are not canonical: of several that one token
 * has in a dump, the one that was registered last stays. The keys are digests.
 * Pure.
 */
#ifndef CORE_IMPORT_SPELLING_H
#define CORE_IMPORT_SPELLING_H

#include "lib/hash.h"

/* A row spells a token so: remember the token, and the latest spelling. */
void import_spelling_add(struct hash *all, uint64_t token, uint64_t spelt,
    int64_t registered_ms, uint64_t line);

/* The same for a token that is remembered already; others are none of ours. */
void import_spelling_weigh(struct hash *all, uint64_t token, uint64_t spelt,
    int64_t registered_ms, uint64_t line);

/* Is there a later spelling of the token? */
bool import_spelling_is_old(const struct hash *all, uint64_t token,
    uint64_t spelt);

void import_spelling_done(struct hash *all);

#endif
