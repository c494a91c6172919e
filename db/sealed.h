/* SPDX-License-Identifier: MIT */
/*
 * Sealed values: credentials and access tokens are encrypted in the database
 * (lib/keyring.h). A label, the additional authenticated data (AAD), binds each
 * value to its row and column: copied elsewhere, it cannot be opened.
 * sealed_walk.h visits all of them.
 */
#ifndef DB_SEALED_H
#define DB_SEALED_H

#include <stdint.h>

#define SEALED_LABEL_MAX 96
#define SEALED_MAX (64 * 1024) /* bytes of one value, sealed or not */

/* The label of a credential: its column, and the id of the application. */
void sealed_label_app(const char *column, int64_t id,
    char label[SEALED_LABEL_MAX]);

/* The label of an access token: its name. */
void sealed_label_access_token(const char *name, char label[SEALED_LABEL_MAX]);

/* The label of the key of the audit trail. */
#define SEALED_LABEL_AUDIT_KEY "push_audit_key.sealed:1"

#endif
