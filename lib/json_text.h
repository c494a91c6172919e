/* SPDX-License-Identifier: MIT */
/*
 * JSON as text, read and written without a tree: for what is read once, from
 * start to end, for each message. A value is the part of a text that it takes
 * there. What is read here has passed json_measure: nothing is checked again.
 *
 * Values are written as json_write does: without spaces, with no character
 * escaped that need not be, and numbers as they were written.
 */
#ifndef LIB_JSON_TEXT_H
#define LIB_JSON_TEXT_H

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/text.h"

/* --- reading ---------------------------------------------------------- */

/* The first value of a text. ERR_INVALID, from json_measure, unless the text
 * begins with one. */
const struct err *json_text_value(const char *text, size_t len, int depth,
    struct bytes *value);

/* JSON_NULL for an absent value, too. */
enum json_kind json_text_kind(struct bytes value);

/* A way through the members of an object or the elements of an array. */
struct json_walk {
	const char *at, *end;
	bool names;
};

/* At the start; of any other value, or an absent one, at the end. */
struct json_walk json_walk(struct bytes value);

/* The next one; false: there is none. name: as it stands in the text, with its
 * quotes; none of an element. */
bool json_walk_next(struct json_walk *w, struct bytes *name,
    struct bytes *value);

/* Append a scalar as text: the characters of a text, else its JSON form. Of
 * objects and arrays, their JSON: as json_as_text. */
void json_text_plain(struct bytes value, struct buf *into);

/* The same without a copy where the text has no escape; else in store, until
 * its next use. */
struct bytes json_text_bytes(struct bytes value, struct buf *store);

/* The same in the arena. */
char *json_text_copy(struct arena *a, struct bytes value)
    __attribute__((returns_nonnull));

/* Does the name, as json_walk_next gives it, say this? */
bool json_text_is(struct bytes name, const char *word);

/* --- writing ---------------------------------------------------------- */

/* Append a comma, unless it would be the first in its object or array. */
void json_put_comma(struct buf *into);

/* Append a member's name, which needs no escape, and its colon, after a comma
 * where one is needed; then a value. A NULL text is left out, name and all. */
void json_put_name(struct buf *into, const char *name);
void json_put_text(struct buf *into, const char *name, const char *text);
void json_put_int(struct buf *into, const char *name, int64_t v);
void json_put_bool(struct buf *into, const char *name, bool v);

/* Append characters as a JSON string, quotes included. */
void json_put_quoted(struct buf *into, const char *text, size_t len);

/* The same of a text; NULL as null. False when into is full. */
bool json_quote(const char *text, struct buf *into);

/* Append a value of another text; nulls: with the nulls in it, at any depth. A
 * value that is null itself is always written. */
void json_put_value(struct buf *into, struct bytes value, bool nulls);

#endif
