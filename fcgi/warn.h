/* SPDX-License-Identifier: MIT */
/*
 * Warnings: the call was accepted, but is probably not what the caller meant.
 * They stand in the answer (responseObject.warnings), or refuse a call that is
 * strict. Answers of the Java dialects have no such member: there a warning is
 * logged.
 */
#ifndef FCGI_WARN_H
#define FCGI_WARN_H

#include "fcgi/call.h"

enum warning {
	WARN_UNKNOWN_MEMBER, /* it is in no table: misspelt perhaps */
	WARN_NO_DEVICE,	     /* the user has no device that it could go to */
	WARN_NO_CREDENTIALS, /* the application has no credentials for a
			        device's platform */
	WARN_TOO_LONG,	     /* larger than a service accepts */
	WARN_NO_BODY,	     /* nothing that a service could show */
	WARN_OTHER_PROJECT,  /* a service account sends for another one */
	WARN__COUNT
};

/* Add a warning; path as in violations: "message.body.titel". Above
 * LIMIT_WARNINGS only their number is kept. */
void warn_add(struct call *c, enum warning what, const char *path,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Warn of members of the body that the form does not have. */
void warn_strays(struct call *c, const struct json *object);

/* The first of them; NULL when there is none. */
const char *warn_stray(const struct call *c);

/* With strict: ERR_INVALID with the first warning's code, path and text. NULL
 * when there are no warnings, or without strict. */
const struct err *warn_strict(const struct call *c, bool strict);

/* Write them into the object of the answer; without warnings it gets no
 * member. */
void warn_tell(struct call *c, struct json *object);

#endif
