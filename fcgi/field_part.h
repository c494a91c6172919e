/* SPDX-License-Identifier: MIT */
/* The shared part of field.c (rows, objects, faults), field_value.c (values of
 * each type) and field_stray.c (members that are in no row). No other file
 * includes this. */
#ifndef FCGI_FIELD_PART_H
#define FCGI_FIELD_PART_H

#include "fcgi/field.h"

struct form_check {
	struct arena *a;
	const struct request *req;
	struct json *violations; /* NULL: the first fault ends the check */
	const struct err *first;
};

/* The path to a value: names and indexes from the requestObject downward. */
struct scope {
	const struct scope *up;
	const char *name; /* NULL: an element */
	size_t index;
	bool query;
};

/* Store one value that is not null at its place, and in keep, if there is one.
 * False: an error was recorded. */
typedef bool take(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep);

/* Record an error: the contract's words (may be NULL), else our own behind the
 * path. Always false. */
bool field_fail(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, const char *words,
    const char *ours);

/* "message.body.badge"; with whole "requestObject.message.body.badge". */
const char *field_path(struct arena *a, const struct scope *s, bool whole);

/* Is the value an array of an allowed length? */
bool field_is_array(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j);

take field_take_text, field_take_id, field_take_enum, field_take_flag,
    field_take_int, field_take_count, field_take_instant, field_take_texts;

#endif
