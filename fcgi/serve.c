/* SPDX-License-Identifier: MIT */
/*
 * The life of a call: route, access, form, database, handler, reply, one
 * line in the log. All that is common to calls happens only here; the route's
 * row decides it.
 */
#include "fcgi/serve.h"

#include <inttypes.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/text.h"

#include "db/send_status.h"

#include "fcgi/body.h"
#include "fcgi/call_counters.h"
#include "fcgi/caller.h"
#include "fcgi/warn.h"

/* --- a call ----------------------------------------------------------- */

static const struct err *
no_method(struct call *c, unsigned allow)
{
	char methods[64];

	route_allow(allow, methods);
	reply_header_text(c, "Allow", methods);
	if (c->request->method == M_OPTIONS)
		return reply_raw(c, 200, NULL, "", 0);
	return problem_as(c, PROBLEM_METHOD, err_new(ERR_INVALID,
	    "Method not allowed here; these are: %s", methods));
}

static const struct err *
refused(struct call *c)
{
	return problem_as(c, PROBLEM_REFUSED, err_new(ERR_INVALID,
	    "The web server refuses this request: %s",
	    reply_words(c->request->refused)));
}

static const struct err *
find_route(const struct responder *r, struct call *c)
{
	unsigned allow;

	switch (route_match(r->routes, r->n_routes, c->request, &c->route,
	    &allow, &c->path_id)) {
	case ROUTE_NO_METHOD:
		return no_method(c, allow);
	case ROUTE_BAD_ID:
		return err_new(ERR_INVALID, "the id in the path must be a "
		    "number");
	case ROUTE_FOUND:
		if (c->request->method == M_OPTIONS)
			return no_method(c, allow);
		return NULL;
	default:
		/* the web server sends only paths of this responder here */
		return c->request->refused != 0 ? refused(c)
			: err_new(ERR_MISSING, "there is no such path");
	}
}

static const struct err *
missing_object(struct call *c)
{
	const struct form *form = c->route->form;
	struct json *v;

	if ((form->how & FORM_VIOLATIONS) == 0)
		return err_new(ERR_INVALID, "%s", form->missing);
	v = json_add_object(c->violations);
	json_set_text(v, "fieldName", "requestObject");
	json_set_text(v, "hint", form->missing);
	return problem_as(c, PROBLEM_REQUEST, err_new(ERR_INVALID,
	    "requestObject %s", form->missing));
}

/* Secrets in the body are overwritten when the call ends, and so is the
 * body. */
static void
wipe_secrets(struct call *c, const struct form *form, const void *in)
{
	for (const struct field *f = form->fields; f->name != NULL; f++) {
		const char *text;

		if ((f->flags & F_SECRET) == 0)
			continue;
		text = *(const char *const *)(const void *)
		    ((const char *)in + f->at);
		if (text != NULL)
			arena_wipe(c->mem, text, strlen(text));
	}
}

static const struct err *
fill_form(struct call *c)
{
	const struct form *form = c->route->form;
	const struct err *e;
	struct json *object;
	void *in;

	if (form == NULL)
		return NULL;
	if ((e = body_read(c, &object)) != NULL)
		return e;
	if (form->how & FORM_VIOLATIONS)
		c->violations = json_new_array(c->mem);
	if (object == NULL && form->missing != NULL)
		return missing_object(c);
	in = arena_zero(c->mem, form->size);
	e = field_check(c->mem, form, object, c->request, in, c->violations);
	wipe_secrets(c, form, in);
	if (e != NULL && form->how & FORM_VIOLATIONS)
		return problem_as(c, PROBLEM_REQUEST, e);
	if (e == NULL && form->how & FORM_WARNS)
		warn_strays(c, object);
	c->in = in;
	return e;
}

static bool
needs_database(const struct call *c)
{
	return (c->route->flags & ROUTE_NO_DB) == 0;
}

static const struct err *
find_database(struct call *c)
{
	struct worker *w = c->worker;
	const struct err *e = NULL;

	if (!needs_database(c))
		return NULL;
	if (w->db == NULL && w->offline)
		e = err_new(ERR_BUSY, "no database");
	else if (w->db == NULL)
		e = db_open(&c->settings->database, c->responder->name,
		    DB_QUICK, &w->db);
	c->db = w->db;
	return e;
}

