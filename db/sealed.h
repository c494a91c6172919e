/* SPDX-License-Identifier: MIT */
/*
 * Where sealed boxes lie in the database, and walking over all of them:
 * counting by key, sealing anew under the current key, and sealing what lies
 * open since the published server kept it so. A new box takes the place of
 * the old one only if that is still there, so nobody's change is lost; the
 * credential's version stays, for it is the same credential.
 */
#ifndef DB_SEALED_H
#define DB_SEALED_H

#include "db/db.h"
#include "lib/keyring.h"

#define SEALED_LABEL_MAX 96
#define SEALED_MAX (64 * 1024) /* bytes of one, sealed or not */

void sealed_label_app(const char *column, int64_t id,
		      char place[SEALED_LABEL_MAX]);
void sealed_label_access_token(const char *name, char place[SEALED_LABEL_MAX]);

enum sealed_state {
	SEALED_CURRENT, /* under the current key */
	SEALED_OLDER,   /* under an older one, or of the old form */
	SEALED_UNREADABLE,    /* it does not open */
	SEALED_PLAINTEXT    /* it lay open; only with SEALED_SEAL */
};

enum sealed_work {
	SEALED_LOOK,
	SEALED_RESEAL, /* put those that are SEALED_OLDER under the current key
			*/
	SEALED_SEAL    /* seal credentials that are text; for setup */
};

/* One that was come by. Texts live during the call. */
struct sealed_found {
	enum sealed_state state;
	const char *app_id; /* NULL: a kept token of APNs */
	const char *column;
	struct keyring_view view;
	const char *why; /* of SEALED_UNREADABLE */
	bool resealed;	 /* just now; of SEALED_PLAINTEXT: sealed */
};
typedef void sealed_fn(const struct sealed_found *box, void *arg);

/* Do that work, and tell of every box. */
const struct err *sealed_walk(struct db *db, struct keyring *k,
    enum sealed_work work, sealed_fn *tell, void *arg);

/* May we write them? An error when not. Changes nothing. */
const struct err *sealed_may_write(struct db *db);

#endif
