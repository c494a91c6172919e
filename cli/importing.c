/* SPDX-License-Identifier: MIT */
#include "cli/importing.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/zone.h"

#include "cli/audited.h"
#include "cli/table.h"

#define NOTES_SHOWN 20 /* of refused rows; --report has all */

/* --- notes on rows ---------------------------------------------------- */

static void
put_cell(FILE *f, const char *text)
{
	(void)fputc('"', f);
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '"')
			(void)fputc('"', f);
		(void)fputc(*text, f);
	}
	(void)fputc('"', f);
}

static void
report_note(FILE *f, const struct import_note *n)
{
	put_cell(f, n->file);
	(void)fprintf(f, ",%llu,", (unsigned long long)n->line);
	put_cell(f, import_kinds[n->kind]);
	(void)fputc(',', f);
	put_cell(f, import_fates[n->fate]);
	(void)fputc(',', f);
	put_cell(f, n->key);
	(void)fputc(',', f);
	put_cell(f, n->why);
	(void)fputc('\n', f);
}

static void
take_note(const struct import_note *n, void *arg)
{
	struct importing *i = arg;

	if (i->report != NULL)
		report_note(i->report, n);
	if (n->fate != IMPORT_REFUSED || i->shown++ >= NOTES_SHOWN)
		return;
	cli_progress_over(&i->progress);
	(void)fprintf(stderr, "%s:%llu: refused: %s\n", n->file,
	    (unsigned long long)n->line, n->why);
}

static void
show_file(const char *file, unsigned percent, void *arg)
{
	struct importing *i = arg;
	const char *name = strrchr(file, '/');

	if (cli_progress(&i->progress))
		(void)fprintf(stderr, "\r%-50s %3u%%",
		    name != NULL ? name + 1 : file, percent);
}

/* It names users and devices: for its owner alone. */
static const struct err *
open_report(struct importing *i)
{
	const char *path = cli_value(i->c, "report");
	int fd;

	if (path == NULL)
		return NULL;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || (i->report = fdopen(fd, "w")) == NULL)
		return err_errno("cannot write %s", path);
	(void)fprintf(i->report, "file,line,what,fate,key,why\n");
	return NULL;
}

static const struct err *
close_report(struct importing *i, const struct err *e)
{
	bool bad;

	if (i->report == NULL)
		return e;
	bad = ferror(i->report) != 0;
	if (fclose(i->report) != 0 || bad)
		return e != NULL ? e : err_new(ERR_FAULT,
		    "cannot write all of %s", cli_value(i->c, "report"));
	return e;
}

/* --- the account ------------------------------------------------------- */

static const struct table_column count_columns[] = {{""}, {"NEW", true},
    {"CHANGED", true}, {"SAME", true}, {"KEPT", true}, {"LEFT OUT", true},
    {"REFUSED", true}, {"ONLY HERE", true}, {NULL}};

static uint64_t
sum_of(const struct import *im, enum import_kind kind)
{
	uint64_t n = 0;

	for (int f = 0; f < IMPORT__FATES; f++)
		n += im->counts[kind][f];
	return n;
}

static void
print_counts(struct importing *i)
{
	struct table *t = table_new(i->c->mem, count_columns);

	for (int k = 0; k < IMPORT__KINDS; k++) {
		if (sum_of(&i->im, (enum import_kind)k) == 0)
			continue;
		table_put(t, import_kinds[k]);
		for (int f = 0; f < IMPORT__FATES; f++)
			table_put_count(t, i->im.counts[k][f]);
	}
	table_print(t, "the files have no rows");
}

static void
print_account(struct importing *i)
{
	int64_t ms = clock_mono_ms() - i->began_ms;

	if (i->shown > NOTES_SHOWN)
		(void)fprintf(stderr, "%llu more rows are refused: --report "
		    "FILE has them\n",
		    (unsigned long long)(i->shown - NOTES_SHOWN));
	print_counts(i);
	if (i->im.missing != NULL)
		printf("not there, and not imported: %s\n", i->im.missing);
	printf("%s in %lld.%lld s\n", i->im.dry_run
	    ? "compared, nothing was written," : "imported",
	    (long long)(ms / 1000), (long long)(ms / 100 % 10));
}

/* "campaign users" is campaignUsers. */
static const char *
member_of(struct arena *a, const char *words)
{
	char *name = arena_fmt(a, "%s", words), *to = name;

	for (const char *s = words; *s != '\0'; s++)
		if (*s == ' ')
			*to++ = (char)toupper((unsigned char)*++s);
		else
			*to++ = *s;
	*to = '\0';
	return name;
}

static void
print_account_json(struct importing *i)
{
	struct arena *a = i->c->mem;
	struct json *j = json_new_object(a), *of;

	json_set_bool(j, "dryRun", i->im.dry_run);
	for (int k = 0; k < IMPORT__KINDS; k++) {
		if (sum_of(&i->im, (enum import_kind)k) == 0)
			continue;
		of = json_set_object(j, member_of(a, import_kinds[k]));
		for (int f = 0; f < IMPORT__FATES; f++)
			json_set_int(of, member_of(a, import_fates[f]),
			    (int64_t)i->im.counts[k][f]);
	}
	cli_print(j);
}

/* --- the beginning and the end ----------------------------------------- */

const struct err *
importing_begin(struct importing *i, struct cli *c)
{
	const char *zone = cli_value(c, "tz");
	const struct err *e = zone_set(zone != NULL ? zone : "UTC");

	*i = (struct importing){.c = c, .began_ms = clock_mono_ms()};
	i->im = (struct import){.db = c->db, .settings = &c->settings,
	    .mem = c->mem, .dry_run = cli_flag(c, "dry-run"),
	    .tell = take_note, .progress = show_file, .arg = i};
	if (e != NULL) {
		c->status = 2;
		return e;
	}
	if ((e = open_report(i)) != NULL || i->im.dry_run)
		return e;
	return (e = cli_audit(c)) != NULL ? close_report(i, e) : NULL;
}

const struct err *
importing_end(struct importing *i, const struct err *e)
{
	cli_progress_over(&i->progress);
	if ((e = close_report(i, e)) != NULL)
		return e;
	if (i->c->json)
		print_account_json(i);
	else
		print_account(i);
	i->c->outcome = i->shown > 0 ? 1 : 0;
	return NULL;
}
