/* SPDX-License-Identifier: MIT */
/* Calls that change something an administrator sees: see core/audited.h. */
#ifndef FCGI_AUDITED_H
#define FCGI_AUDITED_H

#include "fcgi/call.h"

/* Run the handler of such a route and write the row of its call, in one
 * transaction: the handler must not begin one of its own, and may run more
 * than once. */
const struct err *audited_run(struct call *c);

/* Write the row of a call with ROUTE_PORTIONS, in a transaction of its own:
 * before the first of the change (I-14). */
const struct err *audited_begin(struct call *c);

/* Add a detail to the row, beside action and object: never a secret, and
 * nothing of a message. A NULL value is left out. */
void audit_detail(struct call *c, const char *name, const char *value);

#endif
