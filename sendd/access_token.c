/* SPDX-License-Identifier: MIT */
#include "sendd/credential_part.h"

#include <stdio.h>
#include <string.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/conf_secret.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/oauth.h"
#include "push/verdict.h"

/* --- preparing -------------------------------------------------------- */

static const char *
own_text(const struct credential *c, const char *text)
{
	return text != NULL
	    ? arena_text(c->loaded->memory, text, strlen(text))
	    : NULL;
}

/* Copy the texts, because the settings may be reloaded. */
static void
fill_origin(const struct credential *c, struct origin *o)
{
	const struct provider_settings *p = c->settings;

	*o = (struct origin){.ca_file = own_text(c, p->ca_file),
	    .proxy = own_text(c, p->proxy),
	    .proxy_user = own_text(c, p->proxy_user),
	    .connections = (unsigned)p->connections,
	    .connect_timeout_ms = (unsigned)p->connect_timeout_ms,
	    .idle_ping_ms = (unsigned)p->idle_ms};
}

/* The proxy's password, read when a credential is loaded. */
static const struct err *
proxy_password(struct credential *c)
{
	const char *path = c->settings->proxy_password_file;
	char secret[256];
	const struct err *e;

	if (path == NULL)
		return NULL;
	if ((e = conf_secret(path, secret, sizeof secret)) == NULL)
		c->loaded->origin.proxy_password =
		    c->loaded->token_origin.proxy_password =
			own_text(c, secret);
	return e;
}

static const struct err *
not_configured(const struct credential *c)
{
	const char *trouble =
	    c->loaded->secret.trouble[c->provider->platform];

	if (trouble[0] != '\0')
		return err_new(ERR_FAULT, "%s", trouble);
	return err_new(ERR_MISSING, "no %s credentials", c->provider->name);
}

static const struct err *
set_path(const struct credential *c, const char *url, struct origin *o,
    const char **path)
{
	const char *at;
	const struct err *e = origin_read(url, o, &at);

	if (e == NULL)
		*path = own_text(c, at);
	return e;
}

/* Set the endpoints of messages and of the token server. */
static const struct err *
set_endpoints(struct credential *c, const struct bytes *values)
{
	struct credential_loaded *l = c->loaded;
	struct endpoint_app app = {
	    provider_value(c->provider, values, FIELD_PROJECT),
	    c->environment, c->host};
	char url[ENDPOINT_URL];
	const struct err *e = c->provider->endpoint(c->settings, &app, url);

	if (e == NULL)
		e = set_path(c, url, &l->origin, &c->path);
	if (e == NULL && l->access.token_url != NULL)
		e = set_path(c, l->access.token_url, &l->token_origin,
		    &l->token_path);
	return e;
}

static uint64_t
pool_key(const struct credential *c)
{
	const struct access *a = &c->loaded->access;
	uint64_t key = c->provider->platform + 1;

	for (size_t i = 0; i < nitems(a->identity); i++)
		if (a->identity[i].data != NULL)
			key = hash_text(key, a->identity[i].data);
	return key;
}

const struct err *
access_token_prepare(struct credential *c)
{
	const struct provider *p = c->provider;
	struct credential_loaded *l = c->loaded;
	const struct bytes *values = l->secret.values[p->platform];
	const struct err *e;

	fill_origin(c, &l->origin);
	fill_origin(c, &l->token_origin);
	l->origin.cautious = p->cautious;
	l->origin.streams = p->streams;
	/* through a proxy, the proxy decides where connections go */
	l->origin.public_only = p->host != NULL && l->origin.proxy == NULL;
	l->origin.many = l->origin.http1 = p->host != NULL;
	if ((e = proxy_password(c)) != NULL)
		return e;
	if (!provider_configured(p, values))
		return not_configured(c);
	if ((e = p->open(l->memory, c->settings, values, &l->access)) != NULL)
		return e;
	c->pool_key = pool_key(c);
	c->topic = provider_value(p, values, FIELD_TOPIC);
	c->link = provider_value(p, values, FIELD_LINK);
	return set_endpoints(c, values);
}

/* --- a token that is asked for ---------------------------------------- */

