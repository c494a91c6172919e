/* SPDX-License-Identifier: MIT */
#include "lib/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/buf.h"
#include "lib/mem.h"

#define MARK "\xef\xbb\xbf" /* the byte order mark of UTF-8 */

struct csv {
	char *path;
	FILE *file;
	uint64_t line; /* that is being read */
	uint64_t read, size; /* bytes */
	struct buf text; /* the cells of the row, a NUL after each */
	size_t ends[CSV_COLUMNS]; /* in text, of each cell */
	struct csv_row row, names;
	struct buf names_text;
};

/* What ends a cell. */
enum csv_end { CSV_COMMA, CSV_LINE, CSV_FILE };

static const struct err *
refuse(const struct csv *c, uint64_t line, const char *why)
{
	return err_new(ERR_INVALID, "%s:%llu: %s", c->path,
	    (unsigned long long)line, why);
}

static int
next_byte(struct csv *c)
{
	int b = getc(c->file);

	if (b != EOF)
		c->read++;
	if (b == '\n')
		c->line++;
	return b;
}

static const struct err *
put_byte(struct csv *c, int b)
{
	char byte = (char)b;

	if (b == '\0')
		return refuse(c, c->line, "a NUL: this is not UTF-8");
	if (!buf_add(&c->text, &byte, 1))
		return refuse(c, c->row.line, "the row is too long");
	return NULL;
}

/* The byte behind a cell: a comma, the end of the line, or of the file. */
static const struct err *
take_end(struct csv *c, int b, enum csv_end *end)
{
	if (b == '\r' && (b = next_byte(c)) != '\n')
		return refuse(c, c->line, "a carriage return without a line "
		    "feed, outside of quotes");
	*end = b == ',' ? CSV_COMMA : b == '\n' ? CSV_LINE : CSV_FILE;
	if (b != ',' && b != '\n' && b != EOF)
		return refuse(c, c->line, "text behind a closing quote");
	return NULL;
}

static const struct err *
read_quoted(struct csv *c, enum csv_end *end)
{
	uint64_t from = c->line;
	const struct err *e;
	int b;

	for (;;) {
		if ((b = next_byte(c)) == EOF)
			return refuse(c, from, "the quote that opens in this "
			    "line is never closed: the file is cut");
		if (b == '"' && (b = next_byte(c)) != '"')
			return take_end(c, b, end);
		if ((e = put_byte(c, b)) != NULL)
			return e;
	}
}

static const struct err *
read_cell(struct csv *c, enum csv_end *end)
{
	const struct err *e = NULL;
	int b = next_byte(c);

	if (b == '"')
		return read_quoted(c, end);
	for (; e == NULL; b = next_byte(c)) {
		if (b == ',' || b == '\n' || b == '\r' || b == EOF)
			return take_end(c, b, end);
		if (b == '"')
			return refuse(c, c->line, "a quote inside a cell that "
			    "does not begin with one");
		e = put_byte(c, b);
	}
	return e;
}

/* The cells of a line; none of an empty line, and none at the end. */
static const struct err *
read_cells(struct csv *c, enum csv_end *end)
{
	const struct err *e = NULL;

	buf_reset(&c->text);
	c->row.n = 0;
	c->row.line = c->line;
	do {
		if (c->row.n == CSV_COLUMNS)
			return refuse(c, c->row.line, "too many columns");
		if ((e = read_cell(c, end)) != NULL)
			return e;
		c->ends[c->row.n++] = c->text.len;
		if (!buf_add(&c->text, "", 1))
			return refuse(c, c->row.line, "the row is too long");
	} while (*end == CSV_COMMA);
	if (c->row.n == 1 && c->text.len == 1)
		c->row.n = 0;
	if (*end == CSV_FILE && c->row.n > 0)
		return refuse(c, c->row.line, "the last line does not end: "
		    "the file is cut");
	return NULL;
}

static const struct err *
take_cells(struct csv *c)
{
	size_t from = 0;

	for (unsigned i = 0; i < c->row.n; i++) {
		c->row.cells[i] = (struct bytes){c->text.data + from,
		    c->ends[i] - from};
		if (!text_is_utf8(c->row.cells[i].data, c->row.cells[i].len))
			return refuse(c, c->row.line, "this is not UTF-8");
		from = c->ends[i] + 1;
	}
	return NULL;
}

static const struct err *
read_row(struct csv *c, const struct csv_row **row)
{
	enum csv_end end = CSV_LINE;
	const struct err *e;

	do {
		if ((e = read_cells(c, &end)) != NULL)
			return e;
	} while (c->row.n == 0 && end != CSV_FILE);
	if (ferror(c->file))
		return err_errno("cannot read %s", c->path);
	*row = c->row.n > 0 ? &c->row : NULL;
	return take_cells(c);
}

static void
skip_mark(struct csv *c)
{
	char mark[3];

	if (fread(mark, 1, sizeof mark, c->file) != sizeof mark ||
	    memcmp(mark, MARK, sizeof mark) != 0)
		rewind(c->file);
}

static const struct err *
read_names(struct csv *c)
{
	const struct csv_row *row;
	const struct err *e = read_row(c, &row);

	if (e != NULL)
		return e;
	if (row == NULL)
		return err_new(ERR_MISSING, "%s:1: there is no line that names "
		    "the columns", c->path);
	c->names = *row;
	c->names_text = c->text;
	c->text = (struct buf)BUF(CSV_ROW_MAX);
	return NULL;
}

static const struct err *
open_failed(const char *path)
{
	if (errno == ENOENT)
		return err_new(ERR_MISSING, "%s: there is no such file", path);
	return err_errno("cannot open %s", path);
}

const struct err *
csv_open(const char *path, struct csv **out)
{
	FILE *file = fopen(path, "re");
	const struct err *e;
	struct stat st;
	struct csv *c;

	*out = NULL;
	if (file == NULL)
		return open_failed(path);
	if (fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)fclose(file);
		return err_new(ERR_INVALID, "%s is not a regular file", path);
	}
	c = xcalloc(1, sizeof *c);
	*c = (struct csv){.path = xstrdup(path), .file = file, .line = 1,
	    .size = (uint64_t)st.st_size, .text = BUF(CSV_ROW_MAX)};
	skip_mark(c);
	if ((e = read_names(c)) != NULL) {
		csv_close(c);
		return e;
	}
	*out = c;
	return NULL;
}

void
csv_close(struct csv *c)
{
	if (c == NULL)
		return;
	(void)fclose(c->file);
	buf_wipe(&c->text); /* of a file with credentials */
	buf_done(&c->names_text);
	free(c->path);
	free(c);
}

const struct csv_row *
csv_names(const struct csv *c)
{
	return &c->names;
}

const struct err *
csv_next(struct csv *c, const struct csv_row **row)
{
	const struct err *e = read_row(c, row);
	char why[80];

	if (e != NULL || *row == NULL || (*row)->n == c->names.n)
		return e;
	(void)snprintf(why, sizeof why, "the row has %u cells, and there are "
	    "%u columns", (*row)->n, c->names.n);
	return refuse(c, (*row)->line, why);
}

unsigned
csv_percent(const struct csv *c)
{
	return c->size > 0 ? (unsigned)(c->read * 100 / c->size) : 100;
}
