/* SPDX-License-Identifier: MIT */
/* The rows that a statement returns. They are fetched whole, so that nothing
 * stays open on the connection between two calls. */
#include "db/db_part.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

struct column {
	union {
		uint64_t number;
		char *text;
	};
	MYSQL_TIME time; /* becomes the number */
	unsigned long len;
	my_bool is_null, error;
	bool is_text, is_time;
};

struct rows {
	struct db *db;
	struct rows *next;
	MYSQL_STMT *stmt; /* NULL: the connection has ended */
	char *texts;	  /* of the current row, NULL: none yet */
	MYSQL_BIND *binds; /* behind the columns */
	uint64_t read;	   /* number of rows that db_next has read */
	unsigned n;
	struct column columns[];
};

static bool
is_number(enum enum_field_types type)
{
	switch (type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		return true;
	default:
		return false;
	}
}

static void
bind_column(struct rows *r, unsigned i, const MYSQL_FIELD *f)
{
	struct column *c = &r->columns[i];
	MYSQL_BIND *b = &r->binds[i];

	b->length = &c->len;
	b->is_null = &c->is_null;
	b->error = &c->error;
	c->is_time = f->type == MYSQL_TYPE_DATETIME;
	c->is_text = !c->is_time && !is_number(f->type);
	if (c->is_time) {
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
		return;
	}
	if (c->is_text) {
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer_length = f->max_length + 1;
		return;
	}
	b->buffer_type = MYSQL_TYPE_LONGLONG;
	b->is_unsigned = (my_bool)((f->flags & UNSIGNED_FLAG) != 0);
	b->buffer = &c->number;
}

/* One block for the texts of all columns. */
static void
place_texts(struct rows *r)
{
	size_t size = 0;
	char *at;

	for (unsigned i = 0; i < r->n; i++)
		size += r->binds[i].buffer_length;
	if (size == 0)
		return;
	r->texts = at = xmalloc(size);
	for (unsigned i = 0; i < r->n; i++) {
		if (!r->columns[i].is_text)
			continue;
		r->binds[i].buffer = r->columns[i].text = at;
		at += r->binds[i].buffer_length;
	}
}

static const struct err *
fetch_all(struct db *db, MYSQL_STMT *stmt, struct rows *r)
{
	MYSQL_RES *meta;

	if (r->n == 0)
		return err_new(ERR_FAULT, "a statement without rows was asked");
	r->stmt = stmt;
	if (mysql_stmt_store_result(stmt) != 0)
		return db_failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot read rows");
	/* store_result has filled in max_length */
	if ((meta = mysql_stmt_result_metadata(stmt)) == NULL)
		fatalx("out of memory: mysql_stmt_result_metadata");
	for (unsigned i = 0; i < r->n; i++)
		bind_column(r, i, mysql_fetch_field_direct(meta, i));
	mysql_free_result(meta);
	place_texts(r);
	if (mysql_stmt_bind_result(stmt, r->binds))
		return db_failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot bind rows");
	return NULL;
}

static struct rows *
rows_new(struct db *db, MYSQL_STMT *stmt)
{
	unsigned n = mysql_stmt_field_count(stmt);
	struct rows *r = xcalloc(1, sizeof *r +
	    n * (sizeof *r->columns + sizeof *r->binds));

	r->db = db;
	r->n = n;
	r->binds = (MYSQL_BIND *)(void *)&r->columns[n];
	r->next = db->open;
	db->open = r;
	return r;
}

/* When fetching rows ends in an error (a deadlock while rows are locked),
 * libmariadb believes that more rows will come: the next execution would wait
 * for them until its timeout. So the statement is prepared again. */
static void
unprepare(struct db *db, enum sql_id id)
{
	(void)mysql_stmt_close(db->stmts[id]);
	db->stmts[id] = NULL;
}

const struct err *
db_query(struct db *db, enum sql_id id, const struct value *values, size_t n,
    struct rows **out)
{
	const struct err *e = db_ask(db, id, values, n);
	struct rows *r;

	if (e != NULL)
		return e;
	r = rows_new(db, db->stmts[id]);
	if ((e = fetch_all(db, db->stmts[id], r)) != NULL) {
		db_done(r);
		if (db_is_lost(db))
			db_disconnect(db);
		else
			unprepare(db, id);
		return e;
	}
	*out = r;
	return NULL;
}

static uint64_t
time_ms(const MYSQL_TIME *t)
{
	return (uint64_t)clock_of_date(&(struct clock_date){t->year, t->month,
	    t->day, t->hour, t->minute, t->second,
	    (unsigned)(t->second_part / 1000)});
}

static void
finish_column(struct column *c)
{
	if (c->is_null)
		return;
	if (c->is_text)
		c->text[c->len] = '\0';
	else if (c->is_time)
		c->number = time_ms(&c->time);
}

bool
db_next(struct rows *r)
{
	int got = r->stmt != NULL ? mysql_stmt_fetch(r->stmt) : MYSQL_NO_DATA;

	if (got != 0 && got != MYSQL_DATA_TRUNCATED)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		finish_column(&r->columns[i]);
	r->read++;
	return true;
}

/* Not beyond the last row: behind it, the library would not go back. */
void
db_look_ahead(struct rows *r, void (*see)(const struct rows *, void *),
    void *arg)
{
	uint64_t here = r->read, count = db_count(r);

	while (r->read < count && db_next(r))
		see(r, arg);
	if (r->stmt != NULL)
		mysql_stmt_data_seek(r->stmt, here);
	r->read = here;
}

void
db_forget_rows(struct db *db)
{
	for (struct rows *r = db->open; r != NULL; r = r->next)
		r->stmt = NULL;
}

void
db_done(struct rows *r)
{
	struct rows **at;

	if (r == NULL)
		return;
	for (at = &r->db->open; *at != r;)
		at = &(*at)->next;
	*at = r->next;
	free(r->texts);
	if (r->stmt != NULL)
		(void)mysql_stmt_free_result(r->stmt);
	free(r);
}

uint64_t
db_count(const struct rows *r)
{
	return r->stmt != NULL ? mysql_stmt_num_rows(r->stmt) : 0;
}

bool
db_is_null(const struct rows *r, unsigned i)
{
	return r->columns[i].is_null != 0;
}

uint64_t
db_u64(const struct rows *r, unsigned i)
{
	if (db_is_null(r, i) || r->columns[i].is_text)
		return 0;
	return r->columns[i].number;
}

int64_t
db_i64(const struct rows *r, unsigned i)
{
	return (int64_t)db_u64(r, i);
}

const char *
db_text(const struct rows *r, unsigned i)
{
	if (db_is_null(r, i) || !r->columns[i].is_text)
		return NULL;
	return r->columns[i].text;
}

const char *
db_blob(const struct rows *r, unsigned i, size_t *len)
{
	const char *text = db_text(r, i);

	*len = text != NULL ? r->columns[i].len : 0;
	return text;
}

const char *
db_copy(struct arena *a, const struct rows *r, unsigned i)
{
	size_t len;
	const char *text = db_blob(r, i, &len);

	return text != NULL ? arena_text(a, text, len) : NULL;
}

