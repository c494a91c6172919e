/* SPDX-License-Identifier: MIT */
/*
 * The caller proves itself by the token and secret of an integration: HTTP
 * Basic, or Bearer with "token.secret". Which role a call needs is a column
 * of the route table.
 */
#include "fcgi/access.h"

#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/text.h"

#include "db/integration.h"

#define CREDENTIAL_MAX 512

/* As in push_integration.roles. */
static const char *const role_names[ROLE__COUNT] = {
    [ROLE_DEVICE] = "device", [ROLE_SEND] = "send",
    [ROLE_CAMPAIGN] = "campaign", [ROLE_INBOX] = "inbox",
    [ROLE_ADMIN] = "admin", [ROLE_STATUS] = "status"};

static bool
in_list(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ',') &&
		    (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

/* "token SEPARATOR secret" into two texts of the arena. */
static bool
split(struct call *c, const char *text, char separator, const char **token,
    const char **secret)
{
	const char *at = strchr(text, separator);

	if (at == NULL)
		return false;
	*token = arena_text(c->mem, text, (size_t)(at - text));
	*secret = arena_text(c->mem, at + 1, strlen(at + 1));
	return true;
}

static bool
read_basic(struct call *c, const char *value, const char **token,
    const char **secret)
{
	struct buf b = BUF(CREDENTIAL_MAX);
	bool ok = crypto_unbase64(value, strlen(value), &b) &&
	    text_is_utf8(buf_str(&b), b.len) &&
	    split(c, buf_str(&b), ':', token, secret);

	if (b.data != NULL)
		explicit_bzero(b.data, b.len);
	buf_done(&b);
	return ok;
}

static bool
read_credentials(struct call *c, const char **token, const char **secret)
{
	const char *value = c->request->authorization;

	if (value == NULL || strlen(value) > CREDENTIAL_MAX)
		return false;
	if (strncasecmp(value, "Basic ", 6) == 0)
		return read_basic(c, value + 6, token, secret);
	if (strncasecmp(value, "Bearer ", 7) == 0)
		return split(c, value + 7, '.', token, secret);
	return false;
}

const struct err *
access_check(struct call *c)
{
	const char *token, *secret;
	struct integration *i;
	const struct err *e;

	if (!access_is_needed(c))
		return NULL;
	if (!read_credentials(c, &token, &secret))
		return err_new(ERR_UNAUTH, "Unauthorized");
	i = arena_zero(c->mem, sizeof *i);
	if ((e = integration_of(c->db, c->mem, token, secret, i)) != NULL)
		return e;
	if (!in_list(i->roles, role_names[c->route->role]))
		return err_new(ERR_DENIED, "This integration does not have "
		    "the role %s", role_names[c->route->role]);
	if (c->route->flags & ROUTE_WHOLE && i->apps != NULL)
		return err_new(ERR_DENIED, "This call concerns all "
		    "applications, and this integration is bound to some");
	c->caller = i;
	return NULL;
}

bool
access_is_needed(const struct call *c)
{
	return c->settings->api.auth != AUTH_NONE &&
	    c->route->role != ROLE_OPEN;
}

const struct err *
access_app(const struct call *c, const char *app_id)
{
	struct json *apps;
	const struct err *e;

	if (c->caller == NULL || c->caller->apps == NULL || app_id == NULL)
		return NULL;
	e = json_parse(c->mem, c->caller->apps, strlen(c->caller->apps), 4,
	    &apps);
	for (size_t i = 0; e == NULL && i < json_len(apps); i++)
		if (strcmp(json_text(json_at(apps, i), ""), app_id) == 0)
			return NULL;
	return e != NULL ? e
			 : err_new(ERR_DENIED,
			       "This integration may not use application %s",
			       app_id);
}

bool
access_may_vouch(const struct call *c)
{
	return c->settings->api.auth == AUTH_NONE ||
	    (c->caller != NULL && in_list(c->caller->roles, "device"));
}
