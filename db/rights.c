/* SPDX-License-Identifier: MIT */
/*
 * What a user has too much is found by comparison with a model: a user that
 * nobody can log in as, who gets exactly the rights of grants.sql and is
 * dropped again. So grants.sql alone tells what is right.
 */
#include "db/rights.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/text.h"

/* Named by the linker after the file, and by it alone. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
extern const char _binary_db_grants_sql_start[];
extern const char _binary_db_grants_sql_end[];
/* NOLINTEND(bugprone-reserved-identifier) */

static const struct {
	const char *start, *end;
} grants = {_binary_db_grants_sql_start, _binary_db_grants_sql_end};

#define MODEL_NAME 104 /* behind a database's name */

struct setting {
	struct db *db;
	const char *database, *host;
	const struct rights_user *users;
	size_t n;
	char models[RIGHTS_PROGRAMS][MODEL_NAME]; /* as users */
};

/* grants.sql, to the users or to their models. */
static const struct err *
grant(const struct setting *s, bool to_models)
{
	struct script_var vars[RIGHTS_PROGRAMS + 2] = {
	    {"db", s->database, false}, {"host", s->host, true}};

	for (size_t i = 0; i < s->n; i++)
		vars[i + 2] = (struct script_var){s->users[i].program,
		    to_models ? s->models[i] : s->users[i].user, true};
	return db_script(s->db, grants.start,
	    (size_t)(grants.end - grants.start), vars, s->n + 2);
}

static const struct err *
digest(const struct setting *s, char text[33])
{
	struct rows *r;
	const struct err *e = db_query(s->db, SQL_ADMIN_RIGHTS, VALUES(
	    v_text(s->database), v_text(s->database), v_text(s->database)),
	    &r);

	if (e != NULL)
		return e;
	(void)snprintf(text, 33, "%s", db_next(r) ? db_text(r, 0) : "");
	db_done(r);
	return NULL;
}

static const struct err *
give(const struct setting *s, bool *changed)
{
	char before[33], after[33];
	const struct err *e;

	if ((e = digest(s, before)) != NULL ||
	    (e = grant(s, false)) != NULL || (e = digest(s, after)) != NULL)
		return e;
	*changed = *changed || strcmp(before, after) != 0;
	return NULL;
}

/* --- models ----------------------------------------------------------- */

/* Programs that share a user share its model: what one needs, it needs. A
 * setup of another database at the same time has models of its own. */
static void
name_models(struct setting *s)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t first = 0;

		while (strcmp(s->users[first].user, s->users[i].user) != 0)
			first++;
		(void)snprintf(s->models[i], MODEL_NAME,
		    "%.64s setup model %zu", s->database, first);
	}
}

/* Locked, and with a password that nobody knows: a rule that wants one is
 * kept, and who could unlock them gains nothing. */
static const struct err *
for_models(const struct setting *s, const char *script)
{
	unsigned char bytes[32];
	char password[2 * sizeof bytes + 1];
	const struct err *e = NULL;

	crypto_random(bytes, sizeof bytes);
	text_hex(bytes, sizeof bytes, password);
	for (size_t i = 0; e == NULL && i < s->n; i++) {
		struct script_var vars[] = {{"user", s->models[i], true},
		    {"host", s->host, true}, {"password", password, true}};

		e = db_script(s->db, script, strlen(script), vars,
		    nitems(vars));
	}
	return e;
}

/* --- taking away ------------------------------------------------------ */

/* Statements that take from a user what its model has not. */
static const struct err *
find_surplus(const struct setting *s, size_t i, struct arena *a,
    const char ***list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(s->db, SQL_ADMIN_EXCESS, VALUES(
	    v_text(s->database), v_text(s->users[i].user), v_text(s->host),
	    v_text(s->models[i]), v_text(s->host)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = db_copy(a, r, 0);
	db_done(r);
	return NULL;
}

static const struct err *
take(const struct setting *s, struct arena *a, bool *changed)
{
	const struct err *e = NULL;
	const char **list;
	size_t n;

	for (size_t i = 0; e == NULL && i < s->n; i++) {
		e = find_surplus(s, i, a, &list, &n);
		for (size_t k = 0; e == NULL && k < n; k++) {
			e = db_script(s->db, list[k], strlen(list[k]), NULL,
			    0);
			*changed = true;
		}
	}
	return e;
}

const struct err *
rights_set(struct db *db, const char *database, const char *host,
    const struct rights_user *users, size_t n, bool *given, bool *taken)
{
	struct setting s = {.db = db, .database = database, .host = host,
	    .users = users, .n = n};
	struct arena *a = arena_new();
	const struct err *e;
	bool again = false;

	*given = *taken = false;
	name_models(&s);
	if ((e = give(&s, given)) == NULL &&
	    (e = for_models(&s, sql_drop_template_user)) == NULL &&
	    (e = for_models(&s, sql_create_template_user)) == NULL &&
	    (e = grant(&s, true)) == NULL && (e = take(&s, a, taken)) == NULL)
		e = for_models(&s, sql_drop_template_user);
	/* taking a right on a table takes it on its columns too */
	if (e == NULL && *taken)
		e = give(&s, &again);
	arena_free(a);
	return e;
}
