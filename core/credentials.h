/* SPDX-License-Identifier: MIT */
/*
 * An application's credential at a provider, handled by the provider's table
 * of fields: the shared part of the admin API, of the command outpost app and
 * of the live check. db/application.h reads and writes the values.
 */
#ifndef CORE_CREDENTIALS_H
#define CORE_CREDENTIALS_H

#include "lib/json.h"

#include "push/provider.h"

#include "db/application.h"

#include "core/settings.h"

/* Complete the values of a new credential, then refuse a credential that
 * cannot work. The texts of *found belong to the arena. */
const struct err *credentials_check(struct arena *a, const struct settings *s,
    const struct provider *p, struct bytes values[CREDENTIAL_FIELDS],
    struct credential_finding *found);

/* Check a stored credential as credentials_check does, then authorize with it
 * as sendd would, without any network call. */
const struct err *credentials_try(struct arena *a, const struct settings *s,
    const struct provider *p, const struct bytes *values);

/* "ok": the stored credential passes credentials_try; "none": there is none;
 * "error", and *why (in the arena) says what is wrong with it. */
const char *credentials_state(struct arena *a, const struct settings *s,
    const struct credentials *k, enum platform p, const char **why);

/* The audit trail's record of a new credential: every field that is not a
 * secret, by its name in the API. */
struct json *credentials_detail(struct arena *a, const struct provider *p,
    const struct bytes *values);

/* A field of the credential that is shown with an application: the field at
 * that place, counted from 1 (NULL: no more fields), and its value (NULL:
 * none). */
const struct credential_field *credentials_shown(const struct application *app,
    const struct provider *p, unsigned place, const char **value);

/* The shown value of the field with that role; NULL: none. */
const char *credentials_value(const struct application *app,
    const struct provider *p, enum field_role role);

/* The environment that an application names, from the provider that has
 * environments; NULL: the application names none. */
const char *credentials_environment(const struct credentials *c);

#endif
