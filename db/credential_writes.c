/* SPDX-License-Identifier: MIT */
#include "db/credential_writes.h"

const struct credential_writes credential_writes[PLATFORM__COUNT] = {
    [PLATFORM_APNS] = {SQL_APP_SET_APNS, SQL_SEALED_REPLACE_APNS},
    [PLATFORM_FCM] = {SQL_APP_SET_FCM, SQL_SEALED_REPLACE_FCM},
    [PLATFORM_HMS] = {SQL_APP_SET_HMS, SQL_SEALED_REPLACE_HMS},
};
