/* SPDX-License-Identifier: MIT */
#include "core/maintain_trail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/replace.h"

#include "db/audit.h"

#define LINES_MAX (64 * 1024 * 1024) /* of the rows of one portion */

/* --- the file --------------------------------------------------------- */

static void
forget_lines(void *arg)
{
	buf_reset(&((struct maintain_trail *)arg)->lines);
}

static void
put_column(struct buf *b, const char *name, const struct rows *r, unsigned i)
{
	if (!db_is_null(r, i))
		json_put_text(b, name, db_text(r, i));
}

/* The members are those of audit_json; the columns SQL_AUDIT_PURGE's. */
static const struct err *
write_line(const struct rows *r, const struct purge *p, void *arg)
{
	struct maintain_trail *t = arg;
	struct buf *b = &t->lines;
	char time[CLOCK_TEXT];

	if (t->file == NULL || !p->rule->exported)
		return NULL;
	clock_instant(db_i64(r, 0), time);
	(void)buf_text(b, "{");
	json_put_int(b, "id", db_i64(r, 1));
	json_put_text(b, "time", time);
	put_column(b, "who", r, 2);
	put_column(b, "source", r, 3);
	put_column(b, "action", r, 4);
	put_column(b, "object", r, 5);
	if (!db_is_null(r, 6)) {
		json_put_name(b, "detail");
		(void)buf_text(b, db_text(r, 6));
	}
	put_column(b, "call", r, 7);
	(void)buf_text(b, "}\n");
	return b->overflowed ? err_new(ERR_TOOBIG, "rows of the audit trail "
	    "are too large for their file") : NULL;
}

/* Before the COMMIT: so a row may stand there twice, and is never missing. */
static const struct err *
keep_lines(struct maintain_trail *t)
{
	FILE *f = t->file;

	if (fwrite(t->lines.data, 1, t->lines.len, f) == t->lines.len &&
	    fflush(f) == 0 && (fsync(fileno(f)) == 0 || errno == EINVAL))
		return NULL;
	return err_errno("cannot write the file of the audit trail");
}

/* --- the row in the audit trail --------------------------------------- */

static const struct err *
tell(struct db *db, struct maintain_trail *t, const struct purge *p)
{
	struct buf detail = BUF(1024);
	const struct err *e;

	(void)buf_text(&detail, "{");
	json_put_text(&detail, "rows", p->rule->rows);
	json_put_text(&detail, "setting", p->rule->setting);
	json_put_int(&detail, "seconds", p->age_ms / 1000);
	(void)buf_text(&detail, "}");
	e = audit_add(db, &(struct audit){.who = t->who, .action = "maintain",
	    .object = p->rule->table, .detail = buf_str(&detail)});
	buf_done(&detail);
	return e;
}

/* The first portion of a rule has the row of the audit trail. */
static const struct err *
note_removal(struct db *db, const struct purge *p, void *arg)
{
	struct maintain_trail *t = arg;
	const struct err *e = NULL;

	if (t->lines.len > 0)
		e = keep_lines(t);
	if (e == NULL && p->rule->told && p->rows == 0)
		e = tell(db, t, p);
	return e;
}

/* --- life ------------------------------------------------------------- */

void
maintain_trail_init(struct maintain_trail *t, const char *who)
{
	*t = (struct maintain_trail){.who = who, .lines = BUF(LINES_MAX)};
	t->hooks = (struct purge_hooks){forget_lines, write_line,
	    note_removal, t};
}

/* A kill or a full disk may have left a part of a line: the next one begins
 * behind its end. */
static const struct err *
continue_file(FILE *f, const char *path)
{
	int fd = fileno(f);
	off_t end = lseek(fd, 0, SEEK_END);
	char last;

	if (end == 0)
		return replace_sync_directory(path);
	if (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n')
		(void)fputc('\n', f);
	return NULL;
}

const struct err *
maintain_trail_open(struct maintain_trail *t, const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
	    0600);

	if (fd >= 0)
		t->file = fdopen(fd, "ae");
	return t->file != NULL ? continue_file(t->file, path)
			       : err_errno("cannot open %s", path);
}

void
maintain_trail_done(struct maintain_trail *t)
{
	if (t->file != NULL)
		(void)fclose(t->file);
	buf_done(&t->lines);
}
