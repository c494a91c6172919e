/* SPDX-License-Identifier: MIT */
#include "fcgi/audited.h"

#include "db/integration.h"

#include "core/audited.h"

struct audited_call {
	struct call *call;
	struct reply fresh; /* the reply as it was before the handler */
	bool warned;	    /* whether there were warnings before it */
};

static void
forget_answer(void *arg)
{
	const struct audited_call *a = arg;
	struct call *c = a->call;

	*c->reply = a->fresh;
	c->object = NULL;
	c->detail = NULL;
	if (!a->warned) {
		c->warnings = NULL;
		c->n_warnings = 0;
	}
}

/* The caller's row is locked until the commit: an integration that is being
 * removed cannot complete a change, and of two that remove each other at once
 * only one succeeds. */
static const struct err *
lock_caller(struct call *c)
{
	return c->caller != NULL ? integration_lock(c->db, c->caller->id)
				 : NULL;
}

static const struct err *
run_handler(void *arg)
{
	const struct audited_call *a = arg;
	const struct err *e = lock_caller(a->call);

	return e != NULL ? e : a->call->route->handler(a->call);
}

static void
describe_call(void *arg, struct audit *row)
{
	const struct audited_call *a = arg;
	const struct call *c = a->call;

	*row = (struct audit){.who = c->caller != NULL ? c->caller->name : NULL,
	    .source = c->request->remote, .action = c->route->change,
	    .object = c->object != NULL ? c->object : c->app,
	    .detail = c->detail != NULL ? json_write(c->detail, NULL) : NULL,
	    .call = c->id};
}

static void
forget_nothing(void *arg)
{
	(void)arg;
}

static const struct err *
check_caller_only(void *arg)
{
	const struct audited_call *a = arg;

	return lock_caller(a->call);
}

const struct err *
audited_begin(struct call *c)
{
	static const struct audited steps = {forget_nothing, check_caller_only,
	    describe_call};
	struct audited_call a = {.call = c};

	return audited_change(c->db, &steps, &a);
}

const struct err *
audited_run(struct call *c)
{
	static const struct audited steps = {forget_answer, run_handler,
	    describe_call};
	struct audited_call a = {c, *c->reply, c->warnings != NULL};

	if (c->route->flags & ROUTE_PORTIONS)
		return c->route->handler(c);
	return audited_change(c->db, &steps, &a);
}

void
audit_detail(struct call *c, const char *name, const char *value)
{
	if (c->detail == NULL)
		c->detail = json_new_object(c->mem);
	json_set_text(c->detail, name, value);
}
