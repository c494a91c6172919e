/* SPDX-License-Identifier: MIT */
/*
 * What [api] dialect decides: the forms in which the published page and the
 * Java edition differ. Handlers answer with all members in their natural types;
 * the tables of dialect.c turn them into what the clients of the dialect read.
 */
#ifndef FCGI_DIALECT_H
#define FCGI_DIALECT_H

#include <stdbool.h>

#include "lib/json.h"

struct call;

struct dialect {
	const char *offset; /* of the times in the status call */
	int64_t inbox_page; /* messages of an inbox page by default */
	bool lists_sent;    /* campaign/list with all=false: those sent; else
			       those not sent yet */
	bool is_java;	    /* exactly the members of the Java edition */
	bool is_old;	    /* members have their names of 1.4 to 1.9 */
};

const struct dialect *dialect_of(const struct call *c);

/* The envelope of a success or of an error as the dialect has it: the same
 * one, changed, or a new one in the call's arena. */
struct json *dialect_answer(struct call *c, struct json *envelope);
struct json *dialect_problem(struct call *c, struct json *envelope);

/* Of a member that is written without a tree, a number or a flag: does the
 * dialect make a text of it? */
bool dialect_makes_text(const struct call *c, const char *name);

#endif
