/* SPDX-License-Identifier: MIT */
/*
 * Checks a body or a query against a table of fields and puts the values
 * into a plain struct, coerced as the published API does. The order of the
 * rows is the order of checking; the contract's words stand in the rows,
 * letter for letter. What is not in the table is ignored.
 */
#ifndef FCGI_FIELD_H
#define FCGI_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#include "fcgi/limits.h"

struct call;
struct request;

enum field_type {
	F_TEXT,	   /* const char *; NULL when absent or null */
	F_ID,	   /* const char *: a text without control characters */
	F_ENUM,	   /* const char *: one of choices, as spelt there */
	F_FLAG,	   /* bool; absent or null is false */
	F_INT,	   /* int64_t within min and max; absent or null is 0 */
	F_COUNT,   /* int64_t, never an error: a value that is not a number
		      above zero is 0 (the handler has a default), one over
		      max is max */
	F_INSTANT, /* int64_t, ms since 1970; absent, null and "" are 0 */
	F_TEXTS,   /* struct texts; items NULL: absent; elements as F_ID.
		      In a query: separated by commas */
	F_OBJECT,  /* its members (of) have their places behind .at */
	F_LIST,	   /* struct list of structs (of, size); items NULL: absent */
	F_JSON,	   /* struct json *: an object, NULL when absent; with of,
		      only the members of that table, coerced; else as it is */
	F_ANY	   /* any value but null, not stored: it must only be present */
};

/* Flags of a row. */
enum {
	F_NEED = 1,	/* absent or null is an error: .missing */
	F_FILLED = 2,	/* and empty is an error: .empty, else .missing */
	F_NOT_BLANK = 4,	/* and when blank (white space only) */
	F_ANYCASE = 8,	/* F_ENUM in any case */
	F_QUERY = 16,	/* may come from the query too (the body wins) */
	F_SECRET = 32,	/* never in an answer or a log */
	F_QUERY_ONLY = 64, /* comes from the query, never from the body */
	F_ANY_TEXT = 128,	/* F_TEXTS: elements may be any text */
	F_NULL = 256,	/* F_ENUM: an explicit null is "", not absent */
	F_NULLS = 512,	/* F_TEXTS: a null element is NULL, no fault */
	F_OR_OBJECT = 1024	/* F_TEXT: an object stands for its JSON */
};

struct texts {
	const char **items;
	size_t n;
};

struct list {
	void *items; /* n structs of the row's size */
	size_t n;
	/* Lenient: of each element, why it is not valid; NULL: it is. Without
	 * faults there is no array. */
	const char **faults;
};

struct field {
	const char *name; /* member; "" is the whole requestObject */
	enum field_type type;
	unsigned flags;
	size_t at;	     /* place in the struct; FIELD_NOWHERE */
	int64_t min, max;    /* texts: UTF-16 units; numbers; lists: elements.
				max 0: no bounds */
	const char *missing; /* error texts, letter for letter the contract's */
	const char *empty;
	const char *wrong;   /* F_LIST: when an element is null */
	const char *const *choices;  /* F_ENUM; NULL-terminated */
	const char *pattern;	     /* F_ID, F_TEXTS: of text_class_match */
	int64_t each;		     /* F_TEXTS: longest element */
	const struct field *of;	     /* ends with a row without a name */
	size_t size;		     /* F_LIST: of a struct */
	/* F_LIST: the error text of an element is `.before` INDEX `.between`
	 * MESSAGE; with NULL it is the message alone */
	const char *before, *between;
	/* F_LIST: place of a flag of an earlier row, or 0. When it is set, an
	 * element that is not valid is only noted in struct list. */
	size_t lenient;
};

#define FIELD_NOWHERE ((size_t)-1)

/* The input of a route: its fields and the struct that they fill. */
struct form {
	const struct field *fields; /* ends with a row without a name */
	size_t size;		    /* of the struct */
	const char *missing; /* error when requestObject is absent or null;
				NULL: no error */
	unsigned how;	     /* set of FORM_... */
	/* With an F_LIST: NULL when n elements are allowed, else the error. */
	const struct err *(*count)(const struct call *c, size_t n);
};

/* Members that are in no table: the first of them, and their number. */
struct strays {
	const char *paths[LIMIT_WARNINGS]; /* "message.body.titel" */
	size_t n;
};

/* Find the strays of object, and of nested objects that have a table; those
 * that are null do not count. Paths are in the arena. */
void field_strays(struct arena *a, const struct form *form,
    const struct json *object, struct strays *out);

enum {
	FORM_VIOLATIONS =
	    1,         /* ERROR_REQUEST, and all violations are returned */
	FORM_BARE = 2, /* fields may stand at the top, without requestObject */
	FORM_LAX = 4,  /* a body of a type other than JSON is ignored: older
		          callers send one */
	FORM_WARNS = 8 /* strays lead to warnings (warn.h) */
};

/* Fill the struct at `into` (zeroed) from object (may be NULL) and the
 * query. With violations (an array) the first LIMIT_VIOLATIONS faults are
 * added there, and the first is returned; without, the first fault is
 * returned at once. Texts live as long as object and the arena. */
const struct err *field_check(struct arena *a, const struct form *form,
    const struct json *object, const struct request *req, void *into,
    struct json *violations);

#endif
