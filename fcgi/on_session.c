/* SPDX-License-Identifier: MIT */
/* Sessions of the console: sign in, who am I, sign out. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"

#include "core/view.h"

#include "fcgi/call.h"
#include "fcgi/page_session.h"
#include "fcgi/refuse_caller.h"

struct session_in {
	const char *token, *secret;
};

/* clang-format off */
#define AT(member) offsetof(struct session_in, member)

static const struct field session_fields[] = {
	{"token",  F_ID, F_NEED | F_FILLED, AT(token), 0, 255,
	    .missing = "Token must not be empty."},
	{"secret", F_TEXT, F_NEED | F_FILLED | F_SECRET, AT(secret), 0, 255,
	    .missing = "Secret must not be empty."},
	{NULL}
};

const struct form session_form = {
	session_fields, sizeof(struct session_in),
	"Request object must not be empty", 0
};
/* clang-format on */

/* What the page has to know of its caller. */
static struct json *
session_json(struct call *c, const struct integration *i)
{
	struct json *j = json_new_object(c->mem);

	json_set_text(j, "auth", "basic");
	json_set_text(j, "name", i->name);
	view_scope(c->mem, j, i->roles, i->apps);
	return j;
}

static void
set_session(struct json *j, const char *key, int64_t ends_ms)
{
	char token[INTEGRATION_HASH];

	page_session_token(key, token);
	json_set_text(j, "csrfToken", token);
	view_instant(j, "expires", ends_ms);
	json_set_int(j, "idleSeconds", SESSION_IDLE_MS / 1000);
}

/* --- sign in ---------------------------------------------------------- */

/* *hash stays that of the secret, for the session belongs to it. */
static const struct err *
check_secret(struct call *c, char hash[INTEGRATION_HASH],
    struct integration *i)
{
	const struct session_in *in = c->in;
	const struct err *e;

	integration_hash(in->secret, hash);
	e = integration_of(c->db, c->mem, in->token, hash, i);
	return e != NULL && e->code == ERR_UNAUTH ? refuse_caller(c, true) : e;
}

/* Who signs in anew loses the cookie of before: nobody could end its session
 * any more. */
static const struct err *
end_earlier(struct call *c)
{
	const char *key = c->request->page.cookie;
	struct session s = {0};

	if (key == NULL || key[0] == '\0')
		return NULL;
	integration_hash(key, s.name);
	return session_close(c->db, &s);
}

const struct err *
on_session_open(struct call *c)
{
	char hash[INTEGRATION_HASH], key[SESSION_KEY];
	struct session s = {0};
	struct integration i;
	const struct err *e;
	struct json *j;

	if ((e = check_secret(c, hash, &i)) != NULL ||
	    (e = end_earlier(c)) != NULL ||
	    (e = session_open(c->db, i.id, hash, key)) != NULL ||
	    (e = session_find(c->db, c->mem, key, &s)) != NULL)
		return e;
	j = session_json(c, &s.integration);
	set_session(j, key, s.ends_ms);
	page_session_cookie(c, key);
	explicit_bzero(key, sizeof key);
	return reply_object(c, j);
}

/* --- who am I --------------------------------------------------------- */

/* With [api] auth = none nobody asks who calls, and everybody may all. */
static const struct err *
everybody(struct call *c)
{
	struct json *j = json_new_object(c->mem);
	struct json *roles;

	json_set_text(j, "auth", "none");
	roles = json_set_array(j, "roles");
	for (size_t i = 0; i < INTEGRATION_ROLES; i++)
		json_add_text(roles, integration_role_names[i]);
	return reply_object(c, j);
}

const struct err *
on_session_show(struct call *c)
{
	struct json *j;

	if (c->caller == NULL)
		return everybody(c);
	j = session_json(c, c->caller);
	if (c->session != NULL)
		set_session(j, c->request->page.cookie, c->session->ends_ms);
	return reply_object(c, j);
}

/* --- sign out --------------------------------------------------------- */

const struct err *
on_session_close(struct call *c)
{
	const struct err *e = c->session != NULL
	    ? session_close(c->db, c->session) : NULL;

	if (e != NULL)
		return e;
	page_session_cookie(c, NULL);
	return reply_ok(c);
}
