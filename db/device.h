/* SPDX-License-Identifier: MIT */
/* Registered devices: a device maps a push token to a user's activation. */
#ifndef DB_DEVICE_H
#define DB_DEVICE_H

#include "db/db.h"
#include "lib/arena.h"

struct part;

#define DEVICE_ID_MAX 37     /* of an activation id */
#define DEVICE_ADDRESS_MAX 1300

struct device {
	int64_t id;
	const char *activation_id, *user_id;
	int64_t app;		 /* id of the application's row */
	const char *app_id;	 /* its name, in lists */
	const char *platform;	 /* as registered: "ios" stays "ios" */
	const char *environment; /* APNs: development, production, NULL */
	const char *token;
	const char *address; /* where it is reached; NULL: the token says.
				Filled by imports only */
	uint32_t generation; /* counts changes of user, activation and
				application; filled by device_targets.c only */
	int64_t registered_ms;
	bool active;
	int64_t gone_ms; /* 0: not in quarantine */
	const char *gone_reason;
};

/* Read the columns of DEVICE_COLUMNS (sql.c) of the current row, from at on. */
void device_of_row(struct arena *a, const struct rows *r, unsigned at,
    struct device *d);

/* The application of the device that is registered for an activation: its id
 * and its name; 0 and NULL when there is no such device. */
const struct err *device_app(struct db *db, struct arena *a,
    const char *activation_id, int64_t *app, const char **app_id);

/* Remove the app's rows that have the token plain, and its APNs rows that have
 * the token apns (NULL: none). It is no error when there are none. */
const struct err *device_remove(struct db *db, int64_t app, const char *plain,
    const char *apns);

/* Set the activation's devices active or not; app 0: of any application. */
const struct err *device_set_active(struct db *db, const char *activation_id,
    int64_t app, bool active);

/* Take devices of an app out of quarantine: by token (as for device_remove),
 * activation or user; NULL for the others. *n: number of restored devices;
 * *left: number that stays in quarantine, because the token is invalid. */
const struct err *device_restore(struct db *db, int64_t app,
    const char *plain, const char *apns, const char *activation_id,
    const char *user_id, uint64_t *n, uint64_t *left);

/* The number of devices of an app that are registered for that platform by this
 * name of it. */
const struct err *device_of_platform(struct db *db, int64_t app,
    const char *platform, uint64_t *n);

/* The number of devices of an app in quarantine. */
const struct err *device_quarantined(struct db *db, int64_t app, uint64_t *n);

#define DEVICE_LIST_MAX 1000
/* one row more is read than listed, to know whether there are more */
_Static_assert(SQL_DEVICES_LISTED == DEVICE_LIST_MAX + 1, "as in sql.h");

/* A user's devices, newest first, those registered at the same moment by id:
 * this part of them (db/walk.h), of size 0 the first DEVICE_LIST_MAX; *more:
 * there are more behind it. app_id: in this application, and must live as long
 * as the list; NULL: in those of the part. */
const struct err *device_list(struct db *db, struct arena *a,
    const char *user_id, const char *app_id, const struct part *part,
    struct device **list, size_t *n, bool *more);

#endif
