/* SPDX-License-Identifier: MIT */
/* Scripts of several statements, for setup and migrations only. */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"

/* In backticks; one inside is doubled. */
void
db_put_name(const char *name, struct buf *into)
{
	(void)buf_add(into, "`", 1);
	for (const char *p = name; *p != '\0'; p++)
		(void)buf_add(into, *p == '`' ? "``" : p, *p == '`' ? 2 : 1);
	(void)buf_add(into, "`", 1);
}

/* A name in backticks, a text in quotes; a quote inside is doubled. */
static void
put_var(struct db *db, const struct script_var *v, struct buf *into)
{
	size_t len = strlen(v->value);
	char *safe = xmalloc(2 * len + 1);

	if (v->literal) {
		len = mysql_real_escape_string(db->mysql, safe, v->value, len);
		(void)buf_fmt(into, "'%.*s'", (int)len, safe);
	} else {
		db_put_name(v->value, into);
	}
	free(safe);
}

static void
expand_vars(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n, struct buf *into)
{
	const char *p = script, *end = script + len;

	while (p < end) {
		size_t i = 0, name = 0;

		for (; *p == '{' && i < n; i++) {
			name = strlen(vars[i].name);
			if ((size_t)(end - p) > name + 1 &&
			    strncmp(p + 1, vars[i].name, name) == 0 &&
			    p[name + 1] == '}')
				break;
		}
		if (*p == '{' && i < n) {
			put_var(db, &vars[i], into);
			p += name + 2;
		} else {
			(void)buf_add(into, p++, 1);
		}
	}
}

/* The text of a syntax error is not used: it quotes the statement, which may
 * contain a password. */
static const struct err *
script_failure(struct db *db)
{
	unsigned number = mysql_errno(db->mysql);

	return db_failure(db, number, number == ER_PARSE_ERROR
		? "syntax error" : mysql_error(db->mysql), "script");
}

static const struct err *
run_all(struct db *db, const struct buf *text)
{
	int more = mysql_real_query(db->mysql, text->data, text->len);

	while (more == 0) {
		MYSQL_RES *res = mysql_store_result(db->mysql);

		if (res != NULL)
			mysql_free_result(res);
		more = mysql_next_result(db->mysql);
	}
	return mysql_errno(db->mysql) == 0 ? NULL : script_failure(db);
}

const struct err *
db_script(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n)
{
	struct buf text = BUF(1024 * 1024);
	const struct err *e = db_ready(db);

	if (e == NULL) {
		expand_vars(db, script, len, vars, n, &text);
		e = text.overflowed ? err_new(ERR_TOOBIG, "script too large")
				    : run_all(db, &text);
	}
	buf_done(&text);
	return e;
}
