/* SPDX-License-Identifier: MIT */
/*
 * No device gets a message for its former user: each row is read together with
 * the present state of its device, and again while its item waits. If an item
 * was not read for long, it is compared again before it is sent; the reader
 * does that with its reading.
 */
#ifndef SENDD_COMPARE_H
#define SENDD_COMPARE_H

#include "sendd/credential.h"
#include "sendd/scan.h"

/* Is the known state of the item's device too old to send? */
bool compare_is_old(const struct item *i);

/* The same for one whose request is being made since it was not: that takes a
 * moment of the two seconds, unless sendd stood still. */
bool compare_is_too_old(const struct item *i);

/* Record the state of the item's device at that moment (monotonic, ms). Returns
 * the item's credential. While that is UNKNOWN, nothing is recorded, and the
 * item is compared again. */
struct credential *compare_item(struct credential_table *t, struct item *i,
    const struct device_now *now, int64_t asked_ms);

/* The same for an item in the queue that was read again; only a waiting item
 * is changed. */
void compare_again(struct credential_table *t, struct item *i,
    const struct device_now *now, int64_t asked_ms);

/* The part of a reading job that compares. */
struct comparing {
	struct item **items; /* the db_worker must not read them */
	int64_t *devices;
	struct device_now *now; /* out */
	int64_t asked_ms;	/* out, monotonic: as of then, or later */
	size_t n;
};

/* Move some of the items that are aside into the job. */
void compare_take(struct queue *q, struct arena *a, struct comparing *j);

/* The worker's part: read the present state of the devices. */
const struct err *compare_read(struct db *db, struct arena *a,
    struct comparing *j);

/* The items are compared: move them back to their lines. */
void compare_end(struct credential_table *t, struct queue *q,
    struct comparing *j);

/* The items could not be compared: set them aside again. */
void compare_take_back(struct queue *q, struct comparing *j);

#endif
