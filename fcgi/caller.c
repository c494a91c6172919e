/* SPDX-License-Identifier: MIT */
/*
 * The caller authenticates by the token and secret of an integration: HTTP
 * Basic, or Bearer with "token.secret"; or by the cookie of a session; or it
 * calls from an address that the settings trust, and sends none of these. The
 * role that a call needs is a column of the route table. Who the web server
 * says that the caller is (REMOTE_USER) counts for nothing.
 */
#include "fcgi/caller.h"

#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/text.h"

#include "db/integration.h"

#include "fcgi/integration_cache.h"
#include "fcgi/page_session.h"
#include "fcgi/refuse_caller.h"

#define CREDENTIAL_MAX 512

/* --- credentials of the call ------------------------------------------ */

/* Only the hash of the secret is kept. */
struct proof {
	char token[INTEGRATION_TOKEN];
	char hash[INTEGRATION_HASH];
};

/* "token SEPARATOR secret"; a token is 32 hex digits, as we made it. */
static bool
read_pair(const char *text, char separator, struct proof *p)
{
	size_t n = strspn(text, "0123456789abcdef");

	if (n != sizeof p->token - 1 || text[n] != separator)
		return false;
	memcpy(p->token, text, n);
	p->token[n] = '\0';
	integration_hash(text + n + 1, p->hash);
	return true;
}

static bool
read_basic(const char *value, struct proof *p)
{
	struct buf b = BUF(CREDENTIAL_MAX);
	bool ok = crypto_unbase64(value, strlen(value), &b) &&
	    text_is_utf8(buf_str(&b), b.len) &&
	    read_pair(buf_str(&b), ':', p);

	buf_wipe(&b);
	return ok;
}

/* The credentials behind the scheme (in any letter case) and at least one
 * space; or NULL. */
static const char *
behind(const char *value, const char *scheme)
{
	size_t n = strlen(scheme);

	if (strncasecmp(value, scheme, n) != 0 || value[n] != ' ')
		return NULL;
	return value + n + strspn(value + n, " ");
}

static bool
read_proof(const char *value, struct proof *p)
{
	const char *rest;

	if (strlen(value) > CREDENTIAL_MAX)
		return false;
	if ((rest = behind(value, "Basic")) != NULL)
		return read_basic(rest, p);
	if ((rest = behind(value, "Bearer")) != NULL)
		return read_pair(rest, '.', p);
	return false;
}

/* --- identification --------------------------------------------------- */

static void
note_use(struct call *c, const struct integration *i)
{
	const struct err *e = i->use_is_old ? integration_used(c->db, i->id)
					    : NULL;

	/* a read-only database still lets callers in */
	if (e != NULL)
		log_warn("use id=%s integration=%s error=\"%s\"", c->id,
		    i->name, QUOTED(e->text));
}

/* What identifies a caller: the proof, or else the name that the settings give
 * to its address. */
struct claim {
	const struct proof *proof;
	const char *name;
};

static const struct integration *
find_cached(struct call *c, const struct claim *who, int64_t now_ms)
{
	struct worker *w = c->worker;

	if (w->callers == NULL)
		w->callers = integration_cache_new();
	if (c->route->change != NULL)
		return NULL;
	return who->proof != NULL
		   ? integration_cache_find(w->callers, who->proof->token,
			 who->proof->hash, now_ms)
		   : integration_cache_by_name(w->callers, who->name, now_ms);
}

static const struct err *
ask_database(struct call *c, const struct claim *who, struct integration *i)
{
	if (c->db == NULL)
		return err_new(ERR_BUSY, "no database to ask who calls");
	return who->proof != NULL
		? integration_of(c->db, c->mem, who->proof->token,
		      who->proof->hash, i)
		: integration_named(c->db, c->mem, who->name, i);
}

/* On a cache miss or a wrong secret always query the database: a new secret
 * works at once, and timing does not reveal whether the token is known. Calls
 * that change something are never served from the cache: an integration that
 * was removed a moment ago could create another way in. */
