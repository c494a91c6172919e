/* SPDX-License-Identifier: MIT */
#include "db/purge.h"

const struct err *
purge_expired(struct db *db, int64_t retention_ms, int64_t keep_ms)
{
	struct value retention = v_i64(retention_ms);
	const struct err *e;

	if ((e = db_exec(db, SQL_OUTBOX_BODY_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_IDEMPOTENCY_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_CREDENTIAL_STATUS_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_INSTANCE_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_DEVICE_PURGE, VALUES(v_i64(keep_ms)))) !=
		NULL ||
	    (e = db_exec(db, SQL_MESSAGE_PURGE, VALUES(retention))) != NULL)
		return e;
	return db_exec(db, SQL_SEND_PURGE, VALUES(retention));
}
