/* SPDX-License-Identifier: MIT */
#include "fcgi/audited.h"

#include "db/audit.h"
#include "db/integration.h"

struct change {
	struct call *call;
	struct reply fresh; /* as it was before the handler, */
	bool warned;	    /* and so this */
};

static const struct err *
write_row(struct call *c)
{
	struct audit a = {.who = c->caller != NULL ? c->caller->name : NULL,
	    .source = c->request->remote, .action = c->route->change,
	    .object = c->object != NULL ? c->object : c->app, .call = c->id};

	if (c->detail != NULL)
		a.detail = json_write(c->detail, NULL);
	return audit_add(c->db, &a);
}

/* Who is removed meanwhile changes nothing any more; of two who remove each
 * other at once, one remains. */
static const struct err *
lock_caller(struct call *c)
{
	return c->caller != NULL ? integration_lock(c->db, c->caller->id)
				 : NULL;
}

static const struct err *
once(struct db *db, void *arg)
{
	struct change *ch = arg;
	struct call *c = ch->call;
	const struct err *e;

	(void)db; /* the call's */
	*c->reply = ch->fresh;
	c->object = NULL;
	c->detail = NULL;
	if (!ch->warned) {
		c->warnings = NULL;
		c->n_warnings = 0;
	}
	if ((e = lock_caller(c)) != NULL || (e = c->route->handler(c)) != NULL)
		return e;
	return write_row(c);
}

const struct err *
audited_run(struct call *c)
{
	struct change ch = {c, *c->reply, c->warnings != NULL};
	const struct err *e = db_transact(c->db, once, &ch);

	/* an answer that was made before the commit failed */
	if (e != NULL)
		*c->reply = ch.fresh;
	return e;
}

void
audit_detail(struct call *c, const char *name, const char *value)
{
	if (c->detail == NULL)
		c->detail = json_new_object(c->mem);
	json_set_text(c->detail, name, value);
}
