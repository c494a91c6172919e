/* SPDX-License-Identifier: MIT */
/*
 * What the files of lib/json share: a tree of values in an arena. A value has
 * no memory of its own, and nothing is freed before the arena is.
 */
#ifndef LIB_JSON_PART_H
#define LIB_JSON_PART_H

#include "lib/json.h"

/* A member of an object; an element of an array has no name. */
struct json_slot {
	const char *name;
	struct json *value; /* NULL: null */
};

struct json {
	struct arena *a; /* has this and all that it holds */
	enum json_kind kind;
	bool owns;     /* a is freed with this root */
	unsigned n;    /* bytes of the text, or slots */
	unsigned room; /* for slots */
	union {
		/* in the arena, for it may be wiped; of a number and of a
		 * bool: as in JSON */
		const char *text;
		struct json_slot *slots;
	} u;
};

struct json *json_node(struct arena *a, enum json_kind kind);

/* The slot of that name; NULL when there is none, or j is no object. */
struct json_slot *json_slot(const struct json *j, const char *name);

#endif
