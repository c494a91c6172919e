/* SPDX-License-Identifier: MIT */
/*
 * Where sealed boxes lie in the database, and walking over all of them:
 * counting by key, sealing anew under the current key, and sealing what lies
 * open since the published server kept it so. A new box takes the place of
 * the old one only if that is still there, so nobody's change is lost; the
 * credential's version stays, for it is the same credential.
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
	BOX_SHUT,    /* it does not open */
	BOX_CLEAR    /* it lay open; only with BOX_SEAL */
};

enum box_work {
	BOX_LOOK,
	BOX_RESEAL, /* put those that are BOX_OLDER under the current key */
	BOX_SEAL    /* seal credentials that are text; for setup */
};

/* One that was come by. Texts live during the call. */
struct box_found {
	enum box_state state;
	const char *app_id; /* NULL: a kept token of APNs */
	const char *column;
	struct keyring_view view;
	const char *why; /* of BOX_SHUT */
	bool resealed;	 /* just now; of BOX_CLEAR: sealed */
};
typedef void box_tell(const struct box_found *box, void *arg);

/* Do that work, and tell of every box. */
const struct err *box_walk(struct db *db, struct keyring *k,
    enum box_work work, box_tell *tell, void *arg);

/* May we write them? An error when not. Changes nothing. */
const struct err *box_may_write(struct db *db);

#endif
