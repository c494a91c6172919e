/* SPDX-License-Identifier: MIT */
#include "db/credential_columns.h"

#include <stddef.h>

#define BEFORE 3 /* columns of SQL_APP_CREDENTIALS: id, name, version */

/* A byte for each column: offsets are positions, and the size is the count. */
#define COLUMN(name) char name;
#define SEALED(name) char sealed;
#define POSITIONS(number, id, name, old)                                       \
	struct positions_##id {                                                \
		CREDENTIAL_COLUMNS_##id(COLUMN, SEALED)                        \
	};
PLATFORMS(POSITIONS)

#define NOT_SEALED(name)
#define TEXT(name) #name
#define ONE(name) +1
#define ROW(number, id, name, old)                                             \
	[PLATFORM_##id] = {.n = sizeof(struct positions_##id),                 \
	    .shown = 0 CREDENTIAL_SHOWN_##id(ONE),                             \
	    .sealed = offsetof(struct positions_##id, sealed),                 \
	    .column = CREDENTIAL_COLUMNS_##id(NOT_SEALED, TEXT)},

const struct credential_columns credential_columns[PLATFORM__COUNT] = {
    PLATFORMS(ROW)};

const struct credential_writes credential_writes[PLATFORM__COUNT] = {
    [PLATFORM_APNS] = {SQL_APP_SET_APNS, SQL_SEALED_REPLACE_APNS},
    [PLATFORM_FCM] = {SQL_APP_SET_FCM, SQL_SEALED_REPLACE_FCM},
    [PLATFORM_HMS] = {SQL_APP_SET_HMS, SQL_SEALED_REPLACE_HMS},
};

unsigned
credential_columns_at(unsigned platform)
{
	unsigned at = BEFORE;

	for (unsigned p = 0; p < platform; p++)
		at += credential_columns[p].n;
	return at;
}
