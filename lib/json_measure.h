/* SPDX-License-Identifier: MIT */
/*
 * A JSON text is measured before a parser spends memory on it: whether it is
 * valid, how much it contains, and where it ends. json_parse begins with this.
 */
#ifndef LIB_JSON_MEASURE_H
#define LIB_JSON_MEASURE_H

#include <stddef.h>

#include "lib/err.h"

/* How much a text may contain. "{}", "1," and a member cost about a hundred
 * bytes of memory each: the size of a text alone limits neither memory nor
 * time. */
struct json_limits {
	int depth;	   /* 1 for a value that holds no other */
	size_t values;	   /* of all kinds */
	size_t containers; /* objects and arrays */
	size_t members;	   /* of all objects */
};
#define JSON_VALUES 65536     /* a text of 64 kilobytes has no more */
#define JSON_CONTAINERS 32768
#define JSON_MEMBERS 16384

/* Is the first value of text strictly JSON (RFC 8259), in UTF-8, within the
 * limits, and without NUL in a name or half a surrogate pair? ERR_INVALID with
 * a plain sentence when it is not. *end is the length of that value. */
const struct err *json_measure(const char *text, size_t len,
    const struct json_limits *limits, size_t *end);

/* The number of elements of the longest array at that depth (1: the root
 * array), for an error about a text over the limits. It counts brackets and
 * commas and checks no grammar. */
size_t json_longest(const char *text, size_t len, unsigned depth);

#endif