/* A caller that is bound to applications may not name another one: where a form
 * has an appId it is checked here, for all calls. */
static const struct err *
check_app(struct call *c)
{
	const struct form *form = c->route->form;

	if (c->caller == NULL || form == NULL || c->in == NULL)
		return NULL;
	for (const struct field *f = form->fields; f->name != NULL; f++)
		if (strcmp(f->name, "appId") == 0 &&
		    (f->type == F_ID || f->type == F_TEXT))
			return caller_app(c, *(const char *const *)
			    (const void *)((const char *)c->in + f->at));
	return NULL;
}

/* Runs only after access was granted, because a connection is expensive. */
static const struct err *
handle(struct call *c)
{
	const struct responder *r = c->responder;
	handler *fn = c->route->change != NULL ? r->change
					       : c->route->handler;
	struct db *usual = c->db;
	const struct err *e;

	if ((c->route->flags & ROUTE_LONG) == 0)
		return fn(c);
	e = db_open(&c->settings->database, r->name, DB_LONG, &c->db);
	if (e == NULL) {
		e = fn(c);
		db_close(c->db);
	}
	c->db = usual;
	return e;
}

/* *over: there is nothing to do but to answer, with the error or with what the
 * reply has already. */
static const struct err *
look_at_path(struct call *c, bool *over)
{
	const struct err *e;

	*over = true;
	if (c->request->refused != 0 &&
	    c->request->refused != REFUSED_NO_LENGTH)
		return refused(c);
	if (c->request->fault != NULL && !c->request->fault_in_body)
		return c->request->fault;
	if ((e = find_route(c->responder, c)) == NULL)
		/* OPTIONS has its reply */
		*over = c->route == NULL || c->reply->status != 0;
	return e;
}

/* Who calls, and with what. */
static const struct err *
check_caller(struct call *c)
{
	const struct err *e;

	c->checked = true;
	if ((e = caller_check(c)) != NULL || (e = c->request->fault) != NULL ||
	    (e = fill_form(c)) != NULL)
		return e;
	return check_app(c);
}

int64_t
serve_body_max(const struct responder *r, const struct settings *s,
    const struct request *req)
{
	const struct route *route = NULL;
	unsigned allow;
	int64_t id;

	(void)route_match(r->routes, r->n_routes, req, &route, &allow, &id);
	return route_body_max(route, s);
}

/* --- the log line ----------------------------------------------------- */

/* A text from a caller in an unquoted field of the line: it must not look like
 * another field. */
static const char *
in_field(struct call *c, const char *text)
{
	char *copy = arena_text(c->mem, text, strlen(text));

	for (char *p = copy; (p = strpbrk(p, " \"")) != NULL; p++)
		*p = *p == '"' ? '\'' : '_';
	return copy;
}

/* A caller may have put a token or a key into the wrong place. */
static const char *
hidden(struct call *c, const char *text)
{
	size_t size = strlen(text) + 1;
	char *told = arena_alloc(c->mem, size);

	text_hide(text, told, size);
	return told;
}

/* The call's line. */
static const char *
call_line(struct call *c, const char *fault, int64_t us)
{
	const struct request *req = c->request;
	const char *corr = req->correlation;
	/* in a path that exists the segments are names and ids */
	const char *path = c->route != NULL ? req->path
		: hidden(c, req->path);
	/* after success the application exists */
	const char *app = c->app == NULL ? "" : fault == NULL ? c->app
		: hidden(c, c->app);

	return arena_fmt(c->mem, "call id=%s %s %.200s %d %" PRId64
	    "ms%s%.255s bytes=%zu%s%s%s%s%s%s%s", c->id, req->method_name,
	    path, c->reply->status, us / 1000, c->app != NULL ? " app=" : "",
	    in_field(c, app), c->reply->body_len,
	    corr != NULL ? " corr=" : "", corr != NULL ? corr : "",
	    req->trace != NULL ? " trace=" : "",
	    req->trace != NULL ? req->trace : "",
	    fault != NULL ? " error=\"" : "",
	    fault != NULL ? QUOTED(fault) : "",
	    fault != NULL ? "\"" : "");
}

