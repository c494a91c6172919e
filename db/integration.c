/* SPDX-License-Identifier: MIT */
#include "db/integration.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/text.h"

static void
new_secret(char secret[INTEGRATION_SECRET], char hash[65])
{
	unsigned char bytes[32], digest[32];
	struct buf b = BUF(64);

	crypto_random(bytes, sizeof bytes);
	(void)crypto_base64url(bytes, sizeof bytes, &b);
	memcpy(secret, buf_str(&b), INTEGRATION_SECRET);
	crypto_sha256(secret, strlen(secret), digest);
	text_hex(digest, sizeof digest, hash);
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(b.data, b.len);
	buf_done(&b);
}

const struct err *
integration_add(struct db *db, const char *name, const char *roles,
    const char *apps, char token[INTEGRATION_TOKEN],
    char secret[INTEGRATION_SECRET])
{
	unsigned char bytes[16];
	char hash[65];

	crypto_random(bytes, sizeof bytes);
	text_hex(bytes, sizeof bytes, token);
	new_secret(secret, hash);
	return db_exec(db, SQL_INTEGRATION_ADD, VALUES(v_text(name),
	    v_text(token), v_text(hash), v_text(roles), v_text(apps)));
}

static const struct err *
must_be_one(struct db *db, const struct err *e, const char *name)
{
	if (e == NULL && db_affected(db) != 1)
		return err_new(ERR_MISSING, "no integration \"%s\"", name);
	return e;
}

const struct err *
integration_rotate(struct db *db, const char *name, int64_t keep_ms,
    char secret[INTEGRATION_SECRET])
{
	char hash[65];

	new_secret(secret, hash);
	return must_be_one(db, db_exec(db, SQL_INTEGRATION_ROTATE,
	    VALUES(v_text(hash), v_i64(keep_ms), v_text(name))), name);
}

const struct err *
integration_remove(struct db *db, const char *name)
{
	return must_be_one(db, db_exec(db, SQL_INTEGRATION_REMOVE,
	    VALUES(v_text(name))), name);
}

const struct err *
integration_list(struct db *db, struct arena *a, struct integration **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INTEGRATION_LIST, NO_VALUES,
	    &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct integration){.name = db_copy(a, r, 0),
		    .token = db_copy(a, r, 1), .roles = db_copy(a, r, 2),
		    .apps = db_copy(a, r, 3), .created_ms = db_i64(r, 4),
		    .used_ms = db_i64(r, 5), .rotating = db_u64(r, 6) != 0};
	db_done(r);
	return NULL;
}

/* Compared with both hashes whatever the first says. */
static bool
is_secret(const struct rows *r, const char *secret)
{
	const char *now = db_text(r, 2), *old = db_text(r, 3);
	unsigned char digest[32];
	bool is_now, is_old;
	char hash[65];

	crypto_sha256(secret, strlen(secret), digest);
	text_hex(digest, sizeof digest, hash);
	is_now = strlen(now) == 64 && crypto_equal(hash, now, 64);
	is_old = old != NULL && strlen(old) == 64 &&
	    crypto_equal(hash, old, 64);
	return is_now || is_old;
}

const struct err *
integration_of(struct db *db, struct arena *a, const char *token,
    const char *secret, struct integration *out)
{
	bool note = false;
	struct rows *r;
	const struct err *e = db_query(db, SQL_INTEGRATION_BY_TOKEN,
	    VALUES(v_text(token)), &r);

	if (e != NULL)
		return e;
	if (db_next(r) && is_secret(r, secret)) {
		*out = (struct integration){.id = db_i64(r, 0),
		    .name = db_copy(a, r, 1), .roles = db_copy(a, r, 4),
		    .apps = db_copy(a, r, 5)};
		note = db_u64(r, 6) != 0;
	} else {
		e = err_new(ERR_UNAUTH, "Unauthorized");
	}
	db_done(r);
	if (e == NULL && note)
		return db_exec(db, SQL_INTEGRATION_USED,
		    VALUES(v_i64(out->id)));
	return e;
}
