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
#define NARROW 10 /* no column is made narrower than this */
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

/* Make the widest column of words one narrower; false: none can be. */
static bool
squeeze(const struct table *t, size_t *widths)
{
	size_t widest = t->n_columns;

	for (size_t i = 0; i < t->n_columns; i++)
		if (!t->columns[i].right && widths[i] > NARROW &&
		    (widest == t->n_columns || widths[i] > widths[widest]))
			widest = i;
	if (widest == t->n_columns)
		return false;
	widths[widest]--;
	return true;
}

static void
measure(const struct table *t, size_t width, size_t *widths)
{
	size_t all = (t->n_columns - 1) * GAP;

	for (size_t i = 0; i < t->n_columns; i++)
		widths[i] = text_columns(t->columns[i].heading);
	for (size_t row = 0; row + t->n_columns <= t->n; row += t->n_columns)
		for (size_t i = 0; i < t->n_columns; i++) {
			size_t n = text_columns(t->cells[row + i]);

			if (n > widths[i])
				widths[i] = n;
		}
	for (size_t i = 0; i < t->n_columns; i++)
		all += widths[i];
	while (width > 0 && all > width && squeeze(t, widths))
		all--;
}

/* --- lines ------------------------------------------------------------ */

/* The bytes of a cell that stand on its next line: all, or up to a blank, or
 * as many as there is room for. */
static size_t
line_of(const char *s, size_t width)
{
	size_t at = 0, n = 0, blank = 0;

	for (; s[at] != '\0'; at++) {
		n += !continues(s[at]);
		if (s[at] == ' ' && n <= width + 1)
			blank = at;
		if (n > width && !continues(s[at]))
			return blank > 0 ? blank : at;
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

void
table_write(const struct table *t, FILE *out, size_t indent, size_t width)
{
	const char *cells[TABLE_COLUMNS];
	size_t widths[TABLE_COLUMNS];
	size_t room = width > indent ? width - indent : 0;
	bool headed = false;

	measure(t, room, widths);
	for (size_t i = 0; i < t->n_columns; i++) {
		cells[i] = t->columns[i].heading;
		headed |= *cells[i] != '\0';
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
