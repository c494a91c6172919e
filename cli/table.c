/* SPDX-License-Identifier: MIT */
#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/text.h"

#define GAP 2	  /* blanks between two columns */
#define NARROW 10 /* of a row by itself no text is made narrower */
#define WIDTH_MAX 10000

struct table {
	struct arena *mem;
	const struct table_column *columns;
	size_t n_columns;
	char **cells; /* row after row */
	size_t n, room;
};

struct table *
table_new(struct arena *a, const struct table_column *columns)
{
	struct table *t = arena_zero(a, sizeof *t);

	t->mem = a;
	t->columns = columns;
	while (t->n_columns < TABLE_COLUMNS &&
	    columns[t->n_columns].heading != NULL)
		t->n_columns++;
	return t;
}

/* --- cells ------------------------------------------------------------ */

/* Is this byte not the first of a character in UTF-8? */
static bool
continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* A text from a database shall not steer a terminal. */
static void
disarm(char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char byte = (unsigned char)*s;
		bool c1 = byte == 0xc2 && (unsigned char)s[1] >= 0x80 &&
		    (unsigned char)s[1] < 0xa0;

		if (byte < ' ' || byte == 0x7f)
			*s = '?';
		else if (c1)
			s[0] = s[1] = '?';
	}
}

/* The columns that a text takes. */
static size_t
text_columns(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += !continues(*s);
	return n;
}

void
table_put(struct table *t, const char *text)
{
	if (t->n == t->room) {
		char **more;

		t->room = t->room == 0 ? 64 : 2 * t->room;
		more = arena_alloc(t->mem, t->room * sizeof *more);
		if (t->n > 0)
			memcpy(more, t->cells, t->n * sizeof *more);
		t->cells = more;
	}
	if (text == NULL || *text == '\0')
		text = "-";
	t->cells[t->n] = arena_text(t->mem, text, strlen(text));
	disarm(t->cells[t->n++]);
}

void
table_put_count(struct table *t, uint64_t n)
{
	table_put_fmt(t, "%llu", (unsigned long long)n);
}

void
table_put_fmt(struct table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	table_put(t, text);
}

/* --- widths ----------------------------------------------------------- */

size_t
table_width(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread */
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	uint64_t n;

	if (columns != NULL && text_u64(columns, WIDTH_MAX, &n))
		return (size_t)n;
	return isatty(STDOUT_FILENO) &&
			ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0
		   ? w.ws_col
		   : 0;
}

/* A line of a cell may end at a blank, or behind one of these. */
static bool
breaks_behind(char c)
{
	return c != '\0' && strchr("-,/:;_", c) != NULL;
}

/* The columns of the longest part that no line breaks, at blanks alone or
 * behind marks too. */
static size_t
longest_part(const char *s, bool marks)
{
	size_t n = 0, most = 0;

	for (; *s != '\0'; s++) {
		n = *s == ' ' ? 0 : n + !continues(*s);
		if (n > most)
			most = n;
		if (marks && breaks_behind(*s))
			n = 0;
	}
	return most;
}

struct column_width {
	size_t now, least;
};

static void
widen(const struct table_column *column, const char *cell, bool marks,
    struct column_width *w)
{
	size_t all = text_columns(cell);
	size_t least = column->right ? all : longest_part(cell, marks);

	if (all > w->now)
		w->now = all;
	if (least > w->least)
		w->least = least;
}

/* Make the widest column that can be narrower one narrower; false: none can. */
static bool
squeeze(const struct table *t, struct column_width *w)
{
	size_t widest = t->n_columns;

	for (size_t i = 0; i < t->n_columns; i++)
		if (w[i].now > w[i].least && (widest == t->n_columns ||
			w[i].now > w[widest].now))
			widest = i;
	if (widest == t->n_columns)
		return false;
	w[widest].now--;
	return true;
}

/* false: the table does not fit into that width with such breaks. */
static bool
measure(const struct table *t, size_t width, bool marks, size_t *widths)
{
	struct column_width w[TABLE_COLUMNS] = {{0, 0}};
	size_t all = (t->n_columns - 1) * GAP;

	for (size_t i = 0; i < t->n_columns; i++) {
		widen(&t->columns[i], t->columns[i].heading, marks, &w[i]);
		for (size_t at = i; at < t->n; at += t->n_columns)
			widen(&t->columns[i], t->cells[at], marks, &w[i]);
		all += w[i].now;
	}
	while (width > 0 && all > width && squeeze(t, w))
		all--;
	for (size_t i = 0; i < t->n_columns; i++)
		widths[i] = w[i].now;
	return width == 0 || all <= width;
}

