/* SPDX-License-Identifier: MIT */
#include "core/import_form.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/zone.h"

/* --- the names of the columns ----------------------------------------- */

static const struct err *
find_cell(const struct csv_row *names, const char *name, int *cell)
{
	for (unsigned i = 0; name != NULL && i < names->n; i++) {
		if (strcasecmp(names->cells[i].data, name) != 0)
			continue;
		if (*cell >= 0)
			return err_new(ERR_INVALID, "the column %s is there "
			    "twice", name);
		*cell = (int)i;
	}
	return NULL;
}

const struct err *
import_bind(const struct import_form *f, const struct csv_row *names,
    struct import_binding *b)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct import_column *k = &f->columns[i];
		const struct err *e;

		b->cell[i] = -1;
		if ((e = find_cell(names, k->name, &b->cell[i])) != NULL)
			return e;
		if (b->cell[i] < 0 &&
		    (e = find_cell(names, k->old, &b->cell[i])) != NULL)
			return e;
		if (b->cell[i] < 0 && (k->flags & CELL_OPTIONAL) == 0)
			return err_new(ERR_INVALID, "there is no column %s%s%s",
			    k->name, k->old != NULL ? " or " : "",
			    k->old != NULL ? k->old : "");
	}
	return NULL;
}

/* --- cells ------------------------------------------------------------ */

/* As MariaDB counts them, for the width of a column. */
static size_t
characters(struct bytes cell)
{
	size_t n = 0;

	for (size_t i = 0; i < cell.len; i++)
		n += ((unsigned char)cell.data[i] & 0xc0) != 0x80;
	return n;
}

static const struct err *
check_length(const struct import_column *k, struct bytes cell)
{
	bool octets = (k->flags & CELL_OCTETS) != 0;

	if ((octets ? cell.len : characters(cell)) <= k->max)
		return NULL;
	return err_new(ERR_INVALID, "%s is longer than %u %s", k->name, k->max,
	    octets ? "bytes" : "characters");
}

static const struct err *
take_text(struct arena *a, const struct import_column *k, struct bytes cell,
    const char **out)
{
	*out = cell.len > 0 || (k->flags & CELL_NOT_NULL) != 0
	    ? arena_text(a, cell.data, cell.len) : NULL;
	return NULL;
}

static const struct err *
take_bool(const struct import_column *k, struct bytes cell, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"t", true}, {"f", false}, {"true", true},
	    {"false", false}, {"1", true}, {"0", false}};

	*out = (k->flags & CELL_TRUE) != 0;
	if (cell.len == 0)
		return NULL;
	for (size_t i = 0; i < nitems(words); i++)
		if (strcasecmp(cell.data, words[i].word) == 0) {
			*out = words[i].value;
			return NULL;
		}
	return err_new(ERR_INVALID, "%s is neither true nor false", k->name);
}

/* Bytes as a database prints them; a file that was converted to text before
 * stays as it is. */
static const struct err *
take_bytes(struct arena *a, const struct import_column *k, struct bytes cell,
    struct bytes *out)
{
	bool marked = text_starts(cell.data, "\\x") ||
	    text_starts(cell.data, "0x");
	const char *hex = cell.data + (marked ? 2 : 0);
	size_t n = strlen(hex) / 2;
	char *bytes;

	*out = (struct bytes){0};
	if (cell.len == 0)
		return NULL;
	if (cell.len / 2 > k->max)
		return err_new(ERR_INVALID, "%s is longer than %u bytes",
		    k->name, k->max);
	bytes = arena_alloc(a, cell.len + 1);
	arena_wipe(a, bytes, cell.len + 1);
	if (n > 0 && text_unhex(hex, bytes, n)) {
		bytes[n] = '\0';
	} else if (marked) {
		return err_new(ERR_INVALID, "%s is not hex behind its mark",
		    k->name);
	} else {
		memcpy(bytes, cell.data, (n = cell.len) + 1);
	}
	*out = (struct bytes){bytes, n};
	return NULL;
}

static void
take_value(struct arena *a, struct bytes cell, struct bytes *out)
{
	char *text = arena_text(a, cell.data, cell.len);

	arena_wipe(a, text, cell.len);
	*out = (struct bytes){cell.len > 0 ? text : NULL, cell.len};
}

static const struct err *
take_cell(struct arena *a, const struct import_column *k, struct bytes cell,
    void *member)
{
	const struct err *e;

	if (cell.len == 0 && (k->flags & CELL_MUST) != 0)
		return err_new(ERR_INVALID, "%s is empty", k->name);
	if (k->max > 0 && k->kind != CELL_BYTES &&
	    (e = check_length(k, cell)) != NULL)
		return e;
	switch (k->kind) {
	case CELL_TEXT:
		return take_text(a, k, cell, member);
	case CELL_NUMBER:
		if (!text_i64(cell.data, INT64_MIN, INT64_MAX, member))
			return err_new(ERR_INVALID, "%s is no number", k->name);
		return NULL;
	case CELL_BOOL:
		return take_bool(k, cell, member);
	case CELL_TIME:
		if (cell.len > 0 && !zone_parse(cell.data, member))
			return err_new(ERR_INVALID, "%s is not a time as "
			    "2024-01-31 12:00:00.123", k->name);
		return NULL;
	case CELL_VALUE:
		take_value(a, cell, member);
		return NULL;
	case CELL_BYTES:
		break;
	}
	return take_bytes(a, k, cell, member);
}

const struct err *
import_cells(struct arena *a, const struct import_form *f,
    const struct import_binding *b, const struct csv_row *row, void *out)
{
	const struct err *e = NULL;

	memset(out, 0, f->size);
	for (unsigned i = 0; e == NULL && i < f->n; i++) {
		const struct import_column *k = &f->columns[i];
		struct bytes cell = {"", 0};

		if (b->cell[i] >= 0)
			cell = row->cells[b->cell[i]];
		else if (k->kind == CELL_NUMBER)
			continue;
		e = take_cell(a, k, cell, (char *)out + k->at);
	}
	return e;
}

const char *
import_word(struct arena *a, const char *word)
{
	size_t from = strspn(word, " \t\r\n"), len = strlen(word + from);
	char *tidied;

	while (len > 0 && isspace((unsigned char)word[from + len - 1]))
		len--;
	tidied = arena_text(a, word + from, len);
	for (size_t i = 0; i < len; i++)
		tidied[i] = (char)tolower((unsigned char)tidied[i]);
	return tidied;
}
