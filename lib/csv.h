/* SPDX-License-Identifier: MIT */
/*
 * Reading a CSV file (RFC 4180) row after row, whole or not at all: a file that
 * is cut, is not UTF-8 or has a row of another width is refused with its line.
 * The first row names the columns. Lines end with LF or CRLF, the last one too,
 * or nobody could tell a whole file from one that was cut. Empty lines are
 * skipped, and so is a byte order mark.
 */
#ifndef LIB_CSV_H
#define LIB_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/text.h"

#define CSV_COLUMNS 64
#define CSV_ROW_MAX (20 * 1024 * 1024) /* bytes of a row */

struct csv;

struct csv_row {
	uint64_t line; /* in which it begins */
	unsigned n;
	struct bytes cells[CSV_COLUMNS]; /* UTF-8; valid until the next row */
};

/* Open the file and read the names of its columns. ERR_MISSING: there is no
 * such file, or it is empty. ERR_INVALID: it is a pipe, say, which cannot be
 * read again from its beginning. Each error names the file, and the line if
 * there is one. */
const struct err *csv_open(const char *path, struct csv **c);
void csv_close(struct csv *c); /* takes NULL */

/* The names, as a row. */
const struct csv_row *csv_names(const struct csv *c);

/* The next row, with as many cells as there are names; *row NULL: there is no
 * more. ERR_INVALID: the file is refused. */
const struct err *csv_next(struct csv *c, const struct csv_row **row);

/* How far the reading is, in per cent of the file. */
unsigned csv_percent(const struct csv *c);

#endif