/* --- lines ------------------------------------------------------------ */

/* The bytes of a cell that stand on its next line: all, or up to a blank, or
 * behind a mark, or as many as there is room for. */
static size_t
line_of(const char *s, size_t width)
{
	size_t at = 0, n = 0, blank = 0, mark = 0;

	for (; s[at] != '\0'; at++) {
		n += !continues(s[at]);
		if (s[at] == ' ' && n <= width + 1)
			blank = at;
		if (breaks_behind(s[at]) && n <= width)
			mark = at + 1;
		if (n > width && !continues(s[at]))
			return blank > 0 ? blank : mark > 0 ? mark : at;
	}
	return at;
}

/* Print one line of a cell and go on in it. Blanks are owed until something
 * follows, so that no line ends with one. */
static void
write_cell(FILE *out, const char **rest, size_t width, bool right,
    size_t *owed)
{
	size_t len = line_of(*rest, width), n = 0;

	for (size_t i = 0; i < len; i++)
		n += !continues((*rest)[i]);
	if (len > 0) {
		(void)fprintf(out, "%*s%.*s",
		    (int)(*owed + (right ? width - n : 0)), "", (int)len,
		    *rest);
		*owed = right ? 0 : width - n;
	} else {
		*owed += width;
	}
	*rest += len;
	*rest += strspn(*rest, " ");
}

static void
write_row(const struct table *t, FILE *out, size_t indent,
    const size_t *widths, const char **cells)
{
	bool more = true;

	while (more) {
		size_t owed = indent;

		more = false;
		for (size_t i = 0; i < t->n_columns; i++) {
			write_cell(out, &cells[i], widths[i],
			    t->columns[i].right, &owed);
			owed += GAP;
			more |= *cells[i] != '\0';
		}
		(void)fputc('\n', out);
	}
}

/* Each row by itself, a line for each column. */
static void
write_records(const struct table *t, FILE *out, size_t indent, size_t width)
{
	static const struct table_column columns[] = {{""}, {""}, {NULL}};
	const struct table pair = {.columns = columns, .n_columns = 2};
	const char *cells[2];
	size_t widths[2] = {0, NARROW};

	for (size_t i = 0; i < t->n_columns; i++)
		if (text_columns(t->columns[i].heading) > widths[0])
			widths[0] = text_columns(t->columns[i].heading);
	if (width > widths[0] + GAP + NARROW)
		widths[1] = width - widths[0] - GAP;
	for (size_t row = 0; row + t->n_columns <= t->n;
	     row += t->n_columns) {
		if (row > 0)
			(void)fputc('\n', out);
		for (size_t i = 0; i < t->n_columns; i++) {
			cells[0] = t->columns[i].heading;
			cells[1] = t->cells[row + i];
			write_row(&pair, out, indent, widths, cells);
		}
	}
}

void
table_write(const struct table *t, FILE *out, size_t indent, size_t width)
{
	const char *cells[TABLE_COLUMNS];
	size_t widths[TABLE_COLUMNS];
	size_t room = width > indent ? width - indent : 0;
	bool headed = false, fits = measure(t, room, false, widths) ||
	    measure(t, room, true, widths);

	for (size_t i = 0; i < t->n_columns; i++) {
		cells[i] = t->columns[i].heading;
		headed |= *cells[i] != '\0';
	}
	if (headed && !fits) {
		write_records(t, out, indent, room);
		return;
	}
	if (headed)
		write_row(t, out, indent, widths, cells);
	for (size_t row = 0; row + t->n_columns <= t->n;
	     row += t->n_columns) {
		for (size_t i = 0; i < t->n_columns; i++)
			cells[i] = t->cells[row + i];
		write_row(t, out, indent, widths, cells);
	}
}

void
table_print(const struct table *t, const char *empty)
{
	if (t->n == 0)
		puts(empty);
	else
		table_write(t, stdout, 0, table_width());
}
