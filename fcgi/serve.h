/* SPDX-License-Identifier: MIT */
/* The life of a call. */
#ifndef FCGI_SERVE_H
#define FCGI_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/call.h"

struct waiting_room;

struct responder {
	const char *name; /* "push": program push.fcgi, %p in settings */
	const struct route *routes;
	size_t n_routes;
	bool seals; /* writes credentials: needs the key file */
	handler *change; /* runs the handlers of routes that change
			    something: audited_run, or NULL where none do */
	/* waiting_room_open, where calls wait for answers to a send; NULL where
	 * none do: its database user may not read accounts */
	const struct err *(*room)(const struct settings *s,
	    const char *program, struct waiting_room **out);
};

/* A call in stages, for a process that has many calls and few connections to
 * the database. Knows no FastCGI. */
enum serve_state {
	SERVE_ANSWERED, /* c->reply is complete, and the call is logged */
	SERVE_QUEUED,	/* serve_work must follow */
	SERVE_WAITS	/* serve_resume must follow, see c->wait */
};

/* The call of a request, in mem, as its reply is; both live until mem is
 * reset. */
struct call *serve_new(const struct responder *r, struct arena *mem,
    const struct request *req);

/* Answer what needs no database: what is refused by its path or method, and
 * what the route says. w needs no connection. */
enum serve_state serve_begin(struct call *c, struct worker *w);

/* Between serve_begin and serve_work, for a call that is served soon: answer
 * what is refused by its body or for lack of credentials, so that it takes no
 * worker, and has its answer even while the database is away. */
enum serve_state serve_early(struct call *c);

/* Instead of it, for a call that has to wait for long: answer only what is
 * refused for lack of credentials, and leave the body as it is. */
enum serve_state serve_stranger(struct call *c);

/* The rest of the call, by a worker that has a connection or may open one. It
 * waits only if c->may_wait is set. */
enum serve_state serve_work(struct call *c, struct worker *w);

/* The wait is over, with this account of its send. w needs no connection.
 * SERVE_QUEUED: serve_work must follow, as for a new call. */
enum serve_state serve_resume(struct call *c, struct worker *w,
    const struct send_counters *account);

/* Instead of serve_work: there was no worker for the call, and why. */
void serve_turn_away(struct call *c, struct worker *w, const char *why);

/* The largest body that the request may have, in bytes. */
int64_t serve_body_max(const struct responder *r, const struct settings *s,
    const struct request *req);

/* One call from request to reply, where there is one call at a time. The reply
 * lives until w->mem is reset. */
void serve_call(const struct responder *r, struct worker *w,
    const struct request *req, struct reply *reply);

#endif
