/* SPDX-License-Identifier: MIT */
/*
 * Wrong secrets, counted by the address that they came from, for programs that
 * keep nothing between calls: a leaky bucket for each of WRONG_SECRET_SLOTS
 * groups of addresses (fcgi/throttle.h).
 */
#ifndef DB_WRONG_SECRET_H
#define DB_WRONG_SECRET_H

#include "db/db.h"

#define WRONG_SECRET_SLOTS 4096

/* Fill the bucket of a slot by step_ms, at most to full_ms. *left_ms: after
 * which time it would be empty. */
const struct err *wrong_secret_count(struct db *db, unsigned slot,
    int64_t step_ms, int64_t full_ms, int64_t *left_ms);

#endif
