/* SPDX-License-Identifier: MIT */
/*
 * The abstract message of the API, as it is stored beside the outbox and
 * read by those who turn it into a provider's own form.
 *
 * Stored form (JSON): {"silent":false,"high":true,"expires":1893456000000,
 * "body":{"title":...,"extras":{...}}} with the published body members;
 * "expires" is the moment (ms since 1970 UTC) after which it must not be
 * sent any more; the default validity is applied when it is accepted.
 */
#ifndef PUSH_MESSAGE_H
#define PUSH_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

struct message {
	const char *title, *title_loc_key;
	const char *body, *body_loc_key;
	const struct json *title_loc_args, *body_loc_args; /* arrays, NULL */
	const char *icon, *sound, *category, *collapse_key;
	bool has_badge;
	int64_t badge;
	const struct json *extras; /* object or NULL */
	bool silent;
	bool high;	    /* priority HIGH, the default */
	int64_t expires_ms; /* 0: no limit was set */
};

/* Read the stored form; everything in m lives in the arena.
 * ERR_INVALID when it is not of that form. */
const struct err *message_read(struct arena *a, const char *json, size_t len,
    struct message *m);

/* The same of a body as the API received (and checked) it, unwritten. */
const struct err *message_take(struct arena *a, const struct json *body,
    bool silent, bool high, int64_t expires_ms, struct message *m);

/* Of the stored form: the body as the API received it, and whether it is
 * silent. ERR_INVALID as above. */
const struct err *message_published(struct arena *a, const char *json,
    size_t len, const char **body, bool *silent);

/* Not even "". */
static inline bool
message_has(const char *text)
{
	return text != NULL && *text != '\0';
}

/* Is there a text to show: a title or a body, literal or a key? Of one that is
 * empty nothing is seen, and HMS refuses it. */
bool message_shows(const struct message *m);

/* Is nothing shown, played or handed over, and the app not woken either? */
bool message_is_empty(const struct message *m);

/* The stored form of a body as the API received (and checked) it. */
const char *message_write(struct arena *a, struct json *body, bool silent,
    bool high, int64_t expires_ms, size_t *len);

#endif
