/* SPDX-License-Identifier: MIT */
/*
 * A call: all data that a handler may use. Memory of a call comes from c->mem
 * and is freed after the reply, so a handler frees nothing.
 */
#ifndef FCGI_CALL_H
#define FCGI_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#include "db/db.h"

#include "core/doorbell.h"
#include "core/settings.h"

#include "fcgi/field.h"
#include "fcgi/problem.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/route_match.h"

struct call_counters;
struct integration_cache;
struct http;
struct integration;
struct keyring;
struct load;
struct node_watch;
struct responder;
struct session;
struct together;
struct throttle;

/* What is kept between calls for one call at a time: a connection to the
 * database, and what goes with it. Nothing in it came with a call. */
struct worker {
	const struct settings *settings;
	struct keyring *keyring; /* admin only, else NULL; shared by all
				    threads */
	struct db *db;		 /* NULL until it is needed */
	bool offline;		 /* never open one: tests, fuzzers */
	struct doorbell_client bell;
	struct http *http; /* to PowerAuth Server; NULL: not yet */
	struct integration_cache *callers;   /* NULL: not yet */
	struct throttle *throttle; /* shared by all threads; NULL: plain CGI */
	struct together *together; /* the same */
	const struct load *load;   /* the same */
	struct node_watch *watch;  /* the same */
	struct call_counters *counters; /* of the process; NULL: none */
	uint64_t call_ids; /* the next call's, before hash_mix; 0: none yet */
	struct arena *mem; /* for serve_call */
	const atomic_bool *stop; /* the process must end; NULL: never */
};

struct call;
struct outbox_send;
struct send_counters;

/* A handler that returns NULL with c->wait set leaves its call waiting for the
 * first answers to a send, or for a change of a campaign; then answer() does
 * the rest, perhaps in another thread, without a caller (c->caller), and
 * without a connection to the database unless needs_db() asks for it. */
struct call_wait {
	const struct outbox_send *queue; /* NULL: of a campaign, ... */
	int64_t campaign;  /* ... until it has another version, or ... */
	uint64_t version;
	int64_t for_ms;	   /* ... for so long */
	const struct err *(*answer)(struct call *c,
	    const struct send_counters *account);
	/* Does the answer say more with a connection? It has one then, if a
	 * worker is free in time. */
	bool (*needs_db)(const struct call *c,
	    const struct send_counters *account);
	const void *arg; /* for both */
	const struct send_counters *account; /* NULL: the wait is not over */
};

#define CALL_ID 17 /* 16 hex digits and NUL */

struct call {
	const struct responder *responder;
	const struct settings *settings;
	const struct request *request;
	const struct route *route;
	struct reply *reply;
	struct arena *mem;
	struct db *db; /* NULL only with ROUTE_NO_DB */
	struct worker *worker;
	int64_t start_us; /* when it had been read; monotonic */
	bool checked;	  /* caller and body were looked at */
	bool may_wait;	  /* by leaving a struct call_wait */
	struct call_wait *wait;

	const void *in;	 /* the struct that the route's form filled */
	int64_t path_id; /* {id} of the path */

	const struct integration *caller; /* NULL: the call needs none */
	const struct session *session; /* the caller's; NULL: it has none */
	char id[CALL_ID]; /* ties log lines and a caller's error together */
	const char *app;  /* for the log: set it when you know it */
	const char *object; /* audited object; NULL: the application */
	struct json *detail; /* for the audit trail: see audit_detail */
	enum problem problem; /* see problem_as */
	int retry_after_s;    /* seconds; 0: as the problem's row */
	struct json *violations;
	struct json *warnings; /* see warn.h; NULL: none so far */
	size_t n_warnings;     /* including those above LIMIT_WARNINGS */
};

/* Must the call stop waiting, because the process is to end? */
static inline bool
call_must_end(const struct call *c)
{
	return c->worker->stop != NULL && atomic_load(c->worker->stop);
}

#endif
