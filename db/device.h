/* SPDX-License-Identifier: MIT */
/* Registered devices: which token stands for which user's activation. */
#ifndef DB_DEVICE_H
#define DB_DEVICE_H

#include "db/activation.h"
#include "db/db.h"
#include "lib/arena.h"

#define DEVICE_ID_MAX 37     /* of an activation id */

struct device {
	int64_t id;
	const char *activation_id, *user_id;
	int64_t app;		 /* id of the application's row */
	const char *app_id;	 /* its name, in lists */
	const char *platform;	 /* as registered: "ios" stays "ios" */
	const char *environment; /* APNs: development, production, NULL */
	const char *token;
	uint32_t generation; /* user, activation or application changed so
				often; filled by device_targets only */
	int64_t registered_ms;
	bool active;
	int64_t gone_ms; /* 0: not in quarantine */
	const char *gone_reason;
};

struct registration {
	int64_t app;
	const char *activation_id, *user_id;
	const char *platform, *environment;
	const char *token; /* in its canonical form */
	bool active;
	const struct activation *local; /* kept with it; NULL: elsewhere */
	bool own; /* refuse a row that belongs to another application */
	bool shared; /* several activations may have one token (multi) */
};

/*
 * Register: a row with the same activation and token, else the same
 * activation, else the same app and token is taken over; none: a new one.
 * Clears the quarantine. Transaction inside; parallel calls leave what they
 * would leave one after the other. More rows with that app and token: they
 * are removed; with shared they stay, and ERR_AMBIGUOUS when none of
 * them is the activation's (the multi call is for that). ERR_DENIED with own,
 * when row or activation belong to another application.
 */
const struct err *device_register(struct db *db, const struct registration *r);

/*
 * The multi call: all of the list, at least one and of one app and token, in
 * one transaction. For each in order the
 * lookup of device_register; none: a new row; one: taken over unless this
 * call used it already, then a new row; several: those not used by this call
 * are deleted, and a new row.
 */
const struct err *device_register_all(struct db *db,
    const struct registration *list, size_t n);

/* The application of the device that is registered for an activation: its id
 * and its name; 0 and NULL when there is no such device. */
const struct err *device_app(struct db *db, struct arena *a,
    const char *activation_id, int64_t *app, const char **app_id);

/* Remove the rows of the app that have the token plain, or are of APNs and
 * have the token apns (NULL: none). It is no error when there are none. */
const struct err *device_remove(struct db *db, int64_t app, const char *plain,
    const char *apns);

/* Set the activation's devices active or not; app 0: of any application. */
const struct err *device_set_active(struct db *db, const char *activation_id,
    int64_t app, bool active);

/* Take devices of an app out of quarantine: by token (as for device_remove),
 * activation or user; NULL for the others. *n: how many; *left: how many stay
 * in quarantine, because what they have is no token. */
const struct err *device_restore(struct db *db, int64_t app,
    const char *plain, const char *apns, const char *activation_id,
    const char *user_id, uint64_t *n, uint64_t *left);

#define DEVICE_LIST_MAX 1000
#define DEVICE_TARGETS_MAX 100000
/* one more is read, to know that there are others */
_Static_assert(SQL_DEVICES_LISTED == DEVICE_LIST_MAX + 1, "as in sql.h");
_Static_assert(SQL_DEVICES_TARGETED == DEVICE_TARGETS_MAX + 1, "as in sql.h");

/* A user's devices, newest first, at most DEVICE_LIST_MAX; *more: there are
 * others. app_id: in this application (NULL: in any); apps: in these only (a
 * JSON array of names; NULL: any). */
const struct err *device_list(struct db *db, struct arena *a,
    const char *user_id, const char *app_id, const char *apps,
    struct device **list, size_t *n, bool *more);

/* The devices that a message to a user reaches: those not in quarantine;
 * activation_id NULL: of all activations. Filled: id, platform, environment,
 * token, active, activation_id, generation. *more: there are more than
 * DEVICE_TARGETS_MAX, and the list has only the first. */
const struct err *device_targets(struct db *db, struct arena *a,
    const char *user_id, int64_t app, const char *activation_id,
    struct device **list, size_t *n, bool *more);

#endif
