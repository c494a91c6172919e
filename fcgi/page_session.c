/* SPDX-License-Identifier: MIT */
#include "fcgi/page_session.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/log.h"

#define READS (M_GET | M_HEAD)

void
page_session_token(const char *key, char token[INTEGRATION_HASH])
{
	char text[sizeof "csrf " + SESSION_KEY];

	(void)snprintf(text, sizeof text, "csrf %s", key);
	integration_hash(text, token);
	explicit_bzero(text, sizeof text);
}

static bool
has_token(const struct page_headers *p)
{
	char token[INTEGRATION_HASH];

	page_session_token(p->cookie, token);
	return p->csrf != NULL && strlen(p->csrf) == sizeof token - 1 &&
	    crypto_equal(p->csrf, token, sizeof token - 1);
}

/* As for the integration: a read-only database still lets the page in, and the
 * session ends sooner. */
static void
note_page(struct call *c, const struct session *s)
{
	const struct err *e = NULL;

	if (s->use_is_old && !c->request->page.by_timer)
		e = session_used(c->db, s);
	if (e == NULL && s->integration.use_is_old)
		e = integration_used(c->db, s->integration.id);
	if (e != NULL)
		log_warn("use id=%s integration=%s error=\"%s\"", c->id,
		    s->integration.name, QUOTED(e->text));
}

static const struct err *
find_session(struct call *c)
{
	struct session *s = arena_zero(c->mem, sizeof *s);
	const struct err *e;

	if (c->db == NULL)
		return err_new(ERR_BUSY, "no database to ask whose session "
		    "it is");
	e = session_find(c->db, c->mem, c->request->page.cookie, s);
	if (e != NULL)
		return e;
	note_page(c, s);
	c->session = s;
	c->caller = &s->integration;
	return NULL;
}

const struct err *
page_session(struct call *c)
{
	const struct page_headers *p = &c->request->page;

	if (p->cookie[0] == '\0')
		return err_new(ERR_UNAUTH, "Unauthorized");
	if ((c->request->method & READS) == 0 && !has_token(p))
		return err_new(ERR_DENIED, "X-CSRF-Token is not that of the "
		    "session");
	return find_session(c);
}

/* The prefix is a path of ours, of the settings. */
void
page_session_cookie(struct call *c, const char *key)
{
	const char *prefix = c->settings->api.prefix;
	size_t n = prefix != NULL ? strlen(prefix) : 0;

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	reply_header(c, "Set-Cookie", SESSION_COOKIE "=%s; Path=%.*s/; "
	    "Max-Age=%d; HttpOnly; SameSite=Strict%s", key != NULL ? key : "",
	    (int)n, n > 0 ? prefix : "", key != NULL ? SESSION_MS / 1000 : 0,
	    c->request->page.secure ? "; Secure" : "");
}
