/* SPDX-License-Identifier: MIT */
/* Access tokens that are signed here are kept in the database, sealed: other
 * credentials of the identity, other sendds and the next start find them. */
#include "sendd/credential_part.h"

#include <stdio.h>
#include <stdlib.h>

#include "db/access_token.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define TOKEN_MAX 8192

/* The name of the identity (APNs: team, key id, key), and of the host where
 * each has its own token: all credentials of an identity share one. */
static void
token_name(const struct credential *c, char name[65])
{
	struct buf b = BUF(16384);
	unsigned char digest[32];
	const struct access *a = &c->loaded->access;

	for (size_t i = 0; i < nitems(a->identity); i++) {
		const struct bytes *part = &a->identity[i];

		if (i > 0)
			(void)buf_text(&b, " ");
		(void)buf_add(&b, part->data, part->len);
	}
	if (c->host != NULL)
		(void)buf_fmt(&b, " %s", c->host);
	crypto_sha256(buf_str(&b), b.len, digest);
	text_hex(digest, sizeof digest, name);
	buf_wipe(&b);
}

/* One that is kept goes before a new one: providers count how many are made. A
 * new one is kept before the next credential looks. */
struct token_fetch {
	struct db_task task;
	struct keyring *keyring;
	struct credential *c; /* its loaded row stays while this is under way */
	const struct provider *provider;
	char name[65], origin[ORIGIN_NAME + 8];
	int64_t refused_s; /* one that is no newer is of no use */
	struct buf token;  /* and from here on: out */
	int64_t granted_s;
	bool signed_now, failed;
	struct err why; /* it cannot be signed */
};

/* --- the db_worker's part --------------------------------------------- */

static bool
load_kept(struct db *db, struct token_fetch *f, int64_t now_s)
{
	return access_token_load(db, f->keyring, f->name, &f->token,
		   &f->granted_s) == NULL &&
	    f->granted_s > f->refused_s && f->granted_s <= now_s + 60 &&
	    now_s < f->granted_s + f->provider->sign_life_s;
}

/* The token can be used without being stored. */
static void
keep(struct db *db, const struct token_fetch *f)
{
	const struct err *e = access_token_save(db, f->keyring, f->name,
	    buf_str(&f->token), f->granted_s);

	if (e != NULL)
		log_warn("a token is not stored: %s", e->text);
}

static const struct err *
fetch_token(struct db *db, void *task)
{
	struct token_fetch *f = task;
	int64_t now_s = clock_now_ms() / 1000;
	const struct err *e;

	if (load_kept(db, f, now_s))
		return NULL;
	buf_wipe(&f->token);
	f->token = (struct buf)BUF(TOKEN_MAX);
	f->granted_s = now_s;
	f->signed_now = true;
	e = f->provider->sign(&f->c->loaded->access, f->origin, now_s,
	    &f->token);
	if (e == NULL)
		keep(db, f);
	else
		f->why = *e;
	f->failed = e != NULL;
	return NULL;
}

/* --- before and after, on the main thread ----------------------------- */

static void
take_token(struct credential *c, const struct token_fetch *f)
{
	buf_reset(&c->token.header);
	(void)buf_fmt(&c->token.header, "%s%s", c->provider->scheme,
	    buf_str(&f->token));
	c->token.granted_s = f->granted_s;
	c->token.expires_s = f->granted_s + c->provider->sign_life_s;
	if (f->signed_now)
		log_info("grant " CREDENTIAL_NAME " signed",
		    CREDENTIAL_NAMED(c));
}

/* At the end of the process it is dropped, with an error. */
static const struct err *
end_fetch(void *task, const struct err *e)
{
	struct token_fetch *f = task;
	struct credential *c = f->c;

	c->token.fetch = NULL;
	if (f->failed)
		credential_suspend(c, f->why.text, 0);
	else if (e == NULL)
		take_token(c, f);
	buf_wipe(&f->token);
	free(f);
	return NULL;
}

void
access_token_fetch(struct credential_table *t, struct credential *c)
{
	struct token_fetch *f = xcalloc(1, sizeof *f);
	char name[ORIGIN_NAME];

	f->task.work = fetch_token;
	f->task.done = end_fetch;
	f->keyring = t->keyring;
	f->c = c;
	f->provider = c->provider;
	f->refused_s = c->token.granted_s;
	f->token = (struct buf)BUF(TOKEN_MAX);
	token_name(c, f->name);
	origin_name(&c->loaded->origin, name);
	(void)snprintf(f->origin, sizeof f->origin, "https://%s", name);
	c->token.fetch = f;
	db_tasks_give(&t->tasks, &f->task);
}
