/* SPDX-License-Identifier: MIT */
/*
 * Shared by the composers: extras without nulls, the notification in the
 * spelling of both Android services, seconds to live, size and warnings.
 */
#ifndef PUSH_PAYLOAD_H
#define PUSH_PAYLOAD_H

#include "lib/json_text.h"
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
 * to live, the members of android, then data and apns, which are JSON (empty:
 * none). */
void template_splice(struct template *t, const struct buf *android,
    const struct buf *data, const struct buf *apns);

/* Whole seconds until the message expires: rounded up, from 1 to max. */
int64_t template_seconds(const struct template *t, int64_t now_ms,
    int64_t max);

/* A buffer for a part of a payload; free it with buf_done. */
#define PAYLOAD_PART BUF(PAYLOAD_PIECE)
/* More than the API accepts, escaped twice: a payload that is too large for a
 * provider is still measured, so that the error can name its size. */
#define PAYLOAD_PIECE (16 * 1024 * 1024)

/* Names of extras that a provider refuses ("aps", "google*"), NULL at the end.
 * Each of them that the message has gives a warning. */
void payload_warn_reserved(const struct message *m,
    const char *const *reserved, struct template *t);

/* Append the extras, without the reserved ones, as members: a value without
 * nulls at any depth or, if texts, a text, which is the JSON of a value that is
 * none. The notification (NULL: none) is a member too, as one text, under the
 * name that existing apps read, in place of extras of that name. */
void payload_extras(const struct message *m, const char *const *reserved,
    bool texts, const struct buf *notification, struct buf *into);

/* Warns if the notification takes the place of extras. */
void payload_warn_as_data(const struct message *m, struct template *t);

/* Append localisation arguments as texts; leave them out when there are none or
 * there is no key. */
void payload_args(struct buf *into, const char *name, const char *key,
    struct bytes args);

/* Append the members of an Android notification that have the same names at FCM
 * and HMS. */
void payload_notification(const struct message *m, struct buf *into);

/* ERR_INVALID unless the token is a canonical FCM or HMS token. */
const struct err *payload_token(const char *token);

#endif
