/* SPDX-License-Identifier: MIT */
/* Administrative changes: each leaves a row in the audit trail. */
#ifndef FCGI_CHANGE_H
#define FCGI_CHANGE_H

#include "fcgi/call.h"

/* Run the handler of a route that changes something, and write its row, in
 * one transaction: a handler must not begin one of its own, and may run
 * more than once. Without the row there is no change. */
const struct err *change_run(struct call *c);

/* What the row shall tell beside action and object. Never a secret, and
 * nothing of a message. A NULL value is left out. */
void change_tell(struct call *c, const char *name, const char *value);

#endif
