/* SPDX-License-Identifier: MIT */
#include "core/import.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"

#include "db/db_foreign.h"

#define BATCH_ROWS 500
#define BATCH_BYTES (2 * 1024 * 1024)
#define PROGRESS_ROWS 1000

const char *const import_kinds[IMPORT__KINDS] = {
    [IMPORT_APPS] = "applications",
    [IMPORT_CREDENTIALS] = "credentials",
    [IMPORT_DEVICES] = "devices",
    [IMPORT_CAMPAIGNS] = "campaigns",
    [IMPORT_USERS] = "campaign users",
    [IMPORT_INBOX] = "inbox messages",
    [IMPORT_MESSAGES] = "stored messages"};

const char *const import_fates[IMPORT__FATES] = {
    [IMPORT_NEW] = "new",
    [IMPORT_CHANGED] = "changed",
    [IMPORT_SAME] = "same",
    [IMPORT_KEPT] = "kept",
    [IMPORT_LEFT] = "left out",
    [IMPORT_REFUSED] = "refused",
    [IMPORT_EXTRA] = "only here"};

void
import_note(struct import *im, enum import_kind kind, enum import_fate fate,
    uint64_t line, const char *key, const char *why)
{
	const struct import_note note = {kind, fate,
	    line > 0 ? im->path : NULL, line, key, why};

	im->counts[kind][fate]++;
	if (fate != IMPORT_SAME)
		im->tell(&note, im->arg);
}

uint64_t
import_digest(const char *a, const char *b, const char *c)
{
	const char *parts[] = {a, b, c};
	struct buf text = BUF(SIZE_MAX);
	unsigned char digest[32];
	uint64_t key;

	for (size_t i = 0; i < nitems(parts); i++)
		(void)buf_add(&text, parts[i] != NULL ? parts[i] : "",
		    parts[i] != NULL ? strlen(parts[i]) + 1 : 1);
	crypto_sha256(text.data, text.len, digest);
	buf_done(&text);
	memcpy(&key, digest, sizeof key);
	return key;
}

/* --- reading ---------------------------------------------------------- */

struct import_reading {
	struct import *im;
	const struct import_file *f;
	struct csv *csv;
	struct import_binding binding;
	struct import_batch batch;
	size_t bytes; /* of the rows in the batch */
	uint64_t rows;
};

/* A file, or a table. */
static const struct err *
open_rows(struct import_reading *r, const char *path,
    const struct csv_row **names)
{
	const struct err *e;

	if (r->im->foreign != NULL)
		return foreign_table(r->im->foreign, path, names);
	if ((e = csv_open(path, &r->csv)) == NULL)
		*names = csv_names(r->csv);
	return e;
}

static const struct err *
next_row(struct import_reading *r, const struct csv_row **row)
{
	return r->im->foreign != NULL ? foreign_next(r->im->foreign, row)
				      : csv_next(r->csv, row);
}

static const struct err *
begin(struct import_reading *r, const char *path)
{
	const struct csv_row *names = NULL;
	const struct err *e;

	r->im->path = path;
	if ((e = open_rows(r, path, &names)) != NULL)
		return e;
	if ((e = import_bind(r->f->form, names, &r->binding)) != NULL) {
		e = err_at(e, "%s:%llu", path, (unsigned long long)names->line);
		csv_close(r->csv);
		return e;
	}
	r->batch.mem = arena_new();
	return NULL;
}

static void
end(struct import_reading *r)
{
	arena_free(r->batch.mem);
	csv_close(r->csv);
}

static void
show_progress(struct import_reading *r)
{
	if (r->rows++ % PROGRESS_ROWS == 0)
		r->im->progress(r->im->path, r->im->foreign != NULL
		    ? foreign_percent(r->im->foreign) : csv_percent(r->csv),
		    r->im->arg);
}

const struct err *
import_look(struct import *im, const char *path, const struct import_file *f)
{
	struct import_reading r = {.im = im, .f = f};
	void *row = arena_zero(im->mem, f->form->size);
	const struct csv_row *cells = NULL;
	const struct err *e;

	if ((e = begin(&r, path)) != NULL)
		return e;
	while ((e = next_row(&r, &cells)) == NULL && cells != NULL) {
		show_progress(&r);
		if (f->look != NULL && import_cells(r.batch.mem, f->form,
					   &r.binding, cells, row) == NULL)
			f->look(im, row, cells->line);
		arena_reset(r.batch.mem);
	}
	end(&r);
	return e;
}

/* --- taking ----------------------------------------------------------- */

static void
new_batch(struct import_reading *r)
{
	struct arena *mem = r->batch.mem;

	arena_reset(mem);
	r->bytes = 0;
	r->batch = (struct import_batch){mem,
	    arena_zero(mem, BATCH_ROWS * r->f->form->size),
	    arena_zero(mem, BATCH_ROWS * sizeof *r->batch.lines), 0};
}

static const struct err *
take_batch(struct import_reading *r)
{
	const struct err *e = NULL;

	if (r->batch.n > 0)
		e = r->f->take(r->im, &r->batch);
	new_batch(r);
	return e;
}

static const struct err *
take_row(struct import_reading *r, const struct csv_row *cells)
{
	struct import_batch *b = &r->batch;
	void *row = b->rows + b->n * r->f->form->size;
	const struct err *e = import_cells(b->mem, r->f->form, &r->binding,
	    cells, row);

	show_progress(r);
	if (e != NULL) {
		import_note(r->im, r->f->kind, IMPORT_REFUSED, cells->line,
		    NULL, e->text);
		if (r->f->refused != NULL)
			r->f->refused(r->im, row);
		return NULL;
	}
	b->lines[b->n++] = cells->line;
	for (unsigned i = 0; i < cells->n; i++)
		r->bytes += cells->cells[i].len;
	return b->n < BATCH_ROWS && r->bytes < BATCH_BYTES ? NULL
							   : take_batch(r);
}

const struct err *
import_take(struct import *im, const char *path, const struct import_file *f)
{
	struct import_reading r = {.im = im, .f = f};
	const struct csv_row *cells = NULL;
	const struct err *e;

	if ((e = begin(&r, path)) != NULL)
		return e;
	new_batch(&r);
	while ((e = next_row(&r, &cells)) == NULL && cells != NULL)
		if ((e = take_row(&r, cells)) != NULL)
			break;
	if (e == NULL)
		e = take_batch(&r);
	end(&r);
	return e;
}
