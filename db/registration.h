/* SPDX-License-Identifier: MIT */
/* Registering devices: a row is found or added, and never two for one phone. */
#ifndef DB_REGISTRATION_H
#define DB_REGISTRATION_H

#include "db/activation.h"
#include "db/db.h"

struct registration {
	int64_t app;
	const char *activation_id, *user_id;
	const char *platform, *environment;
	const char *token; /* in its canonical form */
	const char *address; /* where it is reached; NULL: the token says */
	const char *begins;  /* an address that is stored and begins so stays;
				NULL: it is replaced by this one */
	bool active;
	/* activation to store with it; NULL: PowerAuth stores activations */
	const struct activation *local;
	bool own; /* refuse a row that belongs to another application */
	bool shared; /* several activations may have one token (multi) */
};

/*
 * Register a device: update the row with the same activation and token, else
 * with the same activation, else with the same app and token; if none exists,
 * add a row. This ends a quarantine. It is one transaction; parallel calls
 * have the same result as consecutive ones. Other rows with that app and token
 * are removed; with "shared" they stay, and ERR_AMBIGUOUS is returned when none
 * of them is the activation's (the multi call is for that case). ERR_DENIED,
 * only with "own": the row or activation belongs to another application.
 */
const struct err *device_register(struct db *db, const struct registration *r);

/*
 * The multi call: register the whole list (at least one element, all of one app
 * and token) in one transaction. Each element in order does the lookup of
 * device_register. No row: add one. One row: update it; if this call has
 * used it already, add one. Several rows: delete those that this call has
 * not used, and add one.
 */
const struct err *device_register_all(struct db *db,
    const struct registration *list, size_t n);

/* Only device_register can do it: its activation, too, must be of its caller's
 * applications, or it depends on the address that is stored. */
bool registration_goes_alone(const struct registration *r);

/*
 * Register devices of several callers in one transaction, once. done[i]: it is
 * registered. Others are left to device_register: those that go alone, meet
 * another one of the list at a row, find more than their own row, or may have
 * to be refused. *apart as for db_transact_shared.
 */
const struct err *device_register_joint(struct db *db,
    const struct registration *const *list, size_t n, bool *done, bool *apart);

#endif
