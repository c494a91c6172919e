/* SPDX-License-Identifier: MIT */
/*
 * The quickest way for rows into MariaDB by one connection, to measure a queue
 * by: a prepared INSERT with its values bound as arrays.
 *
 *   bare_bulk SOCKET USER PASSWORD FROM INTO ROWS
 *
 * Reads up to PORTION rows of table FROM and inserts copies of them into table
 * INTO, ROWS in all, a portion by a statement and each a transaction; the
 * column "id" of each copy is a new number. Prints rows a second.
 */
#include <mysql.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define PORTION 500
#define COLUMNS 32

/* A column of the portion, as the client library wants it for an array. */
struct column {
	bool is_number, is_id;
	int64_t numbers[PORTION];
	char *texts[PORTION];
	unsigned long lengths[PORTION];
	char indicators[PORTION];
};

struct portion {
	unsigned n_columns, n;
	struct column columns[COLUMNS];
	struct buf names, marks;
};

static MYSQL *
open_database(char *argv[])
{
	MYSQL *m = mysql_init(NULL);

	if (m == NULL || mysql_real_connect(m, "localhost", argv[2], argv[3],
	    "outpost", 0, argv[1], 0) == NULL)
		fatalx("%s", m != NULL ? mysql_error(m) : "out of memory");
	return m;
}

static void
read_value(struct column *c, unsigned at, const char *text, unsigned long len)
{
	c->indicators[at] =
	    text == NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
	if (text == NULL)
		return;
	c->numbers[at] = c->is_number ? (int64_t)strtoull(text, NULL, 10) : 0;
	c->texts[at] = memcpy(xmalloc(len + 1), text, len);
	c->lengths[at] = len;
}

static void
read_columns(struct portion *p, MYSQL_RES *rows)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(rows);

	p->n_columns = mysql_num_fields(rows);
	if (p->n_columns > COLUMNS)
		fatalx("more than %d columns", COLUMNS);
	for (unsigned i = 0; i < p->n_columns; i++) {
		p->columns[i].is_number = IS_NUM(fields[i].type);
		p->columns[i].is_id = strcmp(fields[i].name, "id") == 0;
		buf_fmt(&p->names, "%s%s", i > 0 ? ", " : "", fields[i].name);
		buf_text(&p->marks, i > 0 ? ", ?" : "?");
	}
}

static void
read_portion(MYSQL *m, const char *table, struct portion *p)
{
	char text[256];
	MYSQL_RES *rows;
	MYSQL_ROW row;

	(void)snprintf(text, sizeof text, "SELECT * FROM %s LIMIT %d", table,
	    PORTION);
	if (mysql_query(m, text) != 0 || (rows = mysql_store_result(m)) == NULL)
		fatalx("%s", mysql_error(m));
	read_columns(p, rows);
	for (; (row = mysql_fetch_row(rows)) != NULL; p->n++)
		for (unsigned i = 0; i < p->n_columns; i++)
			read_value(&p->columns[i], p->n, row[i],
			    mysql_fetch_lengths(rows)[i]);
	mysql_free_result(rows);
	if (p->n == 0)
		fatalx("no row in %s", table);
}

static MYSQL_STMT *
prepare(MYSQL *m, const char *table, struct portion *p)
{
	MYSQL_STMT *s = mysql_stmt_init(m);
	MYSQL_BIND binds[COLUMNS] = {0};
	struct buf text = BUF(65536);

	buf_fmt(&text, "INSERT INTO %s (%s) VALUES (%s)", table,
	    buf_str(&p->names), buf_str(&p->marks));
	for (unsigned i = 0; i < p->n_columns; i++) {
		struct column *c = &p->columns[i];

		binds[i].buffer_type = c->is_number ? MYSQL_TYPE_LONGLONG :
		    MYSQL_TYPE_STRING;
		binds[i].buffer = c->is_number ? (void *)c->numbers :
		    (void *)c->texts;
		binds[i].length = c->lengths;
		binds[i].u.indicator = c->indicators;
	}
	if (s == NULL || mysql_stmt_prepare(s, text.data, text.len) != 0 ||
	    mysql_stmt_attr_set(s, STMT_ATTR_ARRAY_SIZE, &p->n) != 0 ||
	    mysql_stmt_bind_param(s, binds) != 0)
		fatalx("%s", s != NULL ? mysql_stmt_error(s) : "out of memory");
	buf_done(&text);
	return s;
}

static void
renumber(struct portion *p, uint64_t first)
{
	for (unsigned i = 0; i < p->n_columns; i++)
		for (unsigned at = 0; p->columns[i].is_id && at < p->n; at++)
			p->columns[i].numbers[at] = (int64_t)(first + at);
}

int
main(int argc, char *argv[])
{
	static struct portion p = {.names = BUF(16384), .marks = BUF(16384)};
	uint64_t wanted = 0, done = 0;
	int64_t begin;
	MYSQL_STMT *s;
	MYSQL *m;

	if (argc != 7 || !text_u64(argv[6], 1000000000, &wanted))
		fatalx("usage: bare_bulk SOCKET USER PASSWORD FROM INTO ROWS");
	m = open_database(argv);
	read_portion(m, argv[4], &p);
	s = prepare(m, argv[5], &p);
	begin = clock_mono_us();
	for (; done < wanted; done += p.n) {
		renumber(&p, done + 1);
		if (mysql_stmt_execute(s) != 0)
			fatalx("%s", mysql_stmt_error(s));
	}
	printf("%.1f\n",
	    (double)done * 1e6 / (double)(clock_mono_us() - begin));
	(void)mysql_stmt_close(s);
	mysql_close(m);
	return 0;
}
