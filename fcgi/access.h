/* SPDX-License-Identifier: MIT */
/* Who calls, and may they? */
#ifndef FCGI_ACCESS_H
#define FCGI_ACCESS_H

#include <stdbool.h>

#include "fcgi/call.h"

/* Must the database be asked who calls? Not when everybody may call, nor
 * when the call brings nothing to ask by: it is refused without. */
bool access_asks(const struct call *c);

/* Sets c->caller, where the call needs one. ERR_UNAUTH: we do not know the
 * caller; ERR_TOOFAST: nor many before from there; ERR_DENIED: not theirs. */
const struct err *access_check(struct call *c);

/*
 * Of a caller bound to applications: an application that the call names and
 * that is not theirs is ERR_DENIED; what the call names by an id and belongs
 * to another application is answered as if it were not there.
 */
bool access_is_bound(const struct call *c);
const char *access_apps(const struct call *c); /* JSON array; NULL: all */
bool access_has_app(const struct call *c, const char *app_id);
const struct err *access_app(const struct call *c, const char *app_id);

/* May this caller say itself whose an activation is and how it stands, so
 * that PowerAuth Server need not be asked? */
bool access_may_vouch(const struct call *c);

#endif
