/* SPDX-License-Identifier: MIT */
#include "db/rights_look.h"

#include <stdio.h>
#include <string.h>

#include "db/rights.h"

/* --- reading grants.sql ----------------------------------------------- */

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"
#define BLANK " \t\n,"

/* Copy the next word, and go past it and what divides words. */
static const char *
take_word(const char *at, char *into, size_t size)
{
	size_t n = strspn(at, WORD);

	(void)snprintf(into, size, "%.*s", (int)n, at);
	at += n;
	return at + strspn(at, BLANK);
}

/* "(a, b)": each column, or without it the whole table. */
static const char *
take_columns(const char *at, struct rights_wanted *w, rights_want *want,
    void *arg)
{
	if (*at != '(') {
		w->column[0] = '\0';
		want(w, arg);
		return at;
	}
	for (at++; *at != ')' && *at != '\0';) {
		const char *before = at;

		at = take_word(at, w->column, sizeof w->column);
		if (at == before)
			return at + strlen(at);
		want(w, arg);
	}
	at += *at == ')';
	return at + strspn(at, BLANK);
}

/* One statement: "GRANT RIGHT (COLUMN), ... ON {db}.TABLE TO {push}@...". */
static void
parse_grant(const char *text, const char *program, rights_want *want,
    void *arg)
{
	struct rights_wanted w;
	const char *on = strstr(text, "ON {db}."), *to = strstr(text, "TO {");
	size_t n = strlen(program);

	if (on == NULL || to == NULL || strncmp(to + 4, program, n) != 0 ||
	    to[4 + n] != '}')
		return;
	(void)take_word(on + 8, w.table, sizeof w.table);
	text += strcspn(text, " ");
	text += strspn(text, BLANK);
	while (text < on && *text != '\0') {
		const char *before = text;

		text = take_word(text, w.right, sizeof w.right);
		if (text == before)
			return;
		text = take_columns(text, &w, want, arg);
	}
}

void
rights_parse(const char *text, size_t len, const char *program,
    rights_want *want, void *arg)
{
	const char *end = text + len;
	char grant[2048];

	while (text < end) {
		/* lines of comments, and empty ones, between statements */
		bool is_grant = strncmp(text, "GRANT ", 6) == 0;
		size_t n = strcspn(text, is_grant ? ";" : "\n");

		(void)snprintf(grant, sizeof grant, "%.*s", (int)n, text);
		if (is_grant)
			parse_grant(grant, program, want, arg);
		text += n + 1;
	}
}

/* --- comparing -------------------------------------------------------- */

struct rights_compared {
	struct arena *mem;
	struct rights_wanted *own;
	size_t n_own;
	struct rights_missing *out;
};

/* A right on everything is of table "*"; one on a table includes its
 * columns. */
static bool
includes(const struct rights_wanted *own, const struct rights_wanted *w)
{
	return strcmp(own->right, w->right) == 0 &&
	    (strcmp(own->table, "*") == 0 ||
		strcmp(own->table, w->table) == 0) &&
	    (own->column[0] == '\0' || strcmp(own->column, w->column) == 0);
}

static void
compare_right(const struct rights_wanted *w, void *arg)
{
	struct rights_compared *c = arg;

	for (size_t i = 0; i < c->n_own; i++)
		if (includes(&c->own[i], w))
			return;
	if (c->out->n++ > 0)
		return;
	c->out->first = w->column[0] != '\0' ?
	    arena_fmt(c->mem, "%s (%s) on %s", w->right, w->column, w->table) :
	    arena_fmt(c->mem, "%s on %s", w->right, w->table);
}

const struct err *
rights_look(struct db *db, struct arena *a, const char *program,
    struct rights_missing *out)
{
	struct rights_compared c = {.mem = a, .out = out};
	const char *text;
	size_t len;
	struct rows *r;
	const struct err *e = db_query(db, SQL_RIGHTS_OWN, NO_VALUES, &r);

	*out = (struct rights_missing){.n = 0};
	if (e != NULL)
		return e;
	c.own = arena_zero(a, db_count(r) * sizeof *c.own);
	for (; db_next(r); c.n_own++) {
		struct rights_wanted *o = &c.own[c.n_own];

		(void)snprintf(o->table, sizeof o->table, "%s", db_text(r, 0));
		(void)snprintf(o->right, sizeof o->right, "%.15s",
		    db_text(r, 1));
		(void)snprintf(o->column, sizeof o->column, "%s",
		    db_text(r, 2));
	}
	db_done(r);
	text = rights_text(&len);
	rights_parse(arena_text(a, text, len), len, program, compare_right,
	    &c);
	return NULL;
}
