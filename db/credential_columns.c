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

#define FITS(number, id, name, old)                                            \
	_Static_assert(sizeof(struct positions_##id) <= CREDENTIAL_FIELDS,     \
	    "more columns than CREDENTIAL_FIELDS");
PLATFORMS(FITS)

#define NOT_SEALED(name)
#define TEXT(name) #name
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a term of a sum */
#define ONE(name) +1
#define ROW(number, id, name, old)                                             \
	[PLATFORM_##id] = {.n = sizeof(struct positions_##id),                 \
	    .shown = 0 CREDENTIAL_SHOWN_##id(ONE),                             \
	    .sealed = offsetof(struct positions_##id, sealed),                 \
	    .column = CREDENTIAL_COLUMNS_##id(NOT_SEALED, TEXT)},

const struct credential_columns credential_columns[PLATFORM__COUNT] = {
    PLATFORMS(ROW)};

unsigned
credential_columns_at(unsigned platform)
{
	unsigned at = BEFORE;

	for (unsigned p = 0; p < platform; p++)
		at += credential_columns[p].n;
	return at;
}
