/* SPDX-License-Identifier: MIT */
/* The functions of db/db.h, on the database of db_stand_line.h. */
#ifndef TESTS_FUZZ_DB_STAND_H
#define TESTS_FUZZ_DB_STAND_H

#include "tests/fuzz/db_stand_line.h"

/* --- db/db.h ----------------------------------------------------------- */

struct value
v_text(const char *s)
{
	return s != NULL ? v_blob(s, strlen(s)) : v_null();
}

struct db *
db_later(const struct db_settings *s, const char *program, enum db_kind kind)
{
	(void)s, (void)program, (void)kind;
	return (struct db *)(void *)&stand;
}

const struct err *
db_open(const struct db_settings *s, const char *program, enum db_kind kind,
    struct db **db)
{
	*db = db_later(s, program, kind);
	return NULL;
}

const struct err *
db_try(const struct db_settings *s, const char *program, enum db_kind kind,
    struct db **db, enum db_refusal *why)
{
	*why = DB_NOT_REFUSED;
	return db_open(s, program, kind, db);
}

const struct err *
db_open_admin(const struct db_settings *s, const char *user,
    const char *password, struct db **db, enum db_refusal *why)
{
	(void)user, (void)password;
	return db_try(s, "admin", 0, db, why);
}

const struct err *
db_check(struct db *db)
{
	return db_catch_up(db);
}

void
db_close(struct db *db)
{
	(void)db;
}

bool
db_is_connected(const struct db *db)
{
	return db != NULL;
}

bool
db_is_clustered(const struct db *db)
{
	(void)db;
	return false;
}

size_t
db_ask_clocks(const struct db *db, struct node_clock *out)
{
	(void)db, (void)out;
	return 0;
}

struct kept *
db_kept(struct db *db)
{
	(void)db;
	return stand.kept;
}

const struct err *
db_catch_up(struct db *db)
{
	(void)db;
	return NULL;
}

void
db_nodes(const struct db_settings *s, struct node_list *out)
{
	node_of_socket(s->socket != NULL ? s->socket : "stand", out);
}

bool
db_found_host(const struct db *visitor)
{
	(void)visitor;
	return true;
}

struct db *
db_visitor(const struct db_settings *s, const char *program,
    const struct node *node, int64_t timeout_ms)
{
	(void)s, (void)program, (void)node, (void)timeout_ms;
	return NULL;
}

const struct err *
db_ask_fitness(struct db *visitor, enum node_fitness *how)
{
	(void)visitor;
	*how = NODE_FIT;
	return NULL;
}

void
db_rest(struct db *visitor)
{
	(void)visitor;
}

const char *
db_where(const struct db *db)
{
	(void)db;
	return "stand";
}

const char *
db_node(const struct db *db)
{
	(void)db;
	return "";
}

const struct err *
db_exec(struct db *db, enum sql_id id, const struct value *values, size_t n)
{
	(void)db;
	return stand_run(id, values, n);
}

const struct err *
db_post(struct db *db, enum sql_id id, const struct value *values, size_t n,
    uint64_t *matched)
{
	const struct err *e = db_exec(db, id, values, n);

	if (e == NULL && matched != NULL)
		*matched += stand.affected;
	return e;
}

const struct err *
db_post_one(struct db *db, enum sql_id id, const struct value *values,
    size_t n)
{
	return db_exec(db, id, values, n);
}

bool
db_was_missed(const struct db *db)
{
	return db_is_clustered(db);
}

const struct err *
db_post_rows(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows, uint64_t *matched)
{
	(void)db, (void)rows, (void)matched;
	return stand_run(id, values, n);
}

const struct err *
db_exec_rows(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows)
{
	(void)db, (void)rows;
	return stand_run(id, values, n);
}

const struct err *
db_answers(struct db *db)
{
	return db_catch_up(db);
}

uint64_t
db_affected(const struct db *db)
{
	(void)db;
	return stand.affected;
}

uint64_t
db_insert_id(const struct db *db)
{
	(void)db;
	return stand.statements;
}

const struct err *
db_query(struct db *db, enum sql_id id, const struct value *values, size_t n,
    struct rows **rows)
{
	const struct err *e = db_exec(db, id, values, n);

	if (e != NULL)
		return e;
	*rows = xcalloc(1, sizeof **rows);
	**rows = (struct rows){stand.affected, stand.affected,
	    stand.statements};
	stand.open_rows++;
	return NULL;
}

