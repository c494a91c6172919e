/* SPDX-License-Identifier: MIT */
/* The life of a call. */
#ifndef FCGI_SERVE_H
#define FCGI_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/call.h"

struct responder {
	const char *name; /* "push": program push.fcgi, %p in settings */
	const struct route *routes;
	size_t n_routes;
	bool seals; /* writes credentials: needs the key file */
	handler *change; /* runs the handlers of routes that change
			    something: audited_run, or NULL where none do */
};

/* One call, from request to reply. Knows no FastCGI. The reply lives until
 * worker->mem is reset. */
void serve_call(const struct responder *r, struct worker *w,
    const struct request *req, struct reply *reply);

#endif