static void
log_call(struct call *c, const char *fault, int64_t us)
{
	int status = c->reply->status;

	if (status == 500)
		log_err("%s", call_line(c, fault, us));
	else if (status > 500 && c->problem != PROBLEM_REFUSED)
		log_warn("%s", call_line(c, fault, us));
	else if (log_level() >= LOG_L_INFO)
		log_info("%s", call_line(c, fault, us));
}

/* Ids of lib/id.h are not used: they follow the database's time, which this
 * thread may not know yet, and never decrease. Random bytes for each call would
 * cost more than to find its route. */
static void
name_call(struct call *c, struct worker *w)
{
	uint64_t n;

	if (w->call_ids == 0)
		crypto_random(&w->call_ids, sizeof w->call_ids);
	n = hash_mix(w->call_ids++);
	text_hex(&n, sizeof n, c->id);
	reply_header_text(c, "X-Request-Id", c->id);
}

static enum serve_state
conclude(struct call *c, const struct err *e)
{
	int64_t us = clock_mono_us() - c->start_us;
	const char *fault = NULL;

	if (e != NULL) {
		fault = hidden(c, e->text);
		problem_reply(c, e);
	}
	c->reply->headless = c->request->method == M_HEAD;
	log_call(c, fault, us);
	call_counters_add(c->worker->counters, c->route, c->reply->status, us);
	return SERVE_ANSWERED;
}

/* --- the stages ------------------------------------------------------- */

struct call *
serve_new(const struct responder *r, struct arena *mem,
    const struct request *req)
{
	struct call *c = arena_zero(mem, sizeof *c);

	c->responder = r;
	c->request = req;
	c->reply = arena_zero(mem, sizeof *c->reply);
	c->mem = mem;
	c->start_us = clock_mono_us();
	return c;
}

enum serve_state
serve_begin(struct call *c, struct worker *w)
{
	const struct err *e;
	bool over;

	c->worker = w;
	c->settings = w->settings;
	name_call(c, w);
	if ((e = look_at_path(c, &over)) != NULL || over)
		return conclude(c, e);
	return needs_database(c) ? SERVE_QUEUED : serve_early(c);
}

enum serve_state
serve_early(struct call *c)
{
	const struct err *e;

	if (caller_asks(c))
		return SERVE_QUEUED;
	if ((e = check_caller(c)) == NULL) {
		if (needs_database(c))
			return SERVE_QUEUED;
		e = handle(c);
	}
	return conclude(c, e);
}

enum serve_state
serve_stranger(struct call *c)
{
	const struct err *e = caller_asks(c) ? NULL : caller_check(c);

	return e != NULL ? conclude(c, e) : SERVE_QUEUED;
}

/* A failure is no reason to call the send refused: it has happened. */
static enum serve_state
answer_wait(struct call *c)
{
	return conclude(c, c->wait->answer(c, c->wait->account));
}

enum serve_state
serve_work(struct call *c, struct worker *w)
{
	const struct err *e;

	c->worker = w;
	e = find_database(c);
	if (c->wait != NULL)
		return answer_wait(c);
	if (e == NULL && (c->checked || (e = check_caller(c)) == NULL))
		e = handle(c);
	if (e != NULL || c->wait == NULL)
		return conclude(c, e);
	/* the worker's, as its cache has it, and soon another call's */
	c->caller = NULL;
	c->db = NULL;
	return SERVE_WAITS;
}

enum serve_state
serve_resume(struct call *c, struct worker *w,
    const struct send_counters *account)
{
	struct send_counters *kept = arena_alloc(c->mem, sizeof *kept);

	c->worker = w;
	*kept = *account;
	c->wait->account = kept;
	return c->wait->needs_db(c, account) ? SERVE_QUEUED : answer_wait(c);
}

void
serve_turn_away(struct call *c, struct worker *w, const char *why)
{
	c->worker = w;
	if (c->wait != NULL)
		(void)answer_wait(c);
	else
		(void)conclude(c, problem_as(c, PROBLEM_CROWDED,
		    err_new(ERR_BUSY, "%s", why)));
}

void
serve_call(const struct responder *r, struct worker *w,
    const struct request *req, struct reply *reply)
{
	struct call *c = serve_new(r, w->mem, req);

	if (serve_begin(c, w) == SERVE_QUEUED &&
	    serve_early(c) == SERVE_QUEUED)
		(void)serve_work(c, w);
	*reply = *c->reply;
}
