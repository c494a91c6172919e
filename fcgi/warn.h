/* SPDX-License-Identifier: MIT */
/*
 * What was taken and is likely not what was meant: told in the answer
 * (responseObject.warnings), or refused when the call is strict. An answer in
 * a Java dialect has no such member: there a line of the log tells it.
 */
#ifndef FCGI_WARN_H
#define FCGI_WARN_H

#include "fcgi/call.h"

enum warning {
	WARN_UNKNOWN_MEMBER, /* no table knows it: misspelt perhaps */
	WARN_NO_DEVICE,	     /* the user has none that it could go to */
	WARN_NO_CREDENTIALS, /* the app has none for a device's platform */
	WARN_TOO_LONG,	     /* more than a service takes */
	WARN_NO_BODY,	     /* nothing that a service could show */
	WARN_OTHER_PROJECT,  /* a service account sends for another one */
	WARN__COUNT
};

/* Remember one; path as in refusals: "message.body.titel". Of more than
 * LIMIT_WARNINGS only their number is kept. */
void warn_add(struct call *c, enum warning what, const char *path,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Of the members of the body that the call's form does not know. */
void warn_strays(struct call *c, const struct json *object);

/* The first of them; NULL when there is none. */
const char *warn_stray(const struct call *c);

/* ERR_INVALID with the first warning's code, path and words where the caller
 * wants no warnings; NULL when there are none, or when he does not. */
const struct err *warn_strict(const struct call *c, bool strict);

/* Tell them: a member of the answer's object, which has none without. */
void warn_tell(struct call *c, struct json *object);

#endif
