/* SPDX-License-Identifier: MIT */
#include "db/session.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/text.h"

_Static_assert(SESSION_MS == SQL_SESSION_MS, "as in sql.h");
_Static_assert(SESSION_IDLE_MS == SQL_SESSION_IDLE_MS, "as in sql.h");

bool
session_is_key(const char *text)
{
	return text_class_match("[a-zA-Z0-9_-]{43,43}", text);
}

const struct err *
session_open(struct db *db, int64_t integration, const char *secret_hash,
    char key[SESSION_KEY])
{
	char name[INTEGRATION_HASH];

	integration_draw(key, name);
	return db_exec(db, SQL_SESSION_ADD, VALUES(v_text(name),
	    v_i64(integration), v_text(secret_hash)));
}

const struct err *
session_find(struct db *db, struct arena *a, const char *key,
    struct session *out)
{
	struct rows *r;
	const struct err *e;

	*out = (struct session){0};
	integration_hash(key, out->name);
	e = db_query(db, SQL_SESSION_BY_NAME, VALUES(v_text(out->name)), &r);
	if (e != NULL)
		return e;
	if (db_next(r)) {
		e = integration_row(a, r, &out->integration);
		out->ends_ms = db_i64(r, 8);
		out->use_is_old = db_u64(r, 9) != 0;
	} else {
		e = err_new(ERR_UNAUTH, "Unauthorized");
	}
	db_done(r);
	return e;
}

const struct err *
session_used(struct db *db, const struct session *s)
{
	return db_exec(db, SQL_SESSION_USED, VALUES(v_text(s->name)));
}

const struct err *
session_close(struct db *db, const struct session *s)
{
	return db_exec(db, SQL_SESSION_REMOVE, VALUES(v_text(s->name)));
}
