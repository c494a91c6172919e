/* SPDX-License-Identifier: MIT */
/*
 * From the cells of a CSV file to the members of a struct, by a table of the
 * columns: which names a column has had, of which kind its cells are, how long
 * they may be. The spellings of PostgreSQL, Oracle and SQL Server are all
 * accepted, so nobody need say which of them a file comes from. An empty cell
 * is SQL's NULL. Pure but for the time zone (lib/zone.h).
 */
#ifndef CORE_IMPORT_FORM_H
#define CORE_IMPORT_FORM_H

#include "lib/arena.h"
#include "lib/csv.h"

enum import_cell {
	CELL_TEXT,   /* const char *; NULL when empty */
	CELL_NUMBER, /* int64_t */
	CELL_BOOL,   /* bool: t, f, true, false, 1, 0; false when empty */
	CELL_TIME,   /* int64_t, ms since 1970; 0 when empty */
	CELL_VALUE,  /* struct bytes: a text; none when empty */
	CELL_BYTES   /* struct bytes: \x or 0x and hex, hex alone, or a text */
};

enum {
	CELL_MUST = 1,	    /* an empty cell refuses the row */
	CELL_OPTIONAL = 2,  /* the file may lack the column */
	CELL_NOT_NULL = 4,  /* CELL_TEXT: "" when empty */
	CELL_OCTETS = 8,    /* max counts bytes, not characters */
	CELL_TRUE = 16	    /* CELL_BOOL: true when empty or missing */
};

struct import_column {
	const char *name, *old; /* old: of earlier versions, or NULL; in any
				   letters */
	enum import_cell kind;
	unsigned flags;
	size_t at;	/* of the member */
	unsigned max;	/* characters of a text, bytes of bytes */
};

#define IMPORT_COLUMNS 32

struct import_form {
	const struct import_column *columns;
	unsigned n;
	size_t size; /* of the struct */
};

/* Which cell each column is; -1: the file does not have it. */
struct import_binding {
	int cell[IMPORT_COLUMNS];
};

/* Bind a form to the names of a file; where both names of a column are there,
 * the new one is taken. ERR_INVALID: a column is missing, or there twice. */
const struct err *import_bind(const struct import_form *f,
    const struct csv_row *names, struct import_binding *b);

/* Fill the struct, texts into the arena. ERR_INVALID: what is wrong with which
 * column, in words that quote no value. */
const struct err *import_cells(struct arena *a, const struct import_form *f,
    const struct import_binding *b, const struct csv_row *row, void *out);

/* A word of a cell as we write it: without blanks around it, in small letters;
 * in the arena. */
const char *import_word(struct arena *a, const char *word);

#endif
