/* SPDX-License-Identifier: MIT */
/*
 * Importing CSV files, or tables of another database. Each is read twice. The
 * first reading finds what is wrong with it as such, before anything is
 * written: then nothing is. The second takes its rows, many in a transaction. A
 * row is compared with what is here first, so an import that is repeated writes
 * only what has changed, and one that was interrupted goes on where it was by
 * beginning anew. A row that cannot be taken is refused alone, and told with
 * its file and line.
 */
#ifndef CORE_IMPORT_H
#define CORE_IMPORT_H

#include "lib/arena.h"

#include "db/db.h"

#include "core/import_form.h"
#include "core/settings.h"

enum import_kind {
	IMPORT_APPS,
	IMPORT_CREDENTIALS,
	IMPORT_DEVICES,
	IMPORT_CAMPAIGNS,
	IMPORT_USERS, /* of campaigns */
	IMPORT_INBOX,
	IMPORT_MESSAGES,
	IMPORT__KINDS
};

/* What becomes of a row. */
enum import_fate {
	IMPORT_NEW,	/* it was not here */
	IMPORT_CHANGED, /* it was otherwise here */
	IMPORT_SAME,
	IMPORT_KEPT,	/* what is here is later, and stays */
	IMPORT_LEFT,	/* not wanted: superseded, or too old */
	IMPORT_REFUSED,
	IMPORT_EXTRA,	/* no row: it is here and not in the dump */
	IMPORT__FATES
};

extern const char *const import_kinds[IMPORT__KINDS];
extern const char *const import_fates[IMPORT__FATES];

/* A row that is refused, or that differs from what is here. */
struct import_note {
	enum import_kind kind;
	enum import_fate fate;
	const char *file; /* NULL: it is in no file */
	uint64_t line;
	const char *key; /* which one, without a secret; or NULL */
	const char *why; /* or NULL */
};

struct import {
	struct db *db;
	const struct settings *settings;
	struct arena *mem; /* of the whole import */
	bool dry_run;	   /* compare, and write nothing */
	bool aside;	   /* set devices aside that the dump has not */
	void (*tell)(const struct import_note *note, void *arg);
	void (*progress)(const char *file, unsigned percent, void *arg);
	void *arg;
	struct foreign *foreign; /* has the tables that are read in place of
				    files; or NULL */
	void *own; /* of the importer */
	const char *path; /* of the file that is read */
	const char *missing; /* files that might be there; NULL: none */
	uint64_t counts[IMPORT__KINDS][IMPORT__FATES];
};

/* Rows that are taken together, in the order of the file. */
struct import_batch {
	struct arena *mem; /* of the batch */
	char *rows;
	uint64_t *lines;
	size_t n;
};

struct import_file {
	const char *name;
	enum import_kind kind;
	const struct import_form *form;
	/* The first reading: what is to be known of all rows before any is
	 * taken. NULL: nothing. */
	void (*look)(struct import *im, const void *row, uint64_t line);
	const struct err *(*take)(struct import *im, struct import_batch *b);
	/* A row was refused: it has what its columns before the fault give.
	 * NULL: nothing. */
	void (*refused)(struct import *im, const void *row);
};

/* The first reading. ERR_MISSING: there is no such file. */
const struct err *import_look(struct import *im, const char *path,
    const struct import_file *f);

/* The second. */
const struct err *import_take(struct import *im, const char *path,
    const struct import_file *f);

/* Count what became of a row, and tell it unless it is IMPORT_SAME. */
void import_note(struct import *im, enum import_kind kind,
    enum import_fate fate, uint64_t line, const char *key, const char *why);

/* Some bytes of a digest of three texts (NULL is ""), to recognise many of
 * them in little memory. */
uint64_t import_digest(const char *a, const char *b, const char *c);

#endif
