/* SPDX-License-Identifier: MIT */
#include "db/purge.h"

#define HISTORY_STEPS 100

/* In steps, so that no transaction is long. A new row for each message of a
 * busy server: as many are removed as come. */
static const struct err *
purge_history(struct db *db, int64_t history_ms)
{
	const struct err *e = NULL;
	uint64_t n = SQL_HISTORY_PURGED;

	for (int i = 0; e == NULL && n == SQL_HISTORY_PURGED &&
	     i < HISTORY_STEPS; i++) {
		e = db_exec(db, SQL_HISTORY_PURGE, VALUES(v_i64(history_ms)));
		n = e == NULL ? db_affected(db) : 0;
	}
	return e;
}

const struct err *
purge_expired(struct db *db, int64_t retention_ms, int64_t keep_ms,
    int64_t history_ms)
{
	struct value retention = v_i64(retention_ms);
	const struct err *e;

	if ((e = db_exec(db, SQL_OUTBOX_BODY_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_IDEMPOTENCY_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_CREDENTIAL_STATUS_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_INSTANCE_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_DEVICE_PURGE, VALUES(v_i64(keep_ms)))) !=
		NULL ||
	    (e = purge_history(db, history_ms)) != NULL ||
	    (e = db_exec(db, SQL_MESSAGE_PURGE, VALUES(retention))) != NULL)
		return e;
	return db_exec(db, SQL_SEND_PURGE, VALUES(retention));
}
