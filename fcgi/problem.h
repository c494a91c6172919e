/* SPDX-License-Identifier: MIT */
/*
 * The two tables from our errors to the answers of the contract: HTTP status,
 * code, and whether the error's text may be returned.
 */
#ifndef FCGI_PROBLEM_H
#define FCGI_PROBLEM_H

#include "lib/err.h"

struct call;

/* Answers that do not follow from the error's code alone. */
enum problem {
	PROBLEM_BY_CODE,	   /* nothing more: the code decides */
	PROBLEM_METHOD,		   /* 405 */
	PROBLEM_TYPE,		   /* 415 */
	PROBLEM_REQUEST,	   /* 400 ERROR_REQUEST, with violations */
	PROBLEM_APP_NOT_FOUND,	   /* 400 ERROR_APP_NOT_FOUND */
	PROBLEM_MESSAGE_NOT_FOUND, /* 400 ERROR_MESSAGE_NOT_FOUND */
	PROBLEM_REFUSED,	   /* by the web server: its own status */
	PROBLEM_CONFLICT,	   /* 409 with a sentence of its own */
	PROBLEM_DONE,		   /* 409 ERROR_GENERIC, its own too */
	PROBLEM_CROWDED,	   /* 503 ERROR_GENERIC: too many calls */
	PROBLEM__COUNT
};

/* Select the answer to the error; returns e:
 *     return problem_as(c, PROBLEM_TYPE, err_new(ERR_INVALID, "...")); */
const struct err *problem_as(struct call *c, enum problem as,
    const struct err *e);

/* Another sentence and ERR_INVALID where e is of that code, else e itself:
 *     return problem_say(e, ERR_MISSING, "Campaign with ... not exist"); */
const struct err *problem_say(const struct err *e, enum err_code code,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Answer the error in the envelope. */
void problem_reply(struct call *c, const struct err *e);

#endif