bool
db_next(struct rows *r)
{
	if (r->left == 0)
		return false;
	r->left--;
	r->from += 3;
	return true;
}

void
db_look_ahead(struct rows *r, void (*see)(const struct rows *, void *),
    void *arg)
{
	struct rows here = *r;

	while (db_next(r))
		see(r, arg);
	*r = here;
}

void
db_done(struct rows *r)
{
	if (r == NULL)
		return;
	stand.open_rows--;
	free(r);
}

uint64_t
db_count(const struct rows *r)
{
	return r->total;
}

const char *
db_text(const struct rows *r, unsigned i)
{
	return stand.n_cells > 0
	    ? stand.cells[(r->from + i) % stand.n_cells] : "";
}

bool
db_is_null(const struct rows *r, unsigned i)
{
	(void)r, (void)i;
	return false;
}

int64_t
db_i64(const struct rows *r, unsigned i)
{
	const int64_t most = INT64_C(1) << 62; /* more than any id or time */
	int64_t v = strtoll(db_text(r, i), NULL, 10);

	return v > most ? most : v < -most ? -most : v;
}

uint64_t
db_u64(const struct rows *r, unsigned i)
{
	int64_t v = db_i64(r, i);

	return v > 0 ? (uint64_t)v : 0;
}

const char *
db_blob(const struct rows *r, unsigned i, size_t *len)
{
	*len = strlen(db_text(r, i));
	return db_text(r, i);
}

const char *
db_copy(struct arena *a, const struct rows *r, unsigned i)
{
	const char *s = db_text(r, i);

	return arena_text(a, s, strlen(s));
}

const struct err *
db_begin(struct db *db)
{
	(void)db;
	MUST(!stand.in_transaction);
	stand.in_transaction = true;
	return NULL;
}

const struct err *
db_end(struct db *db, const struct err *e)
{
	(void)db;
	MUST(stand.in_transaction);
	stand.in_transaction = false;
	if (e == NULL && stand.sent != NULL)
		stand.sent(stand.sent_arg);
	stand.sent = NULL;
	return e;
}

void
db_at_commit(struct db *db, void (*sent)(void *), void *arg)
{
	(void)db;
	MUST(stand.in_transaction);
	stand.sent = sent;
	stand.sent_arg = arg;
}

/* What met a lock is done again, so it must be repeatable. */
const struct err *
db_transact(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e = NULL;

	for (int i = 0; i < 3; i++) {
		(void)db_begin(db);
		stand.locked = false;
		e = db_end(db, fn(db, arg));
		if (!stand.locked)
			break;
	}
	return e;
}

/* Nothing is sent before it is waited for. */
bool
db_transact_post(struct db *db, db_fn *fn, void *arg)
{
	(void)db, (void)fn, (void)arg;
	return false;
}

const struct err *
db_transact_heard(struct db *db, db_fn *fn, void *arg)
{
	return db_transact(db, fn, arg);
}

int
db_answer_fd(const struct db *db)
{
	(void)db;
	return -1;
}

bool
db_is_answered(const struct db *db)
{
	return db_is_clustered(db);
}

/* Nothing is ever in doubt. */
const struct err *
db_transact_surely(struct db *db, db_fn *fn, db_look_fn *look, void *arg,
    bool doubt)
{
	(void)look, (void)doubt;
	return db_transact(db, fn, arg);
}

/* Members try again by themselves what failed. */
const struct err *
db_transact_shared(struct db *db, db_fn *fn, void *arg, bool *apart)
{
	const struct err *e;

	(void)db_begin(db);
	e = db_end(db, fn(db, arg));
	*apart = e != NULL;
	return e;
}

const struct err *
db_script(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n)
{
	(void)db, (void)vars, (void)n;
	stand_touch(&(struct value){.type = V_TEXT, .text = {script, len}},
	    1);
	return NULL;
}

bool
db_clock_is_far(int64_t ahead_ms)
{
	return ahead_ms >= DB_CLOCK_FAR_MS || ahead_ms <= -DB_CLOCK_FAR_MS;
}

bool
db_duplicate(const struct db *db, const char *key)
{
	(void)db, (void)key;
	return stand.duplicate;
}

void
db_at_end(struct db *db, void (*done)(int), int arg)
{
	(void)db;
	done(arg);
}

bool
db_was_locked(const struct db *db)
{
	(void)db;
	return stand.locked;
}

bool
db_was_refused(const struct db *db)
{
	return db_is_clustered(db);
}

#endif
