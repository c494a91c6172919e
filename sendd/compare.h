/* SPDX-License-Identifier: MIT */
/*
 * Nobody gets what was another's: each row is read together with what its
 * device is, also when it is in hand already and waits. An item that was not
 * read for long is compared once more before it is sent; the reader does that
 * beside its reading.
 */
#ifndef SENDD_COMPARE_H
#define SENDD_COMPARE_H

#include "sendd/sendd.h"

/* Is what is known of its device too old to send by? */
bool compare_is_old(const struct item *i);

/* What its device was at that moment; *c is by which it goes. */
const struct err *compare_item(struct sendd *s, struct item *i,
    const struct device_now *now, int64_t asked_ms, struct credential **c);

/* The same for one that waits and was read once more. */
const struct err *compare_again(struct sendd *s, struct item *i,
    const struct device_now *now, int64_t asked_ms);

/* The part of a reading job. */
struct comparing {
	struct item **items; /* not the db_worker's to look into */
	int64_t *devices;
	struct device_now *now; /* out */
	int64_t asked_ms; /* out, monotonic: it was so then, or later */
	size_t n;
};

/* Some of those aside, in the job's memory. */
void compare_take(struct sendd *s, struct arena *a, struct comparing *j);

/* The db_worker's part. */
const struct err *compare_read(struct db *db, struct arena *a,
    struct comparing *j);

/* Back to where they wait. */
const struct err *compare_reap(struct sendd *s, struct comparing *j);

/* Not compared: aside again. */
void compare_take_back(struct sendd *s, struct comparing *j);

#endif
