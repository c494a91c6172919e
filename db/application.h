/* SPDX-License-Identifier: MIT */
/* Applications and their provider credentials. Keys and secrets are sealed
 * on the way in and opened on the way out, bound to their row and column. */
#ifndef DB_APPLICATION_H
#define DB_APPLICATION_H

#include "db/credential_columns.h"
#include "db/db.h"
#include "db/walk.h"
#include "lib/arena.h"
#include "lib/keyring.h"
#include "lib/platform.h"
#include "lib/text.h"

struct application {
	int64_t id;
	const char *app_id;
	bool has[PLATFORM__COUNT]; /* the platform has credentials */
	/* The values that may be shown, in the order of APP_COLUMNS (sql.c):
	 * APNs bundle, key id, team id, environment; FCM and HMS project. */
	const char *shown[PLATFORM__COUNT][CREDENTIAL_SHOWN];
};

/* The arena owns the texts. ERR_MISSING: no application has that name. */
const struct err *application_by_name(struct db *db, struct arena *a,
    const char *app_id, struct application *app);

/* The error of application_by_name. */
const struct err *application_missing(const char *app_id);

/* Read the columns of APP_COLUMNS (sql.c) of the current row, from at on. */
void application_of_row(struct arena *a, const struct rows *r, unsigned at,
    struct application *app);

const struct err *application_by_id(struct db *db, struct arena *a, int64_t id,
    struct application *app);

/* All applications, in order of app_id. */
const struct err *application_list(struct db *db, struct arena *a,
    struct application **list, size_t *n);

/* A part of that list, with few applications in memory at a time: each is valid
 * during the call of take; the first error of take ends the list. */
typedef const struct err *application_take(const struct application *app,
    void *arg);
const struct err *application_page(struct db *db, const struct part *part,
    application_take *take, void *arg);

/* Applications of which only the names are known: rows without any credentials,
 * and names in local activations without a row. In order of app_id, the only
 * member that is filled. */
const struct err *application_unconfigured(struct db *db,
    const struct part *part, application_take *take, void *arg);

/* Add an application. ERR_DUPLICATE when the name is taken. */
const struct err *application_add(struct db *db, const char *app_id,
    int64_t *id);

/* Set the platform's credential; the values are in plaintext, and the secret is
 * sealed here. values NULL: remove the credential (no keyring is needed). */
const struct err *application_set_credential(struct db *db, struct keyring *k,
    int64_t id, enum platform p, const struct bytes *values);

struct credentials {
	int64_t id;
	const char *app_id;
	uint64_t version;
	/* Plaintext, in the order of credential_columns.h. */
	struct bytes values[PLATFORM__COUNT][CREDENTIAL_FIELDS];
	/* why a secret could not be opened, or "" */
	char trouble[PLATFORM__COUNT][160];
};

/* Read and open the credentials. A secret that cannot be opened is returned as
 * absent, with the reason in trouble. The memory of secrets is wiped with the
 * arena. ERR_MISSING: no such application. */
const struct err *application_credentials(struct db *db, struct arena *a,
    struct keyring *k, int64_t id, struct credentials *c);

struct application_version {
	int64_t id;
	uint64_t version;
};
const struct err *application_versions(struct db *db, struct arena *a,
    struct application_version **list, size_t *n);

/* A checksum of application_versions: another one when they have changed. */
const struct err *application_versions_sum(struct db *db, uint64_t *sum);

#endif