static const struct err *
identify(struct call *c, const struct claim *who)
{
	int64_t now_ms = clock_mono_ms();
	struct integration *i;
	const struct err *e;

	if ((c->caller = find_cached(c, who, now_ms)) != NULL)
		return NULL;
	i = arena_zero(c->mem, sizeof *i);
	if ((e = ask_database(c, who, i)) != NULL)
		return e;
	note_use(c, i);
	c->caller = integration_cache_keep(c->worker->callers, i, now_ms);
	return NULL;
}

/* A call without credentials is no failure: many clients send none until
 * they are asked. */
static const struct err *
no_credentials(void)
{
	return err_new(ERR_UNAUTH, "Unauthorized");
}

static const struct err *
by_proof(struct call *c)
{
	const struct err *e;
	struct proof p;

	if (!read_proof(c->request->authorization, &p))
		return refuse_caller(c, false);
	e = identify(c, &(struct claim){&p, NULL});
	return e != NULL && e->code == ERR_UNAUTH ? refuse_caller(c, false) : e;
}

/* A proxy is never the caller itself, even if its address is in a range: we do
 * not know for which caller it calls. */
static bool
is_trusted(const struct call *c, char name[NET_ITEM])
{
	const char *from = c->request->remote;

	return c->request->authorization == NULL &&
	    net_list_name(c->settings->api.trust, from, name) &&
	    !net_list_has(c->settings->api.proxies, from);
}

static const struct err *
by_address(struct call *c)
{
	char name[NET_ITEM];
	const struct err *e;

	if (!is_trusted(c, name))
		return no_credentials();
	e = identify(c, &(struct claim){NULL, name});
	if (e == NULL || e->code != ERR_MISSING)
		return e;
	log_warn("trust id=%s from=%.45s integration=\"%s\" why=\"there is "
	    "no such integration\"", c->id, c->request->remote,
	    QUOTED(name));
	return no_credentials();
}

/* --- authorization ---------------------------------------------------- */

bool
caller_is_bound(const struct call *c)
{
	return c->caller != NULL && c->caller->apps != NULL;
}

const struct err *
caller_has_role(const struct call *c, enum role role)
{
	if (c->caller == NULL || role == ROLE_ANY ||
	    role_is_among(c->caller->roles, role))
		return NULL;
	return err_new(ERR_DENIED, "This integration does not have the role %s",
	    role_name(role));
}

static const struct err *
check_route(const struct call *c)
{
	const struct err *e = caller_has_role(c, c->route->role);

	if (e != NULL)
		return e;
	if (c->route->flags & ROUTE_ALL_APPS && caller_is_bound(c))
		return err_new(ERR_DENIED, "This call is about all "
		    "applications; this integration may use some only");
	return NULL;
}

static bool
needs_caller(const struct call *c)
{
	return c->settings->api.auth != AUTH_NONE &&
	    c->route->role != ROLE_OPEN;
}

bool
caller_asks(const struct call *c)
{
	char name[NET_ITEM];

	return needs_caller(c) && (c->request->authorization != NULL ||
	    c->request->page.cookie != NULL || is_trusted(c, name));
}

const struct err *
caller_check(struct call *c)
{
	const struct err *e;

	if (!needs_caller(c))
		return NULL;
	if (c->request->authorization != NULL)
		e = by_proof(c);
	else if (c->request->page.cookie != NULL)
		e = page_session(c);
	else
		e = by_address(c);
	return e != NULL ? e : check_route(c);
}

const char *
caller_apps(const struct call *c)
{
	return c->caller != NULL ? c->caller->apps : NULL;
}

bool
caller_has_app(const struct call *c, const char *app_id)
{
	if (!caller_is_bound(c))
		return true;
	for (size_t i = 0; i < c->caller->n_app_names; i++)
		if (strcmp(c->caller->app_names[i], app_id) == 0)
			return true;
	return false;
}

const struct err *
caller_app(const struct call *c, const char *app_id)
{
	if (app_id == NULL || caller_has_app(c, app_id))
		return NULL;
	return err_new(ERR_DENIED,
	    "This integration may not use application %s", app_id);
}

bool
caller_may_vouch(const struct call *c)
{
	return c->settings->api.auth == AUTH_NONE ||
	    (c->caller != NULL &&
		role_is_among(c->caller->roles, ROLE_DEVICE));
}
