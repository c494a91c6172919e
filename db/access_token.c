/* SPDX-License-Identifier: MIT */
#include "db/access_token.h"

#include <string.h>

#include "db/sealed.h"

const struct err *
access_token_save(struct db *db, struct keyring *k, const char *name,
    const char *token, int64_t granted_s)
{
	struct buf b = BUF(SEALED_MAX);
	const struct err *e;
	char place[SEALED_LABEL_MAX];
	int lock;

	if ((e = keyring_lock(k, &lock)) != NULL)
		return e;
	sealed_label_access_token(name, place);
	if (!keyring_seal(k, place, token, strlen(token), &b))
		e = err_new(ERR_TOOBIG, "a token is too large");
	if (e == NULL)
		e = db_exec(db, SQL_ACCESS_TOKEN_PUT, VALUES(v_text(name),
		    v_blob(b.data, b.len), v_i64(granted_s)));
	keyring_unlock(lock);
	buf_done(&b);
	return e;
}

const struct err *
access_token_load(struct db *db, struct keyring *k, const char *name,
    struct buf *token, int64_t *granted_s)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ACCESS_TOKEN_BY_NAME,
	    VALUES(v_text(name)), &r);
	const char *sealed;
	char place[SEALED_LABEL_MAX];
	size_t len;

	if (e != NULL)
		return e;
	if (db_next(r)) {
		sealed_label_access_token(name, place);
		sealed = db_blob(r, 0, &len);
		if (keyring_unseal(k, place, sealed, len, token) != NULL)
			e = err_new(ERR_MISSING, "it does not open");
		else
			*granted_s = db_i64(r, 1);
	} else {
		e = err_new(ERR_MISSING, "no token is kept");
	}
	db_done(r);
	return e;
}
