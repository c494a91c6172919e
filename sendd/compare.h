/* SPDX-License-Identifier: MIT */
/*
 * Nobody gets what was another's: each row is read together with what its
 * device is at that moment, and again while its item waits. An item that was
 * not read for long is compared once more before it is sent; the reader does
 * that beside its reading.
 */
#ifndef SENDD_COMPARE_H
#define SENDD_COMPARE_H

#include "sendd/credential.h"
#include "sendd/scan.h"

/* Is what is known of its device too old to send by? */
bool compare_is_old(const struct item *i);

/* Note what its device was at that moment (monotonic, ms); *c is the
 * credential by which the item goes. Loads it when it is new. */
const struct err *compare_item(struct credential_table *t, struct item *i,
    const struct device_now *now, int64_t asked_ms, struct credential **c);

/* The same for an item in the queue that was read once more; only one that
 * waits is touched. */
const struct err *compare_again(struct credential_table *t, struct item *i,
    const struct device_now *now, int64_t asked_ms);

/* The part of a reading job. */
struct comparing {
	struct item **items; /* not the db_worker's to look into */
	int64_t *devices;
	struct device_now *now; /* out */
	int64_t asked_ms;	/* out, monotonic: it was so then, or later */
	size_t n;
};

/* Some of those aside, in the job's memory. */
void compare_take(struct queue *q, struct arena *a, struct comparing *j);

/* The worker's part. */
const struct err *compare_read(struct db *db, struct arena *a,
    struct comparing *j);

/* They are compared: back to where they wait. */
const struct err *compare_end(struct credential_table *t, struct queue *q,
    struct scan *scan, struct comparing *j);

/* They are not: aside again. */
void compare_take_back(struct queue *q, struct comparing *j);

#endif
