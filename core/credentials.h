/* SPDX-License-Identifier: MIT */
/*
 * An application's credential at a provider, by the provider's table of
 * fields: what the admin API, the command outpost app and the live check have
 * in common. The values themselves are read and written by db/application.h.
 */
#ifndef CORE_CREDENTIALS_H
#define CORE_CREDENTIALS_H

#include "lib/json.h"

#include "push/provider.h"

#include "db/application.h"

#include "core/settings.h"

/* Complete the values of a new credential, then refuse one that cannot work.
 * Texts of *found are the arena's. */
const struct err *credentials_check(struct arena *a, const struct settings *s,
    const struct provider *p, struct bytes values[CREDENTIAL_FIELDS],
    struct credential_finding *found);

/* Check a stored credential as credentials_check does and authorize by it as
 * sendd would, without asking anybody. */
const struct err *credentials_try(struct arena *a, const struct settings *s,
    const struct provider *p, const struct bytes *values);

/* What the audit trail keeps of a new credential: every field that is no
 * secret, by its name in the API. */
struct json *credentials_detail(struct arena *a, const struct provider *p,
    const struct bytes *values);

/* What an application shows of its credential: the field at that place, from
 * 1 (NULL: no more), and its value (NULL: none). */
const struct credential_field *credentials_shown(const struct application *app,
    const struct provider *p, unsigned place, const char **value);

/* The shown value of the field with that role; NULL: none. */
const char *credentials_value(const struct application *app,
    const struct provider *p, enum field_role role);

/* The environment that an application names, from the provider that has any;
 * NULL: it names none. */
const char *credentials_environment(const struct credentials *c);

#endif
