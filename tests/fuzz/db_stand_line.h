/* SPDX-License-Identifier: MIT */
/*
 * A database made of one line, in place of db/db*.c: "DIGITS CELL|CELL|...".
 * Each statement takes the next digit, again from the first after the last:
 * so many rows it gives or matches; 8 is a duplicate key, 9 a lock. Rows are
 * filled from the cells, one after the other; none is NULL, since most
 * columns cannot be.
 */
#ifndef TESTS_FUZZ_DB_STAND_LINE_H
#define TESTS_FUZZ_DB_STAND_LINE_H

#include "db/db.h"
#include "db/kept.h"
#include "lib/text.h"
#include "tests/fuzz/fuzz.h"

#define CELLS 32

struct rows {
	unsigned left, total, from;
};

static struct {
	const char *digits;
	char *cells[CELLS];
	unsigned n_cells, statements, affected;
	unsigned open_rows;
	bool in_transaction, duplicate, locked;
	void (*sent)(void *); /* at COMMIT; or NULL */
	void *sent_arg;
	struct kept *kept;
	char seen;
} stand;

/* Databases hold text only that is text. */
static void
stand_open(char *line)
{
	char *rest = strchr(line, ' '), *cell;

	memset(&stand, 0, sizeof stand);
	stand.digits = line;
	stand.kept = kept_new();
	if (rest != NULL)
		*rest++ = '\0';
	while (stand.n_cells < CELLS && (cell = strsep(&rest, "|")) != NULL) {
		if (!text_is_utf8(cell, strlen(cell)))
			*cell = '\0';
		stand.cells[stand.n_cells++] = cell;
	}
}

/* All is as it must be when a call is over. */
static inline void
stand_check(void)
{
	MUST(stand.open_rows == 0 && !stand.in_transaction);
	kept_free(stand.kept);
}

/* Every byte of the arguments must be there. */
static void
stand_touch(const struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		MUST(values[i].type <= V_TEXT);
		for (size_t k = 0; values[i].type == V_TEXT &&
		     k < values[i].text.len; k++)
			stand.seen = (char)(stand.seen ^
			    values[i].text.data[k]);
	}
}

static const struct err *
stand_run(enum sql_id id, const struct value *values, size_t n)
{
	size_t len = strspn(stand.digits, "0123456789");
	char digit = len > 0 ? stand.digits[stand.statements++ % len] : '0';

	MUST(id < SQL__COUNT);
	/* time passes, for those who go on until some moment */
	clock_set(clock_mono_ms() + 1);
	stand_touch(values, n);
	stand.affected = (unsigned)(digit - '0');
	stand.duplicate = digit == '8';
	stand.locked = digit == '9';
	if (stand.duplicate)
		return err_new(ERR_DUPLICATE, "duplicate key");
	return stand.locked ? err_new(ERR_CONTENTION, "locked") : NULL;
}

#endif
