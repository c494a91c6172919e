/* SPDX-License-Identifier: MIT */
#include "db/credential_columns.h"

#define BEFORE 3 /* columns of SQL_APP_CREDENTIALS: id, name, version */

const struct credential_columns credential_columns[PLATFORM__COUNT] = {
    [PLATFORM_APNS] = {5, 4, 0, "apns_private_key"},
    [PLATFORM_FCM] = {2, 1, 0, "fcm_private_key"},
    [PLATFORM_HMS] = {3, 1, 2, "hms_client_secret"},
};

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
