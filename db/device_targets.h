/* SPDX-License-Identifier: MIT */
/*
 * The devices that a message to a user reaches: those not in quarantine. Of a
 * device is filled: id, platform, environment, token, active, activation_id,
 * generation. A user's devices are ordered by id.
 */
#ifndef DB_DEVICE_TARGETS_H
#define DB_DEVICE_TARGETS_H

#include "db/device.h"

#define DEVICE_TARGETS_MAX 100000
/* one row more is read, to know whether there are more */
_Static_assert(SQL_DEVICES_TARGETED == DEVICE_TARGETS_MAX + 1, "as in sql.h");

/* Read the columns of DEVICE_TARGET (sql.c) of the current row, the first. */
void device_target_of_row(struct arena *a, const struct rows *r,
    struct device *d);

/* The devices of one user; activation_id NULL: of all activations. *more:
 * there are more than DEVICE_TARGETS_MAX, and the list has only the first. */
const struct err *device_targets(struct db *db, struct arena *a,
    const char *user_id, int64_t app, const char *activation_id,
    struct device **list, size_t *n, bool *more);

/* A user, and out: the devices of all activations. */
struct device_user {
	const char *user_id;
	struct device *devices;
	size_t n;
};

/* The devices of many users at once; no user may be named twice. *more: they
 * have more than DEVICE_TARGETS_MAX in all, and none is filled. */
const struct err *device_targets_of_users(struct db *db, struct arena *a,
    int64_t app, struct device_user *users, size_t n, bool *more);

#endif
