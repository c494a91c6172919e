/* SPDX-License-Identifier: MIT */
/* Applications and their provider credentials. Keys and secrets are sealed
 * on the way in and opened on the way out, bound to their row and column. */
#ifndef DB_APPLICATION_H
#define DB_APPLICATION_H

#include "db/db.h"
#include "db/walk.h"
#include "lib/arena.h"
#include "lib/keyring.h"

struct application {
	int64_t id;
	const char *app_id;
	bool apns, fcm, hms; /* credentials are there */
	const char *apns_bundle, *apns_key_id, *apns_team_id;
	const char *apns_environment; /* "development", "production", NULL */
	const char *fcm_project_id, *hms_project_id;
};

/* Texts are the arena's. ERR_MISSING when there is none of that name. */
const struct err *application_by_name(struct db *db, struct arena *a,
    const char *app_id, struct application *app);

const struct err *application_by_id(struct db *db, struct arena *a, int64_t id,
    struct application *app);

/* All, in order of app_id. */
const struct err *application_list(struct db *db, struct arena *a,
    struct application **list, size_t *n);

/* The same, part of them and few in memory at a time: each lives only during
 * the call of take, whose first error ends it. */
typedef const struct err *application_take(const struct application *app,
    void *arg);
const struct err *application_page(struct db *db, const struct part *part,
    application_take *take, void *arg);

/* Those of which only names are known: rows without any credentials, and
 * names in local activations without a row. In order of app_id, the only
 * member filled. */
const struct err *application_unconfigured(struct db *db,
    const struct part *part, application_take *take, void *arg);

/* ERR_DUPLICATE when the name is taken. */
const struct err *application_add(struct db *db, const char *app_id,
    int64_t *id);

/* Credentials in clear, as given and as used. A NULL key or secret in a
 * setter removes that provider's credentials (and needs no keyring). */
struct apns_credentials {
	const char *key; /* PEM text of the .p8 file */
	size_t key_len;
	const char *team_id, *key_id, *bundle, *environment;
};
struct fcm_credentials {
	const char *key; /* the service account's JSON file */
	size_t key_len;
	const char *project_id;
};
struct hms_credentials {
	const char *project_id, *client_id, *client_secret;
};

const struct err *application_set_apns(struct db *db, struct keyring *k,
    int64_t id, const struct apns_credentials *c);
const struct err *application_set_fcm(struct db *db, struct keyring *k,
    int64_t id, const struct fcm_credentials *c);
const struct err *application_set_hms(struct db *db, struct keyring *k,
    int64_t id, const struct hms_credentials *c);

struct credentials {
	int64_t id;
	const char *app_id;
	uint64_t version;
	struct apns_credentials apns; /* key NULL: none */
	struct fcm_credentials fcm;
	struct hms_credentials hms;
	char trouble[3][160]; /* by platform: why a key did not open, or "" */
};

/* Opened; one that does not open is as none, with its trouble told. Memory
 * of secrets is wiped with the arena. ERR_MISSING: no such application. */
const struct err *application_credentials(struct db *db, struct arena *a,
    struct keyring *k, int64_t id, struct credentials *c);

struct application_version {
	int64_t id;
	uint64_t version;
};
const struct err *application_versions(struct db *db, struct arena *a,
    struct application_version **list, size_t *n);

#endif
