/* SPDX-License-Identifier: MIT */
/*
 * The provider-independent message of the API. It is stored beside the outbox;
 * the providers turn it into their own forms.
 *
 * Stored form (JSON): {"silent":false,"high":true,"expires":1893456000000,
 * "body":{"title":...,"extras":{...}}} with the published body members.
 * "expires" is the moment (ms since 1970 UTC) after which the message must not
 * be sent; the default validity is applied when the message is accepted.
 */
#ifndef PUSH_MESSAGE_H
#define PUSH_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/text.h"

struct message {
	const char *title, *title_loc_key;
	const char *body, *body_loc_key;
	struct bytes title_loc_args, body_loc_args; /* JSON arrays, or none */
	const char *icon, *sound, *category, *collapse_key;
	const char *image; /* ours: the address of a picture */
	bool has_badge;
	int64_t badge;
	struct bytes extras; /* a JSON object, or none */
	bool silent;
	bool high;	    /* priority HIGH, the default */
	int64_t expires_ms; /* 0: no limit was set */
};

/* Read the stored form, which must outlive m; the arena owns the texts.
 * ERR_INVALID when json is not of that form. */
const struct err *message_read(struct arena *a, const char *json, size_t len,
    struct message *m);

/* The text of a body as the API received (and checked) it, in the arena, with a
 * NUL behind it. */
struct bytes message_text(struct arena *a, const struct json *body);

/* Fill m from the text of such a body, which must outlive m. */
const struct err *message_take(struct arena *a, struct bytes body, bool silent,
    bool high, int64_t expires_ms, struct message *m);

/* Read, from the stored form, the body as the API received it, and whether it
 * is silent. ERR_INVALID as above. */
const struct err *message_published(struct arena *a, const char *json,
    size_t len, const char **body, bool *silent);

/* Is the text neither NULL nor ""? */
static inline bool
message_has(const char *text)
{
	return text != NULL && *text != '\0';
}

/* Is there a text to show: a title or a body, literal or a localisation key?
 * An empty text does not count: a device shows nothing, and HMS refuses it. */
bool message_shows(const struct message *m);

/* Is there a picture to show with the text? bad: is one wanted whose address
 * is not https, and which is left out therefore? */
bool message_has_image(const struct message *m);
bool message_bad_image(const struct message *m);

/* Does the message do nothing: show, play and deliver nothing, and not even
 * wake the app? */
bool message_is_empty(const struct message *m);

/* The stored form, in the arena, of the text of such a body. */
const char *message_write(struct arena *a, struct bytes body, bool silent,
    bool high, int64_t expires_ms, size_t *len);

#endif
