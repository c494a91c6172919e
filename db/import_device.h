/* SPDX-License-Identifier: MIT */
/* Devices from a dump of another server: many at a time, with the times at
 * which they were registered there. core/import_device.h decides what is
 * written. */
#ifndef DB_IMPORT_DEVICE_H
#define DB_IMPORT_DEVICE_H

#include "db/device.h"

/* A row here that has the activation or the token of a device of the list. */
struct import_found {
	size_t of; /* position in the list */
	bool by_activation;
	struct device d; /* without app_id */
};

/* Find them, in order of the list; lock: until the transaction ends, in which
 * no registration of one of the tokens is under way (see push_device_turn). */
const struct err *import_device_find(struct db *db, struct arena *a,
    const struct device *list, size_t n, bool lock,
    struct import_found **found, size_t *n_found);

/* In that transaction: write the devices, those with an id over their rows.
 * local: with activations of our own, where no PowerAuth Server stores them.
 * registered_ms 0: now. */
const struct err *import_device_put(struct db *db,
    const struct device *const *list, size_t n, bool local);

/* Remove a row, in that transaction. */
const struct err *import_device_drop(struct db *db, int64_t id);

/* The devices with ids behind this one, in order of id; *n 0: no more. */
const struct err *import_device_after(struct db *db, struct arena *a,
    int64_t id, struct device **list, size_t *n);

/* Has an import set it aside? The next dump that has it brings it back. */
bool import_device_is_aside(const struct device *d);

/* Set a device aside, unless it was registered again meanwhile. */
const struct err *import_device_aside(struct db *db, const struct device *d);

#endif
