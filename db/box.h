/* SPDX-License-Identifier: MIT */
/*
 * Where sealed boxes lie in the database, and walking over all of them:
 * counting by key, and sealing anew under the current key. A box that is
 * sealed anew takes the place of the old one only if that is still there,
 * so nobody's change is lost; the credential's version stays, for it is the
 * same credential.
 */
#ifndef DB_BOX_H
#define DB_BOX_H

#include "db/db.h"
#include "lib/keyring.h"

#define BOX_PLACE 96
#define BOX_MAX (64 * 1024) /* bytes of one, sealed or not */

void box_place_app(const char *column, int64_t id, char place[BOX_PLACE]);
void box_place_grant(const char *name, char place[BOX_PLACE]);

enum box_state {
	BOX_CURRENT, /* under the current key */
	BOX_OLDER,   /* under an older one, or of the old form */
	BOX_SHUT     /* it does not open */
};

/* One that was come by. Texts live during the call. */
struct box_found {
	enum box_state state;
	const char *app_id; /* NULL: a kept token of APNs */
	const char *column;
	struct keyring_view view;
	const char *why; /* of BOX_SHUT */
	bool resealed;	 /* just now */
};
typedef void box_tell(const struct box_found *box, void *arg);

/* Tell of every box; reseal: put those that are BOX_OLDER under the current
 * key first (and tell of them as BOX_CURRENT). */
const struct err *box_walk(struct db *db, struct keyring *k, bool reseal,
    box_tell *tell, void *arg);

/* May we write them? An error when not. Changes nothing. */
const struct err *box_may_write(struct db *db);

#endif
