/* SPDX-License-Identifier: MIT */
/*
 * What the composers share: extras without nulls, the notification as the
 * two Android services spell it, seconds to live, size and warnings.
 */
#ifndef PUSH_PAYLOAD_H
#define PUSH_PAYLOAD_H

#include "lib/json.h"
#include "push/provider.h"

/* An empty template for m. ERR_INVALID when the whole message is empty: there
 * is nothing that any service could show or hand over. */
const struct err *template_init(struct template *t, const struct message *m);

/* Say what was left out or changed; a full warning stays as it is. */
void template_warn(struct template *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Count the pieces and beside more bytes; ERR_TOOBIG over max. service is
 * its name for people. */
const struct err *template_measure(struct template *t, size_t beside,
    size_t max, const char *service);

/* Pieces and seconds to live: the same end for both Android services. The
 * members of android, then data and apns (NULL: none) follow the ttl. */
void template_splice(struct template *t, const struct json *android,
    const struct json *data, const struct json *apns);

/* Whole seconds until the message expires: rounded up, from 1 to max. */
int64_t template_seconds(const struct template *t, int64_t now_ms,
    int64_t max);

/* A copy of the extras without nulls at any depth and without the reserved
 * names ("aps", "google*"; the list ends in NULL), which are warned of.
 * Empty when there are none. Free it with json_free. */
struct json *payload_extras(const struct message *m,
    const char *const *reserved, struct template *t);

/* Localisation arguments as texts; left out when empty or without a key. */
void payload_args(struct json *into, const char *name, const char *key,
    const struct json *args);

/* The members of an Android notification that FCM and HMS name alike. */
void payload_notification(const struct message *m, struct json *into);

/* The notification as data: one text, under the name that existing apps look
 * for. */
void payload_as_data(const struct json *notification, struct json *data,
    struct template *t);

/* Is this an FCM or HMS token in its one spelling? ERR_INVALID when not. */
const struct err *payload_token(const char *token);

#endif
