/* SPDX-License-Identifier: MIT */
/* What follows when a caller has shown a wrong token or secret. */
#ifndef FCGI_REFUSE_CALLER_H
#define FCGI_REFUSE_CALLER_H

#include <stdbool.h>

#include "fcgi/call.h"

/*
 * Count the failure, and return the call's error: ERR_UNAUTH, or ERR_TOOFAST
 * with c->retry_after_s when too many came from this address. They are counted
 * in the memory of the process; in a table for all processes where a process
 * keeps nothing (plain CGI), and with shared (a sign-in).
 */
const struct err *refuse_caller(struct call *c, bool shared);

#endif
