/* SPDX-License-Identifier: MIT */
/* Is a JSON object what a table of its fields says, and nothing more? */
#ifndef FAKE_SHAPE_H
#define FAKE_SHAPE_H

#include "lib/json.h"

enum shape_kind {
	SHAPE_TEXT,
	SHAPE_BOOL,
	SHAPE_INT,    /* min to max */
	SHAPE_NUMBER, /* the same, fractions allowed */
	SHAPE_TEXTS,  /* an array of text */
	SHAPE_MAP,    /* an object with text values */
	SHAPE_OBJECT, /* of the fields inside, or any when NULL */
	SHAPE_OBJECT_OR_TEXT,
	SHAPE_WORD, /* one of words, '|' between */
	SHAPE_TTL,  /* "3600s" or "3.5s", up to max seconds */
	SHAPE_ANY
};

struct shape {
	const char *name; /* NULL ends a table */
	enum shape_kind kind;
	const struct shape *inside;
	const char *words;
	double min, max;
	bool required;
	bool (*also)(const struct json *value); /* one more condition */
};

struct misfit {
	char path[160]; /* "message.android.ttl" */
	const char *why;
};

/* False and where and why. With camel, lowerCamelCase names are taken for
 * their snake_case ones too, as protobuf does. */
bool shape_fits(const struct json *j, const struct shape *fields, bool camel,
    const char *where, struct misfit *bad);

/* A member by its snake_case name, however it is spelt. */
struct json *shape_get(const struct json *j, const char *snake);

/* Is text one JSON object and nothing behind it? */
bool shape_is_single(const char *text, size_t len);

#endif
