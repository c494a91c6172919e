/* SPDX-License-Identifier: MIT */
/* Credentials that came from the published server lie open in their columns:
 * setup seals them. For setup, on an administrator's connection. */
#ifndef DB_SEAL_H
#define DB_SEAL_H

#include "db/db.h"
#include "lib/keyring.h"

enum seal_found {
	SEAL_DONE, /* it was open and is sealed now */
	SEAL_SHUT  /* it is sealed and does not open under the key file */
};

typedef void seal_tell(enum seal_found found, const char *app_id,
    const char *column, void *arg);

/* Look at every credential; tell of those that are not as they should be. */
const struct err *seal_all(struct db *db, struct keyring *k, seal_tell *tell,
    void *arg);

#endif
