/* SPDX-License-Identifier: MIT */
/*
 * A row of the tables of routes, and how that of a call is found. The tables
 * are in push_routes.c, admin_routes.c and inbox_routes.c. The row decides all
 * that is common to calls, before the handler runs.
 */
#ifndef FCGI_ROUTE_MATCH_H
#define FCGI_ROUTE_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#include "fcgi/field.h"
#include "fcgi/request.h"
#include "fcgi/role.h"

struct call;

/* A handler answers a call: reply_...() and NULL, or an error. */
typedef const struct err *handler(struct call *c);

struct route {
	unsigned methods; /* set of M_...; M_GET answers HEAD too */
	const char *path; /* "/push/campaign/{id}/detail"; {id}: a number */
	handler *handler;
	enum role role; /* that the caller must have */
	const struct form *form; /* NULL: body and query are not read */
	unsigned flags;		 /* set of ROUTE_... */
	const char *change; /* its action in the audit trail; NULL: it changes
			       nothing that an administrator sees */
	int64_t body_max; /* bytes, if more than [api] body_max */
};

enum {
	ROUTE_NO_DB = 1, /* the handler needs no database */
	ROUTE_ALL_APPS = 2, /* not for an integration bound to applications */
	ROUTE_LONG = 4, /* its statements work on very many rows: it gets a
		           connection of its own with longer timeouts */
	ROUTE_PORTIONS = 8, /* its change takes many transactions: the handler
			       calls audited_begin before the first */
	ROUTE_SENDS = 16 /* it may send messages, and wait for them */
};

enum route_verdict {
	ROUTE_FOUND,
	ROUTE_NO_PATH,
	ROUTE_NO_METHOD,
	ROUTE_BAD_ID
};

/* Find the row; several rows may share a path. allow: methods of all rows
 * of that path, when there is one. id: of {id} in the path, else 0. */
enum route_verdict route_match(const struct route *routes, size_t n,
    const struct request *req, const struct route **route, unsigned *allow,
    int64_t *id);

/* The largest body that the route takes, in bytes; NULL: any other route. */
int64_t route_body_max(const struct route *route, const struct settings *s);

/* "GET, HEAD, OPTIONS": the value of Allow. */
void route_allow(unsigned methods, char out[64]);

/* Which kind of calls it is (call_queue.h), below the number of routes: those
 * that send are one kind, of the others each route. */
size_t route_kind(const struct route *routes, const struct route *route);

#endif
