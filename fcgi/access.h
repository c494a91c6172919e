/* SPDX-License-Identifier: MIT */
/* Who calls, and may they? */
#ifndef FCGI_ACCESS_H
#define FCGI_ACCESS_H

#include <stdbool.h>

#include "fcgi/call.h"

/* Does this call need to know who calls? */
bool access_is_needed(const struct call *c);

/* Sets c->caller. ERR_UNAUTH: we do not know the caller; ERR_DENIED: not
 * theirs. */
const struct err *access_check(struct call *c);

/* ERR_DENIED when the caller is bound to other applications. */
const struct err *access_app(const struct call *c, const char *app_id);

/* May this caller say itself whose an activation is and how it stands, so
 * that PowerAuth Server need not be asked? */
bool access_may_vouch(const struct call *c);

#endif
