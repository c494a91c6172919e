/* SPDX-License-Identifier: MIT */
/* Credentials that came from the published server lie open in their columns:
 * setup seals them. For setup, on an administrator's connection. */
#ifndef DB_SEAL_H
#define DB_SEAL_H

#include "db/db.h"
#include "lib/crypto.h"

enum seal_found {
	SEAL_DONE, /* it was open and is sealed now */
	SEAL_SHUT  /* it is sealed and does not open under this key */
};

typedef void seal_tell(enum seal_found found, const char *app_id,
    const char *column, void *arg);

/* Look at every credential; tell of those that are not as they should be. */
const struct err *seal_all(struct db *db,
    const unsigned char box[CRYPTO_BOX_KEY], seal_tell *tell, void *arg);

#endif
