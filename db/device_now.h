/* SPDX-License-Identifier: MIT */
/* The present state of a device, to compare with its outbox row. */
#ifndef DB_DEVICE_NOW_H
#define DB_DEVICE_NOW_H

#include "db/db.h"
#include "lib/arena.h"

struct device_now {
	bool there; /* the device is registered and not in quarantine */
	bool active;
	uint32_t generation;
	const char *platform, *environment;
	const char *token;
};

/* Read the present state of these devices, in their order, by one statement;
 * the arena owns the texts. */
const struct err *device_look(struct db *db, struct arena *a,
    const int64_t *ids, size_t n, struct device_now *out);

/* Read the state from a row with the columns of DEVICE_NOW in sql.c, followed
 * by the token; the texts are valid until the next row. */
void device_now(const struct rows *r, unsigned column, struct device_now *out);

#endif
