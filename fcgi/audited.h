/* SPDX-License-Identifier: MIT */
/* Administrative changes: each leaves a row in the audit trail. */
#ifndef FCGI_AUDITED_H
#define FCGI_AUDITED_H

#include "fcgi/call.h"

/* Run the handler of a route that changes something, and write its row, in
 * one transaction: a handler must not begin one of its own, and may run
 * more than once. Without the row there is no change. */
const struct err *audited_run(struct call *c);

/* What the row shall tell beside action and object. Never a secret, and
 * nothing of a message. A NULL value is left out. */
void audit_detail(struct call *c, const char *name, const char *value);

#endif
