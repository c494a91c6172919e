/* SPDX-License-Identifier: MIT */
/*
 * What is told of a thing in JSON: the same members with the same names and
 * values by the API and by the command. Each function adds them to an object;
 * what has no value is left out.
 */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "lib/arena.h"
#include "lib/json.h"

#include "db/activation.h"
#include "db/application.h"
#include "db/credential_status.h"
#include "db/hold.h"
#include "db/instance.h"
#include "db/integration.h"
#include "db/outbox.h"

#include "core/queued.h"

/* A time in ISO 8601; 0 is none. */
void view_instant(struct json *into, const char *name, int64_t ms);

/* Its name, and whether it has a credential, for each provider. */
void view_application(struct json *into, const struct application *app);

/* The fields of the credential that are shown, as "apnsBundle". */
void view_credential_fields(struct arena *a, struct json *into,
    const struct application *app, enum platform platform);

void view_activation(struct json *into, const struct activation *act);

/* Roles, comma separated, and applications, a JSON array or NULL, as lists. */
void view_scope(struct arena *a, struct json *into, const char *roles,
    const char *apps);
void view_integration(struct arena *a, struct json *into,
    const struct integration *i);

/* Of the queue: what waits, what an operator holds, how a credential fares as
 * a sendd sees it, and a sendd. */
void view_depth(struct json *into, const struct outbox_depth *d,
    const struct queued_why *why);
void view_hold(struct json *into, const struct hold *h);
void view_credential(struct json *into, const struct credential_status *h);

/* A provider, and a host of it unless that is "": "webpush at
 * web.push.apple.com". */
const char *view_place(struct arena *a, unsigned platform, const char *host);
void view_instance(struct arena *a, struct json *into,
    const struct instance *i, int64_t lease_ms);

#endif
