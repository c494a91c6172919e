/* SPDX-License-Identifier: MIT */
/* What operators see and say: how each credential fares, what is held, what
 * became of everything; and the tokens that outlive a restart. */
#ifndef DB_HEALTH_H
#define DB_HEALTH_H

#include "db/db.h"
#include "lib/arena.h"
#include "lib/keyring.h"

#define HOLD_ALL 255 /* every platform of the app */

struct hold {
	int64_t app;
	const char *app_id;
	unsigned platform; /* enum platform, or HOLD_ALL */
	int64_t since_ms;
	const char *reason;
};
const struct err *hold_list(struct db *db, struct arena *a,
    struct hold **list, size_t *n);
const struct err *hold_put(struct db *db, int64_t app, unsigned platform,
    const char *reason);
/* *n: how many were released. */
const struct err *hold_remove(struct db *db, int64_t app, unsigned platform,
    uint64_t *n);

struct health {
	int64_t app;
	const char *app_id, *instance, *state, *reason;
	unsigned platform, environment;
	int64_t since_ms, until_ms, seen_ms; /* until 0: open end */
	uint64_t accepted, suspects, gone;   /* in the guard's window */
};
/* As one sendd sees them; until_ms counts from now here, 0: none. */
const struct err *health_put(struct db *db, const char *instance,
    const struct health *list, size_t n);
/* Held back, and seen so lately: what a sendd that has gone saw is no news. */
bool health_is_held(const struct health *h, int64_t lease_ms, int64_t now_ms);
/* Seen within the last hour. */
const struct err *health_list(struct db *db, struct arena *a,
    struct health **list, size_t *n);

/* Of an application with a provider; what is beyond them is "other". */
#define COUNTER_REASONS 64

struct counter {
	int64_t app;
	const char *app_id;
	unsigned platform;
	const char *outcome, *reason;
	uint64_t n;
};
/* Add to them. */
const struct err *counter_add(struct db *db, const struct counter *list,
    size_t n);
const struct err *counter_list(struct db *db, struct arena *a,
    struct counter **list, size_t *n);

/* Give a quarantined device back: by token (its spellings, as for
 * device_remove), activation or user of an app; the others NULL. *n: how
 * many; *left: how many stay, because what they have is no token. */
const struct err *device_restore(struct db *db, int64_t app,
    const char *plain, const char *apns, const char *activation_id,
    const char *user_id, uint64_t *n, uint64_t *left);

/* Ask one of the sendd to try an app's credentials; its answer (JSON), NULL
 * while there is none. */
const struct err *check_ask(struct db *db, int64_t app);
const struct err *check_answer(struct db *db, struct arena *a, int64_t app,
    const char **answer);

/* For sendd: the apps whose check is this instance's to do. */
const struct err *check_take(struct db *db, struct arena *a,
    const char *owner, int64_t **apps, size_t *n);
const struct err *check_done(struct db *db, const char *owner, int64_t app,
    const char *answer);

/* A token kept over a restart, sealed under its name (SHA-256 in hex).
 * ERR_MISSING when there is none that opens. */
const struct err *access_token_save(struct db *db, struct keyring *k,
    const char *name, const char *token, int64_t granted_s);
const struct err *access_token_load(struct db *db, struct keyring *k,
    const char *name, struct buf *token, int64_t *granted_s);

#endif
