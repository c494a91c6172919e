/* SPDX-License-Identifier: MIT */
/*
 * The one form of a table on stdout: a line of headings, columns as wide as
 * their widest cell, two blanks between them. On a terminal that is narrower
 * than the table, the widest columns of words become narrower and their cells
 * take several lines. If this would break words, each row stands by itself, a
 * line for each column. Nothing is cut. Into a file or a pipe each row is a
 * line.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/arena.h"

#define TABLE_COLUMNS 12

struct table_column {
	const char *heading; /* NULL: no more columns; all "": no headings */
	bool right; /* numbers, one below the other */
};

struct table;

/* A table without rows, in the arena. The columns must outlive it. */
struct table *table_new(struct arena *a, const struct table_column *columns);

/* Add the next cell, of row after row: the text is copied, control characters
 * become '?'; NULL and "" are shown as "-". */
void table_put(struct table *t, const char *text);
void table_put_count(struct table *t, uint64_t n);
void table_put_fmt(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Print the table on stdout, as wide as table_width says; without a row,
 * print the sentence that says so. */
void table_print(const struct table *t, const char *empty);

/* Print the rows, each line behind so many blanks; width 0: no limit. */
void table_write(const struct table *t, FILE *out, size_t indent,
    size_t width);

/* COLUMNS of the environment, else the columns of the terminal on stdout; 0:
 * there is no limit. */
size_t table_width(void);

#endif
