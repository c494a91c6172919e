/* SPDX-License-Identifier: MIT */
#include "sendd/access_token.h"

#include <stdio.h>
#include <string.h>

#include "db/access_token.h"
#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/conf_secret.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/text.h"
#include "push/key.h"
#include "push/verdict.h"
#include "push/credential_check.h"

#define JWT_LIFE_S (50 * 60) /* APNs refuses older than an hour */
#define JWT_PAUSE_S (20 * 60) /* and more than one in 20 minutes */

/* --- preparing -------------------------------------------------------- */

static const char *
own_text(const struct credential *c, const char *text)
{
	return text != NULL ? arena_text(c->memory, text, strlen(text)) : NULL;
}

/* With texts of the credential's own: the settings may be read again. */
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
		c->origin.proxy_password = c->token_origin.proxy_password =
		    arena_text(c->memory, secret, strlen(secret));
	return e;
}

static const struct err *
not_configured(const struct credential *c)
{
	const char *trouble = c->secret.trouble[c->provider->platform];

	if (trouble[0] != '\0')
		return err_new(ERR_FAULT, "%s", trouble);
	return err_new(ERR_MISSING, "no %s credentials", c->provider->name);
}

static const struct err *
set_path(const char *url, struct origin *o, char *path, size_t size)
{
	const char *at;
	const struct err *e = origin_read(url, o, &at);

	if (e == NULL)
		(void)snprintf(path, size, "%s", at);
	return e;
}

/* Where its messages go; project NULL: of a provider that has none. */
static const struct err *
set_endpoint(struct credential *c, const char *project)
{
	struct endpoint_app app = {project, c->environment};
	char url[ENDPOINT_URL];
	const struct err *e = c->provider->endpoint(c->settings, &app, url);

	return e != NULL
	    ? e
	    : set_path(url, &c->origin, c->path, sizeof c->path);
}

static const struct err *
prepare_apns(struct credential *c)
{
	const struct apns_credentials *k = &c->secret.apns;
	const struct err *e;

	if (k->key == NULL)
		return not_configured(c);
	if (k->team_id == NULL || k->key_id == NULL || k->bundle == NULL)
		return err_new(ERR_INVALID,
		    "team, key id or bundle is missing");
	if ((e = key_read(CRYPTO_ES256, k->key, k->key_len, &c->key)) != NULL)
		return e;
	c->pool_key = hash_text(hash_text(1, k->team_id), k->key_id);
	c->pool_key = hash_text(c->pool_key, k->key);
	return set_endpoint(c, NULL);
}

static const struct err *
send_and_token(struct credential *c, const char *project,
    const char *token_url)
{
	const struct err *e = set_endpoint(c, project);

	if (e == NULL)
		e = set_path(token_url, &c->token_origin, c->token_path,
		    sizeof c->token_path);
	return e;
}

static const struct err *
prepare_fcm(struct credential *c)
{
	const struct fcm_credentials *k = &c->secret.fcm;
	const struct err *e;

	if (k->key == NULL)
		return not_configured(c);
	if ((e = service_account_read(c->memory, k->key, k->key_len,
		 &c->account)) != NULL ||
	    (e = credential_check_token_uri(c->account.token_uri,
		 c->settings->send_url)) != NULL)
		return e;
	c->pool_key =
	    hash_text(hash_text(2, c->account.client_email), k->project_id);
	return send_and_token(c, k->project_id, c->account.token_uri);
}

static const struct err *
prepare_hms(struct credential *c)
{
	const struct hms_credentials *k = &c->secret.hms;

	if (k->client_id == NULL || k->client_secret == NULL)
		return not_configured(c);
	if (k->project_id == NULL)
		return err_new(ERR_INVALID, "no project");
	c->pool_key = hash_text(hash_text(3, k->client_id), k->project_id);
	return send_and_token(c, k->project_id, c->settings->token_url);
}

const struct err *
access_token_prepare(struct credential *c)
{
	const struct err *e;

	fill_origin(c, &c->origin);
	fill_origin(c, &c->token_origin);
	c->origin.cautious = c->provider->cautious;
	if ((e = proxy_password(c)) != NULL)
		return e;
	switch (c->provider->platform) {
	case PLATFORM_APNS:
		return prepare_apns(c);
	case PLATFORM_FCM:
		return prepare_fcm(c);
	default:
		return prepare_hms(c);
	}
}

/* --- the grant -------------------------------------------------------- */

/* One name per team, key id and key: what shares a token. */
static void
token_name(const struct credential *c, char name[65])
{
	struct buf b = BUF(16384);
	unsigned char digest[32];

	(void)buf_fmt(&b, "%s %s ", c->secret.apns.team_id,
	    c->secret.apns.key_id);
	(void)buf_add(&b, c->secret.apns.key, c->secret.apns.key_len);
	crypto_sha256(buf_str(&b), b.len, digest);
	text_hex(digest, sizeof digest, name);
	buf_wipe(&b);
}

/* A token another credential of the key, another sendd or an earlier life
 * has made: newer than the one we had, and not old. */
