/* SPDX-License-Identifier: MIT */
/*
 * The statements that write a credential, by platform. They stand apart from
 * its columns, because programs that only read have no right to run them.
 */
#ifndef DB_CREDENTIAL_WRITES_H
#define DB_CREDENTIAL_WRITES_H

#include "db/sql.h"

#include "lib/platform.h"

struct credential_writes {
	enum sql_id set;     /* values in order, then the application's id */
	enum sql_id replace; /* new box, application's id, old box */
};

extern const struct credential_writes credential_writes[PLATFORM__COUNT];

#endif
