/* SPDX-License-Identifier: MIT */
/* An operator's hold of an application, and its release. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"
#include "lib/platform.h"

#include "db/application.h"

#include "push/provider.h"

#include "core/holding.h"

#include "fcgi/audited.h"
#include "fcgi/call.h"

struct hold_in {
	const char *app_id, *provider, *host, *reason;
};

#define NAME(number, id, name, old) #name,
static const char *const names[] = {PLATFORMS(NAME) NULL};

/* clang-format off */
#define AT(member) offsetof(struct hold_in, member)
#define SCOPE_FIELDS \
	{"appId",    F_ID,   F_NEED, AT(app_id), 0, 255, \
	    .missing = "App ID must not be null."}, \
	{"provider", F_ENUM, 0, AT(provider), .choices = names}, \
	{"host",     F_ID,   0, AT(host), 0, 255}

static const struct field hold_fields[] = {
	SCOPE_FIELDS,
	{"reason",   F_ID,   0, AT(reason), 0, HOLDING_REASON_MAX},
	{NULL}
};

static const struct field release_fields[] = {
	SCOPE_FIELDS,
	{NULL}
};

const struct form app_hold_form = {
	hold_fields, sizeof(struct hold_in),
	"Request object must not be empty", 0
};
const struct form app_release_form = {
	release_fields, sizeof(struct hold_in),
	"Request object must not be empty", 0
};
/* clang-format on */

/* --- what it is of ---------------------------------------------------- */

static const struct err *
check_host(const struct holding *h)
{
	switch (holding_host_check(h)) {
	case HOLDING_HOST_STRAY:
		return err_new(ERR_INVALID, "A host goes with a provider that "
		    "has several, as the push services of browsers");
	case HOLDING_HOST_ODD:
		return err_new(ERR_INVALID, "A host is the full name of one, "
		    "in lower case");
	case HOLDING_HOST_FINE:
		break;
	}
	return NULL;
}

static const struct err *
read_holding(struct call *c, struct holding *h)
{
	const struct hold_in *in = c->in;
	struct application app;
	const struct err *e;

	c->app = in->app_id;
	*h = (struct holding){.platform = in->provider != NULL
		? provider_by_name(in->provider)->platform : HOLD_ALL,
	    .host = in->host, .app_id = in->app_id};
	if ((e = check_host(h)) != NULL)
		return e;
	if ((e = application_by_name(c->db, c->mem, in->app_id, &app)) != NULL)
		return problem_say(e, ERR_MISSING, "Application credentials "
		    "with entered ID: %s does not exist", in->app_id);
	h->app = app.id;
	if (in->provider != NULL)
		audit_detail(c, "provider", in->provider);
	if (in->host != NULL)
		audit_detail(c, "host", in->host);
	return NULL;
}

/* --- hold ------------------------------------------------------------- */

const struct err *
on_app_hold(struct call *c)
{
	const struct hold_in *in = c->in;
	const struct err *e;
	struct holding h;
	struct json *j;

	if (in->reason != NULL && strlen(in->reason) > HOLDING_REASON_MAX)
		return err_new(ERR_INVALID, "A reason has at most %d bytes",
		    HOLDING_REASON_MAX);
	if ((e = read_holding(c, &h)) != NULL ||
	    (e = holding_put(c->db, &h, in->reason)) != NULL)
		return e;
	if (in->reason != NULL)
		audit_detail(c, "reason", in->reason);
	j = holding_json(c->mem, &h);
	json_set_text(j, "reason", in->reason);
	return reply_object(c, j);
}

/* --- release ---------------------------------------------------------- */

static const struct err *
check_release(struct call *c, const struct holding *h)
{
	struct hold wider = {.app = 0};
	const struct err *e = holding_may_release(c->db, c->mem, h, &wider);

	return wider.app == 0 ? e : problem_as(c, PROBLEM_DONE, e);
}

/* What is left when the process ends goes out with its next try. */
static bool
goes_on(uint64_t n, unsigned shards, void *call)
{
	(void)n;
	(void)shards;
	return !call_must_end(call);
}

const struct err *
on_app_release(struct call *c)
{
	uint64_t holds = 0, rows = 0;
	const struct err *e;
	struct holding h;
	struct json *j;

	if ((e = read_holding(c, &h)) != NULL ||
	    (e = check_release(c, &h)) != NULL ||
	    (e = audited_begin(c)) != NULL)
		return e;
	e = holding_release(c->db, &h, goes_on, c, &holds, &rows);
	if (holds > 0)
		(void)doorbell_ring_all(&c->worker->bell, HOLDING_SEEN_MS);
	if (e != NULL)
		return e;
	j = holding_json(c->mem, &h);
	json_set_int(j, "released", (int64_t)holds);
	json_set_int(j, "messages", (int64_t)rows);
	return reply_object(c, j);
}
