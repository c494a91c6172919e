/* SPDX-License-Identifier: MIT */
/*
 * Shared by the composers: extras without nulls, the notification in the
 * spelling of both Android services, seconds to live, size and warnings.
 */
#ifndef PUSH_PAYLOAD_H
#define PUSH_PAYLOAD_H

#include "lib/json.h"
#include "push/provider.h"

/* Initialise a template for m. ERR_INVALID when the whole message is empty: no
 * service could show or deliver anything. */
const struct err *template_init(struct template *t, const struct message *m);

/* Add a warning about something left out or changed. A warning for which there
 * is no room is dropped. */
void template_warn(struct template *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Set t->size to the size of the pieces plus beside bytes; ERR_TOOBIG over
 * max. service is its name for people. */
const struct err *template_measure(struct template *t, size_t beside,
    size_t max, const char *service);

/* Append the end of the JSON, the same for both Android services: the seconds
 * to live, the members of android, then data and apns (NULL: none). */
void template_splice(struct template *t, const struct json *android,
    const struct json *data, const struct json *apns);

/* Whole seconds until the message expires: rounded up, from 1 to max. */
int64_t template_seconds(const struct template *t, int64_t now_ms,
    int64_t max);

/* A copy of the extras without nulls at any depth and without the reserved
 * names ("aps", "google*"; the list ends in NULL), each of which gives a
 * warning. Empty when there are no extras. Free it with json_free. */
struct json *payload_extras(const struct message *m,
    const char *const *reserved, struct template *t);

/* Set localisation arguments as texts; leave them out when there are none or
 * there is no key. */
void payload_args(struct json *into, const char *name, const char *key,
    const struct json *args);

/* Set the members of an Android notification that have the same names at FCM
 * and HMS. */
void payload_notification(const struct message *m, struct json *into);

/* Add the notification to data as one text, under the name that existing apps
 * read. */
void payload_as_data(const struct json *notification, struct json *data,
    struct template *t);

/* ERR_INVALID unless the token is a canonical FCM or HMS token. */
const struct err *payload_token(const char *token);

#endif
