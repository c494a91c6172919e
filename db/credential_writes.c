/* SPDX-License-Identifier: MIT */
#include "db/credential_writes.h"

#define ROW(number, id, name, old)                                             \
	[PLATFORM_##id] = {SQL_APP_SET_##id, SQL_SEALED_REPLACE_##id},

const struct credential_writes credential_writes[PLATFORM__COUNT] = {
    PLATFORMS(ROW)};
