/* SPDX-License-Identifier: MIT */
/*
 * A request as the web server passes it on, as typed and limited fields; no
 * other file reads the environment. Routing uses the raw REQUEST_URI, which all
 * web servers pass alike; it is decoded once, here.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"

#include "core/settings.h"

#include "fcgi/limits.h"
#include "fcgi/request_page.h"

enum method {
	M_GET = 1,
	M_POST = 2,
	M_PUT = 4,
	M_DELETE = 8,
	M_HEAD = 16,
	M_OPTIONS = 32,
	M_OTHER = 64 /* any other word */
};

/* The status in req->refused of a request that is valid all the same. */
#define REFUSED_NO_LENGTH 411

struct request_param {
	const char *name, *value;
};

struct request {
	enum method method;
	const char *method_name; /* as sent, or "(odd)": fit for a log */
	int refused; /* the status with which the web server refuses the
		        request and lets us make the answer; 0: it refuses
		        nothing */
	const char *path; /* raw, under the prefix, without query; "" when
			     the URL is refused: no spaces, no controls */
	char *segments[LIMIT_SEGMENTS];
	size_t n_segments;
	struct request_param query[LIMIT_QUERY];
	size_t n_query;

	/* Headers; NULL when absent. */
	const char *content_type, *content_encoding, *authorization, *accept;
	const char *correlation; /* only if it matches the pattern */
	const char *idempotency_key;
	/* address of the caller; behind one of [api] proxies, the address that
	 * the proxy names, if it names one */
	const char *remote;
	const char *trace; /* trace id of traceparent: 32 hex digits */
	struct page_headers page;

	const char *body; /* never NULL, NUL-terminated behind body_len */
	size_t body_len;
	bool body_unread; /* some of it was left in the connection */

	const struct err *fault; /* an error found while reading */
	bool fault_in_body;	 /* the rest of it is good */
};

/* Fill *req from "NAME=value" strings as CGI defines them; headers and method
 * are borrowed of env. The first error is in req->fault; the rest is filled as
 * far as it was read. */
void request_read(struct arena *a, const struct settings *s, char *const *env,
    struct request *req);

/* Up to size bytes of the body; 0 at its end, less on failure. */
typedef long request_source(void *from, char *into, size_t size);

/* The body, at most max bytes of it. */
void request_body(struct arena *a, int64_t max, char *const *env,
    request_source *source, void *from, struct request *req);

/* Value of a query parameter, the first of its name; NULL when absent. */
const char *request_query(const struct request *req, const char *name);

/* Is the body announced as application/json? */
bool request_is_json(const struct request *req);

#endif
