/* SPDX-License-Identifier: MIT */
/*
 * The excess privileges of a user are found by comparison with a template
 * user: nobody can log in as that user, it gets exactly the privileges of
 * grants.sql, and it is dropped again. So grants.sql alone decides.
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

#define TEMPLATE_NAME 104 /* behind a database's name */

struct rights_work {
	struct db *db;
	const char *database, *host;
	const struct rights_user *users;
	size_t n;
	char templates[RIGHTS_PROGRAMS][TEMPLATE_NAME]; /* as users */
};

/* Run grants.sql, for the users or for their template users. */
static const struct err *
run_grants(const struct rights_work *s, bool to_templates)
{
	struct script_var vars[RIGHTS_PROGRAMS + 2] = {
	    {"db", s->database, false}, {"host", s->host, true}};

	for (size_t i = 0; i < s->n; i++)
		vars[i + 2] = (struct script_var){s->users[i].program,
		    to_templates ? s->templates[i] : s->users[i].user, true};
	return db_script(s->db, grants.start,
	    (size_t)(grants.end - grants.start), vars, s->n + 2);
}

static const struct err *
rights_digest(const struct rights_work *s, char text[33])
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
grant_to_users(const struct rights_work *s, bool *changed)
{
	char before[33], after[33];
	const struct err *e;

	if ((e = rights_digest(s, before)) != NULL ||
	    (e = run_grants(s, false)) != NULL ||
	    (e = rights_digest(s, after)) != NULL)
		return e;
	*changed = *changed || strcmp(before, after) != 0;
	return NULL;
}

/* --- template users --------------------------------------------------- */

/* Programs that share a user share its template user, which then has the
 * privileges of all of them. The names contain that of the database, so that
 * setups of two databases at the same time do not meet. */
static void
name_templates(struct rights_work *s)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t first = 0;

		while (strcmp(s->users[first].user, s->users[i].user) != 0)
			first++;
		(void)snprintf(s->templates[i], TEMPLATE_NAME,
		    "%.64s setup model %zu", s->database, first);
	}
}

/* Template users are locked and have a password that nobody knows: it
 * satisfies a server that demands passwords, and unlocking the user gives no
 * access. */
static const struct err *
run_for_templates(const struct rights_work *s, const char *script)
{
	unsigned char bytes[32];
	char password[2 * sizeof bytes + 1];
	const struct err *e = NULL;

	crypto_random(bytes, sizeof bytes);
	text_hex(bytes, sizeof bytes, password);
	for (size_t i = 0; e == NULL && i < s->n; i++) {
		struct script_var vars[] = {{"user", s->templates[i], true},
		    {"host", s->host, true}, {"password", password, true}};

		e = db_script(s->db, script, strlen(script), vars,
		    nitems(vars));
	}
	return e;
}

/* --- taking away ------------------------------------------------------ */

/* REVOKE statements for the excess privileges of a user: those that its
 * template user does not have. */
static const struct err *
find_excess(const struct rights_work *s, size_t i, struct arena *a,
    const char ***list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(s->db, SQL_ADMIN_EXCESS, VALUES(
	    v_text(s->database), v_text(s->users[i].user), v_text(s->host),
	    v_text(s->templates[i]), v_text(s->host)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = db_copy(a, r, 0);
	db_done(r);
	return NULL;
}

static const struct err *
revoke_excess(const struct rights_work *s, struct arena *a, bool *changed)
{
	const struct err *e = NULL;
	const char **list;
	size_t n;

	for (size_t i = 0; e == NULL && i < s->n; i++) {
		e = find_excess(s, i, a, &list, &n);
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
	struct rights_work s = {.db = db, .database = database, .host = host,
	    .users = users, .n = n};
	struct arena *a = arena_new();
	const struct err *e;
	bool again = false;

	name_templates(&s);
	if ((e = grant_to_users(&s, given)) == NULL &&
	    (e = run_for_templates(&s, sql_drop_template_user)) == NULL &&
	    (e = run_for_templates(&s, sql_create_template_user)) == NULL &&
	    (e = run_grants(&s, true)) == NULL &&
	    (e = revoke_excess(&s, a, taken)) == NULL)
		e = run_for_templates(&s, sql_drop_template_user);
	/* revoking a privilege on a table revokes it on its columns too */
	if (e == NULL && *taken) /* at this host or an earlier one */
		e = grant_to_users(&s, &again);
	arena_free(a);
	return e;
}

const char *
rights_text(size_t *len)
{
	*len = (size_t)(grants.end - grants.start);
	return grants.start;
}
