/* SPDX-License-Identifier: MIT */
/*
 * Typed reading and writing of JSON. A tree lies in the arena of its root; a
 * root that was made without one has its own, which json_free frees. No value
 * is freed before its tree is.
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

/* Parse the first JSON value of text; the text after it is ignored, as the
 * existing server does. ERR_INVALID as above, and, with the path of the value,
 * for NUL in a text and for a number that fits no type. If members share a
 * name, the last one counts, but each must fit. The arena owns the root; with
 * a == NULL the caller does (json_free). The texts of the tree are overwritten
 * when the arena is emptied, whether anybody has read them or not: there may
 * be a secret among them. */
const struct err *json_parse_within(struct arena *a, const char *text,
    size_t len, const struct json_limits *limits, struct json **root);

/* json_parse_within with the limits JSON_VALUES and so on. */
const struct err *json_parse(struct arena *a, const char *text, size_t len,
    int depth, struct json **root);
void json_free(struct json *root); /* takes NULL */

enum json_kind json_kind(const struct json *j);

/* A member of an object; NULL when it is absent or null, or j is not an
 * object. json_has is also true for a member that is null. */
struct json *json_get(const struct json *j, const char *name);
bool json_has(const struct json *j, const char *name);

/* The elements of an array; 0 and NULL for anything else. */
size_t json_len(const struct json *j);
struct json *json_at(const struct json *j, size_t i);

/* The value of a scalar of that kind, or otherwise when it is absent or of
 * another kind. A text is valid while the tree is. */
const char *json_text(const struct json *j, const char *otherwise);
int64_t json_int(const struct json *j, int64_t otherwise);
bool json_flag(const struct json *j, bool otherwise);
double json_double(const struct json *j, double otherwise);

/* Any scalar as text, in its JSON form ("3", "true", 1.50): the coercion of
 * the published API. For objects and arrays, their JSON. */
const char *json_as_text(const struct json *j);

/* Overwrite a text that is a secret: it is "" afterwards. Takes NULL. */
void json_wipe(struct json *j);

/* Call fn for each member of an object, in order, until fn returns false. */
typedef bool json_visit(const char *name, struct json *value, void *arg);
void json_each(const struct json *j, json_visit *fn, void *arg);

/* --- writing ---------------------------------------------------------- */

struct json *json_new_object(struct arena *a); /* a new root; a may be NULL */
struct json *json_new_array(struct arena *a);

/* Set a member of an object; a NULL text is left out. */
void json_set_text(struct json *j, const char *name, const char *text);
void json_set_textn(struct json *j, const char *name, const char *text,
    size_t len);
void json_set_int(struct json *j, const char *name, int64_t v);
void json_set_bool(struct json *j, const char *name, bool v);
void json_set_null(struct json *j, const char *name); /* an explicit null */

/* A new empty object or array as a member, to be filled. */
struct json *json_set_object(struct json *j, const char *name);
struct json *json_set_array(struct json *j, const char *name);

/* Add an existing value as a member. It is not copied: it must last as long as
 * j. */
void json_set(struct json *j, const char *name, struct json *value);

/* The same; the name is not copied, and must last as long as j. */
void json_keep(struct json *j, const char *name, struct json *value);

/* json_keep for a name that j does not have: the names of j are not looked
 * through, so that many can be added. */
void json_append(struct json *j, const char *name, struct json *value);
void json_unset(struct json *j, const char *name); /* remove a member */

/* Append to an array: a text, a number, a new empty object, or an existing
 * value, which must last as long as j. */
void json_add_text(struct json *j, const char *text);
void json_add_int(struct json *j, int64_t v);
struct json *json_add_object(struct json *j);
void json_add(struct json *j, struct json *value);

/* Text without spaces and without "\/"; valid while j is. Each call takes
 * memory of the tree. */
const char *json_write(const struct json *j, size_t *len);

/* json_write with indentation, for people. */
const char *json_pretty(const struct json *j);

#endif
