/* SPDX-License-Identifier: MIT */
/*
 * The columns of push_app_credentials, by platform. A credential is its values
 * in the order of its provider's fields (push/credential_field.h), which is
 * the order of the columns here, in SQL_APP_CREDENTIALS and in the statement
 * that sets it.
 */
#ifndef DB_CREDENTIAL_COLUMNS_H
#define DB_CREDENTIAL_COLUMNS_H

#include "lib/platform.h"

/* clang-format off */
/* C(column) for each column in plaintext, S(column) for the sealed one. */
#define CREDENTIAL_COLUMNS_APNS(C, S) \
	S(apns_private_key) C(apns_key_id) C(apns_team_id) C(apns_bundle) \
	C(apns_environment)
#define CREDENTIAL_COLUMNS_FCM(C, S) S(fcm_private_key) C(fcm_project_id)
#define CREDENTIAL_COLUMNS_HMS(C, S) \
	C(hms_project_id) C(hms_client_id) S(hms_client_secret)
#define CREDENTIAL_COLUMNS_WEBPUSH(C, S) \
	S(webpush_private_key) C(webpush_public_key) C(webpush_subject) \
	C(webpush_default_url)

/* The columns that lists show, in the order of the fields (push/credential_field.h). */
#define CREDENTIAL_SHOWN_APNS(C) \
	C(apns_bundle) C(apns_key_id) C(apns_team_id) C(apns_environment)
#define CREDENTIAL_SHOWN_FCM(C) C(fcm_project_id)
#define CREDENTIAL_SHOWN_HMS(C) C(hms_project_id)
#define CREDENTIAL_SHOWN_WEBPUSH(C) \
	C(webpush_public_key) C(webpush_subject) C(webpush_default_url)
/* clang-format on */

#define CREDENTIAL_FIELDS 5 /* columns of one provider, at most */
#define CREDENTIAL_SHOWN 4  /* columns of one provider that lists show */

struct credential_columns {
	unsigned n;	    /* columns */
	unsigned shown;	    /* columns of it in APP_COLUMNS of sql.c */
	unsigned sealed;    /* position of the sealed column */
	const char *column; /* name of the sealed column, part of the AAD */
};

extern const struct credential_columns credential_columns[PLATFORM__COUNT];

/* The position of a platform's first column in SQL_APP_CREDENTIALS. */
unsigned credential_columns_at(unsigned platform);

#endif
