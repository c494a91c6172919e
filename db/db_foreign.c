/* SPDX-License-Identifier: MIT */
#include "db/db_foreign.h"

#include <stdlib.h>
#include <string.h>

#include "db/db_part.h"

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CONNECT_S 10
#define SILENT_S 300 /* a server that sends nothing for so long is gone */
#define NAME_LONGEST 64 /* of a table, in characters of up to 4 bytes */

struct foreign {
	MYSQL *mysql;
	MYSQL_RES *result; /* of the table that is read; or NULL */
	struct csv_row names, row;
	uint64_t rows; /* of the table */
};

/* What MariaDB says names users, databases and tables, and no cell. */
static const struct err *
foreign_failure(const struct foreign *f, const char *doing)
{
	unsigned number = mysql_errno(f->mysql);

	return err_new(number == ER_NO_SUCH_TABLE ? ERR_MISSING : ERR_BUSY,
	    "%s: %s", doing, mysql_error(f->mysql));
}

static const struct err *
ask(const struct foreign *f, const char *statement)
{
	return mysql_query(f->mysql, statement) == 0 ? NULL
	    : foreign_failure(f, "the site's database");
}

const struct err *
foreign_open(const struct foreign_login *l, struct foreign **out)
{
	unsigned connect_s = CONNECT_S, silent_s = SILENT_S;
	struct foreign *f = xcalloc(1, sizeof *f);
	const struct err *e = NULL;

	if ((f->mysql = mysql_init(NULL)) == NULL)
		fatalx("out of memory: mysql_init");
	(void)mysql_options(f->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	(void)mysql_options(f->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	(void)mysql_options(f->mysql, MYSQL_OPT_READ_TIMEOUT, &silent_s);
	if (mysql_real_connect(f->mysql, l->host, l->user, l->password,
		l->database, l->port, l->socket, 0) == NULL)
		e = foreign_failure(f, "cannot connect to the site's "
		    "database");
	if (e == NULL && (e = ask(f, sql_foreign_isolation)) == NULL)
		e = ask(f, sql_foreign_begin);
	if (e != NULL)
		foreign_close(f);
	else
		*out = f;
	return e;
}

/* Ends with the rows that were not read. */
static void
end_table(struct foreign *f)
{
	if (f->result != NULL)
		mysql_free_result(f->result);
	f->result = NULL;
}

void
foreign_close(struct foreign *f)
{
	if (f == NULL)
		return;
	end_table(f);
	mysql_close(f->mysql);
	free(f);
}

/* --- a table ----------------------------------------------------------- */

static const struct err *
ask_of(struct foreign *f, const char *statement, const char *table)
{
	struct buf text = BUF(8 * NAME_LONGEST + 256);
	const struct err *e;

	(void)buf_text(&text, statement);
	db_put_name(table, &text);
	e = text.overflowed ? err_new(ERR_MISSING, "no table has such a name")
			    : ask(f, buf_str(&text));
	buf_done(&text);
	return e;
}

static const struct err *
count_rows(struct foreign *f, const char *table)
{
	const struct err *e = ask_of(f, sql_foreign_count, table);
	MYSQL_RES *result;
	MYSQL_ROW row;

	if (e != NULL)
		return e;
	if ((result = mysql_store_result(f->mysql)) == NULL)
		return foreign_failure(f, "the site's database");
	row = mysql_fetch_row(result);
	f->rows = row != NULL && row[0] != NULL ? strtoull(row[0], NULL, 10)
						: 0;
	mysql_free_result(result);
	return NULL;
}

static const struct err *
take_names(struct foreign *f)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(f->result);
	unsigned n = mysql_num_fields(f->result);

	if (n > CSV_COLUMNS)
		return err_new(ERR_TOOBIG, "the table has more than %d "
		    "columns", CSV_COLUMNS);
	f->names = (struct csv_row){.n = n};
	f->row = (struct csv_row){.n = n};
	for (unsigned i = 0; i < n; i++)
		f->names.cells[i] = text_bytes(fields[i].name);
	return NULL;
}

const struct err *
foreign_table(struct foreign *f, const char *table,
    const struct csv_row **names)
{
	const struct err *e;

	end_table(f);
	if ((e = count_rows(f, table)) != NULL ||
	    (e = ask_of(f, sql_foreign_rows, table)) != NULL)
		return e;
	if ((f->result = mysql_use_result(f->mysql)) == NULL)
		return foreign_failure(f, "the site's database");
	*names = &f->names;
	return take_names(f);
}

static bool
is_text(struct bytes cell)
{
	return text_is_utf8(cell.data, cell.len) &&
	    memchr(cell.data, '\0', cell.len) == NULL;
}

static const struct err *
take_cells(struct foreign *f, char **cells, const unsigned long *lengths)
{
	f->row.line++;
	for (unsigned i = 0; i < f->row.n; i++) {
		f->row.cells[i] = cells[i] == NULL ? (struct bytes){"", 0}
		    : (struct bytes){cells[i], lengths[i]};
		if (!is_text(f->row.cells[i]))
			return err_new(ERR_INVALID, "row %llu: %s is no text",
			    (unsigned long long)f->row.line,
			    f->names.cells[i].data);
	}
	return NULL;
}

const struct err *
foreign_next(struct foreign *f, const struct csv_row **row)
{
	MYSQL_ROW cells = mysql_fetch_row(f->result);

	*row = NULL;
	if (cells == NULL)
		return mysql_errno(f->mysql) == 0 ? NULL
		    : foreign_failure(f, "the site's database");
	*row = &f->row;
	return take_cells(f, cells, mysql_fetch_lengths(f->result));
}

unsigned
foreign_percent(const struct foreign *f)
{
	return f->rows == 0 || f->row.line >= f->rows ? 100
	    : (unsigned)(f->row.line * 100 / f->rows);
}
