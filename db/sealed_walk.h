/* SPDX-License-Identifier: MIT */
/*
 * Walking over all sealed values of the database: to count them by key, to
 * seal them again under the current key, or to seal credentials that the
 * published server kept as plaintext. A new value replaces the old one only if
 * the old one is unchanged, so a concurrent change is not lost. The version of
 * the credential stays, because the credential is the same.
 */
#ifndef DB_SEALED_WALK_H
#define DB_SEALED_WALK_H

#include "db/db.h"
#include "lib/keyring.h"

enum sealed_state {
	SEALED_CURRENT,	   /* under the current key */
	SEALED_OLDER,	   /* under an older key, or in the old form */
	SEALED_UNREADABLE, /* no key opens it */
	SEALED_PLAINTEXT   /* it was not sealed; only with SEALED_SEAL */
};

enum sealed_work {
	SEALED_LOOK,   /* change nothing */
	SEALED_CHECK,  /* as SEALED_LOOK, but without access tokens: sendd
			  makes new ones of those that do not open */
	SEALED_RESEAL, /* seal what is SEALED_OLDER under the current key */
	SEALED_SEAL    /* seal credentials that are plaintext; for setup */
};

/* A value that the walk visits. Its texts are valid during the call. */
struct sealed_found {
	enum sealed_state state;
	const char *app_id; /* NULL: an access token of APNs, or the key of
			       the audit trail */
	const char *column;
	struct keyring_view view;
	const char *why; /* SEALED_UNREADABLE: the reason */
	bool resealed;	 /* now; SEALED_PLAINTEXT: it was sealed now */
};
typedef void sealed_fn(const struct sealed_found *found, void *arg);

/* Do the work, and report every value. */
const struct err *sealed_walk(struct db *db, struct keyring *k,
    enum sealed_work work, sealed_fn *report, void *arg);

/* Returns an error when our database user has no right to write sealed values.
 * Changes nothing. */
const struct err *sealed_may_write(struct db *db);

#endif
