/* SPDX-License-Identifier: MIT */
/*
 * A statement for many rows: their values are bound as arrays, one for each
 * column, and sent in pieces that fit into max_allowed_packet. MariaDB runs an
 * INSERT ... VALUES of such a piece like one with many rows.
 */
#include "db/db_part.h"

#include <stdlib.h>

#include "lib/mem.h"

#define VALUE_HEAD 10 /* bytes before a value at most: indicator, length */

/* --- arrays ----------------------------------------------------------- */

union cell {
	uint64_t number;
	const char *text;
};

/* The values by columns: those of column c begin at [c * rows]. */
struct arrays {
	union cell *cells;
	unsigned long *lens;
	char *nulls; /* enum enum_indicator_type */
};

/* An array has one type. If all values are null, any will do. */
static enum value_type
type_of_column(const struct value *column, size_t n, size_t rows)
{
	for (size_t r = 0; r < rows; r++)
		if (column[r * n].type != V_NULL)
			return column[r * n].type;
	return V_TEXT;
}

/* Copy a column; false when its values have different types. */
static bool
fill_column(const struct value *column, size_t n, size_t rows,
    enum value_type type, struct arrays *at)
{
	for (size_t r = 0; r < rows; r++) {
		const struct value *v = &column[r * n];

		at->nulls[r] = STMT_INDICATOR_NONE;
		if (v->type == V_NULL)
			at->nulls[r] = STMT_INDICATOR_NULL;
		else if (v->type != type)
			return false;
		else if (type == V_TEXT) {
			at->cells[r].text = v->text.data;
			at->lens[r] = v->text.len;
		} else
			at->cells[r].number = v->u64;
	}
	return true;
}

static bool
bind_array(MYSQL_BIND *b, const struct value *column, size_t n, size_t rows,
    struct arrays at)
{
	enum value_type type = type_of_column(column, n, rows);

	*b = (MYSQL_BIND){.buffer = at.cells, .length = at.lens,
	    .u.indicator = at.nulls, .is_unsigned = (my_bool)(type == V_U64),
	    .buffer_type = type == V_TEXT ? MYSQL_TYPE_STRING
					  : MYSQL_TYPE_LONGLONG};
	return fill_column(column, n, rows, type, &at);
}

static bool
bind_rows(MYSQL_BIND *binds, const struct value *values, size_t n, size_t rows,
    const struct arrays *all)
{
	for (size_t c = 0; c < n; c++) {
		size_t at = c * rows;

		if (!bind_array(&binds[c], values + c, n, rows,
			(struct arrays){all->cells + at, all->lens + at,
			    all->nulls + at}))
			return false;
	}
	return true;
}

static bool
send_arrays(MYSQL_STMT *stmt, MYSQL_BIND *binds, unsigned rows)
{
	static const unsigned none = 0;
	bool failed = mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &rows) ||
	    mysql_stmt_bind_param(stmt, binds) ||
	    mysql_stmt_execute(stmt) != 0;

	/* the next execution may be one without arrays */
	(void)mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &none);
	return failed;
}

const struct err *
db_send_rows(MYSQL_STMT *stmt, const struct value *values, size_t n,
    size_t rows, bool *failed)
{
	struct arrays all = {xcalloc(n * rows, sizeof *all.cells),
	    xcalloc(n * rows, sizeof *all.lens), xcalloc(n * rows, 1)};
	MYSQL_BIND binds[MAX_VALUES];
	bool alike = bind_rows(binds, values, n, rows, &all);

	if (alike)
		*failed = send_arrays(stmt, binds, (unsigned)rows);
	free(all.cells);
	free(all.lens);
	free(all.nulls);
	return alike ? NULL : err_new(ERR_FAULT,
	    "values of different types in one column");
}

/* --- pieces ----------------------------------------------------------- */

static size_t
size_of_row(const struct value *values, size_t n)
{
	size_t size = n * VALUE_HEAD;

	for (size_t i = 0; i < n; i++)
		size += values[i].type == V_TEXT ? values[i].text.len
						 : sizeof(uint64_t);
	return size;
}

/* How many of the rows fit into a packet; 0: not even the first. */
static size_t
rows_that_fit(const struct value *values, size_t n, size_t rows)
{
	size_t r, size = 0;

	for (r = 0; r < rows; r++)
		if ((size += size_of_row(values + r * n, n)) > DB_LIST_MAX)
			break;
	return r;
}

struct many {
	enum sql_id id;
	const struct value *values;
	size_t n, rows;
};

/* The number of rows of the next piece; ERR_OVERSIZE when there is none. */
static const struct err *
next_piece(const struct many *m, size_t at, size_t *piece)
{
	*piece = rows_that_fit(m->values + at * m->n, m->n, m->rows - at);
	return *piece > 0 ? NULL : err_new(ERR_OVERSIZE,
	    "%s: a row is too large", sql[m->id].name);
}

static const struct err *
try_many(struct db *db, void *arg)
{
	const struct many *m = arg;
	const struct err *e = NULL;
	uint64_t affected = 0;
	size_t piece;

	for (size_t at = 0; e == NULL && at < m->rows; at += piece) {
		if ((e = next_piece(m, at, &piece)) == NULL)
			e = db_try_rows(db, m->id, m->values + at * m->n, m->n,
			    piece);
		affected += db->affected;
	}
	db->affected = affected;
	return e;
}

const struct err *
db_exec_rows(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows)
{
	struct many m = {id, values, n, rows};

	if (rows > 0 && !db->in_transaction)
		return db_transact(db, try_many, &m);
	return try_many(db, &m);
}

const struct err *
db_post_rows(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows, uint64_t *matched)
{
	const struct many m = {id, values, n, rows};
	const struct err *e = NULL;
	size_t piece;

	for (size_t at = 0; e == NULL && at < rows; at += piece)
		if ((e = next_piece(&m, at, &piece)) == NULL)
			e = db_post_piece(db, id, values + at * n, n, piece,
			    matched);
	return e;
}
