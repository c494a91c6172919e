/* SPDX-License-Identifier: MIT */
/*
 * Typed reading and writing of JSON over json-c, the only place that knows
 * json-c. A value belongs to its parent; a root belongs to the arena it was
 * made in, or is freed with json_free.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json_measure.h"

struct json; /* any JSON value; NULL stands for null and for absent */

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_DOUBLE,
	JSON_TEXT,
	JSON_ARRAY,
	JSON_OBJECT
};

/* Parse the first JSON value of text; text behind it is ignored, as the
 * existing server does. ERR_INVALID as above, and with its place for NUL in a
 * text and a number that fits no type. Of members of one name the last counts.
 * The root is the arena's; with a == NULL it is the caller's (json_free). */
const struct err *json_parse_within(struct arena *a, const char *text,
    size_t len, const struct json_limits *limits, struct json **root);

/* The same within JSON_VALUES and so on. */
const struct err *json_parse(struct arena *a, const char *text, size_t len,
    int depth, struct json **root);
void json_free(struct json *root);

enum json_kind json_kind(const struct json *j);

/* Member of an object; NULL when absent, null, or j is no object. */
struct json *json_get(const struct json *j, const char *name);
bool json_has(const struct json *j, const char *name);

/* Elements of an array; 0 and NULL for anything else. */
size_t json_len(const struct json *j);
struct json *json_at(const struct json *j, size_t i);

/* Scalars: of the kind, or the value given for absent or other kinds.
 * Text lives as long as the tree. */
const char *json_text(const struct json *j, const char *otherwise);
int64_t json_int(const struct json *j, int64_t otherwise);
bool json_flag(const struct json *j, bool otherwise);
double json_double(const struct json *j, double otherwise);

/* Any scalar as text, as the wire would show it ("3", "true", 1.50): what
 * coercion of the published API gives. Objects and arrays: their JSON. */
const char *json_as_text(const struct json *j);

/* Overwrite a text that is a secret: it is "" from then on. Takes NULL. */
void json_wipe(struct json *j);

/* Walk an object's members in order. False from fn stops the walk. */
typedef bool json_visit(const char *name, struct json *value, void *arg);
void json_each(const struct json *j, json_visit *fn, void *arg);

/* --- writing ---------------------------------------------------------- */

struct json *json_new_object(struct arena *a); /* a new root; a may be NULL */
struct json *json_new_array(struct arena *a);

/* Set a member of an object; a NULL text leaves it out. */
void json_set_text(struct json *j, const char *name, const char *text);
void json_set_textn(struct json *j, const char *name, const char *text,
    size_t len);
void json_set_int(struct json *j, const char *name, int64_t v);
void json_set_bool(struct json *j, const char *name, bool v);
void json_set_null(struct json *j, const char *name); /* an explicit null */

/* A new empty object or array as a member, to be filled. */
struct json *json_set_object(struct json *j, const char *name);
struct json *json_set_array(struct json *j, const char *name);

/* An existing value as a member too (shared, not copied). */
void json_set(struct json *j, const char *name, struct json *value);
void json_unset(struct json *j, const char *name);

/* Append to an array. */
void json_add_text(struct json *j, const char *text);
void json_add_int(struct json *j, int64_t v);
struct json *json_add_object(struct json *j);
struct json *json_add_array(struct json *j);
void json_add(struct json *j, struct json *value); /* shared */

/* Text without spaces and without "\/"; valid until j is changed or
 * written again. */
const char *json_write(const struct json *j, size_t *len);

/* The same with indentation, for people. */
const char *json_pretty(const struct json *j);

/* Append text as a JSON string, quotes included; NULL as null. False when
 * into is full. */
bool json_quote(const char *text, struct buf *into);

#endif
