/* SPDX-License-Identifier: MIT */
/* Authentication and authorization of callers. */
#ifndef FCGI_CALLER_H
#define FCGI_CALLER_H

#include <stdbool.h>

#include "fcgi/call.h"

/* Is a query to the database needed to identify the caller? No when everybody
 * may call, nor when the call has no credentials: it is refused without one. */
bool caller_asks(const struct call *c);

/* Set c->caller, where the call needs one. ERR_UNAUTH: the caller is unknown.
 * ERR_TOOFAST: too many failed logins from this address. ERR_DENIED: the role
 * or application is not allowed. */
const struct err *caller_check(struct call *c);

/*
 * For a caller that is bound to applications: if the call names another
 * application, the answer is ERR_DENIED; if it names by an id something that
 * belongs to another application, the answer is as if that did not exist.
 */
bool caller_is_bound(const struct call *c);
const char *caller_apps(const struct call *c); /* JSON array; NULL: all */
/* ERR_DENIED: the caller does not have the role. */
const struct err *caller_has_role(const struct call *c, enum role role);
bool caller_has_app(const struct call *c, const char *app_id);
const struct err *caller_app(const struct call *c, const char *app_id);

/* May this caller state the user and the status of an activation, so that
 * PowerAuth Server need not be asked? */
bool caller_may_vouch(const struct call *c);

#endif