struct pool *
access_token_pool(const struct credential_table *t, struct credential *c)
{
	return wire_pool(t->wires.of[WIRE_HTTP], &c->loaded->token_origin,
	    c->pool_key + 1);
}

static void
token_refused(struct credential *c, const struct err *e)
{
	char why[160];

	(void)snprintf(why, sizeof why, "token server: %.140s", e->text);
	if (e->code == ERR_DENIED) {
		credential_suspend(c, why, 0);
		return;
	}
	c->token.failures++;
	c->token.retry_ms = clock_mono_ms() +
	    backoff_ms(c->token.failures, 1000, 60000, 0, 0);
	text_quote(why, c->told->why, sizeof c->told->why);
	if (c->token.failures == 1)
		log_warn("grant provider=%s app=%s error=\"%s\"",
		    c->provider->name, c->told->app_id, QUOTED(why));
}

/* The request to the token server is over, with an answer or without. */
static void
access_token_answered(void *owner, struct exchange *x)
{
	struct credential *c = owner;
	struct buf fresh = BUF(8192);
	const struct err *e;
	int64_t lives_s = 0;

	c->token.request = NULL;
	if (x->end != EXCHANGE_ANSWERED)
		e = err_new(ERR_BUSY, "%s", x->why);
	else
		e = oauth_granted(x, &fresh, &lives_s);
	if (e != NULL) {
		token_refused(c, e);
		buf_done(&fresh);
	} else {
		buf_done(&c->token.header);
		c->token.header = fresh;
		c->token.granted_s = clock_now_ms() / 1000;
		c->token.expires_s = c->token.granted_s + lives_s;
		c->token.failures = 0;
		c->token.retry_ms = 0;
		log_info("grant provider=%s app=%s for=%llds",
		    c->provider->name, c->told->app_id, (long long)lives_s);
	}
	exchange_free(x);
}

/* A credential has at most one token request at a time. */
static void
request_token(struct credential_table *t, struct credential *c, int64_t now_s)
{
	struct pool *pool;
	const struct err *e;

	if (c->token.request != NULL || clock_mono_ms() < c->token.retry_ms)
		return;
	pool = access_token_pool(t, c);
	if (pool_room(pool) == 0)
		return;
	c->token.request = exchange_new();
	e = c->provider->ask(&c->loaded->access, c->loaded->token_path, now_s,
	    c->token.request);
	if (e != NULL) {
		credential_suspend(c, e->text, 0);
		exchange_free(c->token.request);
		c->token.request = NULL;
		return;
	}
	c->token.request->done = access_token_answered;
	c->token.request->owner = c;
	c->token.request->timeout_ms =
	    (unsigned)c->settings->response_timeout_ms;
	pool_start(pool, c->token.request);
}

/* --- the token -------------------------------------------------------- */

/* It is signed here, or was, and is kept. */
static void
renew_signed(struct credential_table *t, struct credential *c, bool usable)
{
	if (!usable && c->token.fetch == NULL)
		access_token_fetch(t, c);
}

/* Renewed in the last tenth of its life; the old one is used until then. */
static void
renew_asked(struct credential_table *t, struct credential *c, bool usable,
    int64_t now_s)
{
	int64_t life_s = c->token.expires_s - c->token.granted_s;

	if (!usable || now_s > c->token.expires_s - life_s / 10)
		request_token(t, c, now_s);
}

bool
access_token_current(struct credential_table *t, struct credential *c)
{
	int64_t now_s = clock_now_ms() / 1000;
	bool usable = c->token.header.len > 0 && now_s < c->token.expires_s;

	if (c->provider->sign == NULL && c->provider->ask == NULL)
		return true;
	if (c->provider->sign != NULL)
		renew_signed(t, c, usable);
	else
		renew_asked(t, c, usable, now_s);
	c->state = usable ? CREDENTIAL_READY : CREDENTIAL_ASKING;
	return usable && !c->pace.suspended;
}

void
access_token_drop(struct credential *c)
{
	int64_t now_s = clock_now_ms() / 1000;

	if (c->provider->sign != NULL &&
	    now_s - c->token.granted_s < c->provider->sign_pause_s)
		return;
	buf_reset(&c->token.header);
	c->token.expires_s = 0;
}