static bool
find_token(struct credential_table *b, struct credential *c, int64_t now_s)
{
	struct buf kept = BUF(4096);
	int64_t granted_s = 0;
	char name[65];
	bool found;

	token_name(c, name);
	found = access_token_load(b->db, b->keyring, name, &kept, &granted_s) ==
		NULL &&
	    granted_s > c->granted_s && granted_s <= now_s + 60 &&
	    now_s < granted_s + JWT_LIFE_S;
	if (found) {
		buf_reset(&c->authorization);
		(void)buf_fmt(&c->authorization, "bearer %s", buf_str(&kept));
		c->granted_s = granted_s;
		c->expires_s = granted_s + JWT_LIFE_S;
	}
	if (kept.data != NULL)
		explicit_bzero(kept.data, kept.size);
	buf_done(&kept);
	return found;
}

static void
keep_token(struct credential_table *b, const struct credential *c)
{
	const struct err *e;
	char name[65];

	token_name(c, name);
	e = access_token_save(b->db, b->keyring, name,
	    buf_str(&c->authorization) + strlen("bearer "), c->granted_s);
	if (e != NULL) /* it serves all the same */
		log_warn("a token is not kept: %s", e->text);
}

static bool
sign(struct credential_table *b, struct credential *c, int64_t now_s)
{
	const struct err *e;

	if (find_token(b, c, now_s))
		return true;
	buf_reset(&c->authorization);
	(void)buf_text(&c->authorization, "bearer ");
	e = jwt_apns(c->key, c->secret.apns.key_id, c->secret.apns.team_id,
	    now_s, &c->authorization);
	if (e != NULL) {
		credential_suspend(c, e->text, 0);
		return false;
	}
	c->granted_s = now_s;
	c->expires_s = now_s + JWT_LIFE_S;
	keep_token(b, c);
	log_info("grant provider=apns app=%s signed", c->app_id);
	return true;
}

static const struct err *
fill_ask(struct credential *c, struct exchange *x, int64_t now_s)
{
	if (c->provider->platform == PLATFORM_FCM)
		return oauth_ask_google(&c->account, c->token_path, now_s, x);
	return oauth_ask_huawei(c->secret.hms.client_id,
	    c->secret.hms.client_secret, c->token_path, x);
}

struct pool *
access_token_pool(const struct credential_table *b, struct credential *c)
{
	return wire_pool(b->wires.of[WIRE_HTTP], &c->token_origin,
	    c->pool_key + 1);
}

static void
not_granted(struct credential *c, const struct err *e)
{
	char why[160];

	(void)snprintf(why, sizeof why, "token server: %.140s", e->text);
	if (e->code == ERR_DENIED) {
		credential_suspend(c, why, 0);
		return;
	}
	c->ask_failures++;
	c->ask_after_ms = clock_mono_ms() +
	    backoff_ms(c->ask_failures, 1000, 60000, 0, 0);
	verdict_quote(c->why, sizeof c->why, why);
	if (c->ask_failures == 1)
		log_warn("grant provider=%s app=%s error=\"%s\"",
		    c->provider->name, c->app_id, QUOTED(why));
}

/* The token server has answered, or will not. */
static void
access_token_answered(void *owner, struct exchange *x)
{
	struct credential *c = owner;
	struct buf fresh = BUF(8192);
	const struct err *e;
	int64_t lives_s = 0;

	c->ask = NULL;
	if (x->end != EXCHANGE_ANSWERED)
		e = err_new(ERR_BUSY, "%s", x->why);
	else
		e = oauth_granted(x, &fresh, &lives_s);
	if (e != NULL) {
		not_granted(c, e);
		buf_done(&fresh);
	} else {
		buf_done(&c->authorization);
		c->authorization = fresh;
		c->granted_s = clock_now_ms() / 1000;
		c->expires_s = c->granted_s + lives_s;
		c->ask_failures = 0;
		c->ask_after_ms = 0;
		log_info("grant provider=%s app=%s for=%llds",
		    c->provider->name, c->app_id, (long long)lives_s);
	}
	exchange_free(x);
}

/* One ask at a time per credential; the others wait for its answer. */
static void
ask(struct credential_table *b, struct credential *c, int64_t now_s)
{
	struct pool *pool;
	const struct err *e;

	if (c->ask != NULL || clock_mono_ms() < c->ask_after_ms)
		return;
	pool = access_token_pool(b, c);
	if (pool_room(pool) == 0)
		return;
	c->ask = exchange_new();
	if ((e = fill_ask(c, c->ask, now_s)) != NULL) {
		credential_suspend(c, e->text, 0);
		exchange_free(c->ask);
		c->ask = NULL;
		return;
	}
	c->ask->done = access_token_answered;
	c->ask->owner = c;
	c->ask->timeout_ms = (unsigned)c->settings->response_timeout_ms;
	pool_start(pool, c->ask);
}

bool
access_token_current(struct credential_table *b, struct credential *c)
{
	int64_t now_s = clock_now_ms() / 1000;
	bool usable = c->authorization.len > 0 && now_s < c->expires_s;

	if (c->provider->platform == PLATFORM_APNS)
		return usable || sign(b, c, now_s);
	/* renewed in the last tenth of its life, the old one still in use */
	if (!usable ||
	    now_s > c->expires_s - (c->expires_s - c->granted_s) / 10)
		ask(b, c, now_s);
	c->state = usable ? CREDENTIAL_READY : CREDENTIAL_ASKING;
	return usable && !c->pace.suspended;
}

void
access_token_drop(struct credential *c)
{
	int64_t now_s = clock_now_ms() / 1000;

	/* minting again at once is what APNs punishes */
	if (c->provider->platform == PLATFORM_APNS &&
	    now_s - c->granted_s < JWT_PAUSE_S)
		return;
	buf_reset(&c->authorization);
	c->expires_s = 0;
}
