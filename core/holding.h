/* SPDX-License-Identifier: MIT */
/*
 * How an operator holds what an application sends, and releases it: the same
 * for the command and for the API. Both change the database only; each sendd
 * reads the change within a second.
 */
#ifndef CORE_HOLDING_H
#define CORE_HOLDING_H

#include "lib/arena.h"
#include "lib/json.h"

#include "db/db.h"
#include "db/hold.h"

#define HOLDING_SEEN_MS 2000 /* then each sendd has read a change */
#define HOLDING_REASON_MAX 200 /* bytes, as the column has characters */

/* What is to be held or released. */
struct holding {
	int64_t app;
	const char *app_id;
	unsigned platform; /* or HOLD_ALL */
	const char *host;  /* NULL: all hosts of the platform */
};

enum holding_host {
	HOLDING_HOST_FINE, /* or there is none */
	HOLDING_HOST_STRAY, /* a platform without hosts of its own */
	HOLDING_HOST_ODD    /* not the full name of a host, in lower case */
};

enum holding_host holding_host_check(const struct holding *h);

/* The members that tell of it: appId, provider, host. */
struct json *holding_json(struct arena *a, const struct holding *h);

/* Send nothing of it until it is released; reason NULL: none is known. Whoever
 * holds it once more gives it another reason. */
const struct err *holding_put(struct db *db, const struct holding *h,
    const char *reason);

/* May it be released? ERR_CONFLICT: it is a part of what is held as a whole;
 * *wider is that hold, else it is not set. */
const struct err *holding_may_release(struct db *db, struct arena *a,
    const struct holding *h, struct hold *wider);

/* n rows so far, of the given number of shards; false: stop here. */
typedef bool holding_told(uint64_t n, unsigned shards, void *arg);

/*
 * Make the rows that wait for another try due in in_ms, shard by shard, so that
 * it can be stopped and done again: rows that are due already are not changed.
 * app 0: of any application, HOLD_ALL: of all platforms. *n: how many rows.
 */
const struct err *holding_retry(struct db *db, int64_t app, unsigned platform,
    int64_t in_ms, holding_told *told, void *arg, uint64_t *n);

/* End the hold, *holds of them, and make *rows that it has put off due when
 * each sendd has read of it: sooner, a sendd might put them off again. */
const struct err *holding_release(struct db *db, const struct holding *h,
    holding_told *told, void *arg, uint64_t *holds, uint64_t *rows);

#endif
