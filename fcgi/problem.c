/* SPDX-License-Identifier: MIT */
#include "fcgi/problem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi/call.h"
#include "fcgi/dialect.h"

#define CONTRADICTS                                                            \
	"This contradicts what is stored already (call %s)."

struct problem_row {
	int status;	   /* 0: the web server's */
	const char *code;  /* the contract's */
	const char *words; /* sent instead of the error's own text; %s: call
			      id */
	const char *header, *value;
};

static const struct problem_row by_code[ERR__COUNT] = {
	/* clang-format off */
	[ERR_INVALID]  = {400, "ERROR_GENERIC", NULL, NULL, NULL},
	/* Bearer is accepted too but not offered: to most clients it means
	 * OAuth */
	[ERR_UNAUTH]   = {401, "ERROR_GENERIC", NULL,
	    "WWW-Authenticate", "Basic realm=\"outpost\", charset=\"UTF-8\""},
	[ERR_DENIED]   = {403, "ERROR_GENERIC", NULL, NULL, NULL},
	[ERR_MISSING]  = {404, "ERROR_GENERIC", NULL, NULL, NULL},
	[ERR_CONFLICT] = {409, "ERROR_DATA_INTEGRITY", CONTRADICTS, NULL, NULL},
	[ERR_DUPLICATE] = {409, "ERROR_DATA_INTEGRITY", CONTRADICTS, NULL, NULL},
	[ERR_AMBIGUOUS] = {409, "ERROR_DATA_INTEGRITY", CONTRADICTS, NULL, NULL},
	[ERR_TOOBIG]   = {413, "ERROR_GENERIC", NULL, NULL, NULL},
	[ERR_OVERSIZE] = {413, "ERROR_GENERIC",
	    "This is more than the database takes (call %s).", NULL, NULL},
	[ERR_TOOFAST]  = {429, "ERROR_GENERIC", NULL, "Retry-After", "1"},
	[ERR_BUSY]     = {503, "ERROR_DATABASE",
	    "The database cannot be used now, try again later (call %s).",
	    "Retry-After", "2"},
	[ERR_CONTENTION] = {503, "ERROR_DATABASE",
	    "Others were changing the same all the time, try again later "
	    "(call %s).", "Retry-After", "1"},
	[ERR_DOUBT]    = {503, "ERROR_DATABASE",
	    "The database did not say whether this was done: ask, or send it "
	    "again with the same Idempotency-Key (call %s).",
	    "Retry-After", "2"},
	[ERR_FAULT]    = {500, "ERROR_GENERIC",
	    "Something went wrong on our side (call %s).", NULL, NULL},
	/* clang-format on */
};

static const struct problem_row by_problem[PROBLEM__COUNT] = {
	/* clang-format off */
	[PROBLEM_METHOD]	    = {405, "ERROR_GENERIC", NULL, NULL, NULL},
	[PROBLEM_TYPE]		    = {415, "ERROR_GENERIC", NULL, NULL, NULL},
	[PROBLEM_REQUEST]	    = {400, "ERROR_REQUEST",
	    "Invalid method parameter value", NULL, NULL},
	[PROBLEM_APP_NOT_FOUND]	    = {400, "ERROR_APP_NOT_FOUND", NULL, NULL, NULL},
	[PROBLEM_MESSAGE_NOT_FOUND] = {400, "ERROR_MESSAGE_NOT_FOUND", NULL, NULL, NULL},
	[PROBLEM_REFUSED]	    = {0, "ERROR_GENERIC", NULL, NULL, NULL},
	[PROBLEM_CONFLICT]	    = {409, "ERROR_DATA_INTEGRITY", NULL, NULL, NULL},
	[PROBLEM_DONE]		    = {409, "ERROR_GENERIC", NULL, NULL, NULL},
	[PROBLEM_CROWDED]	    = {503, "ERROR_GENERIC",
	    "There are too many calls now, try again later (call %s).",
	    "Retry-After", "2"},
	/* clang-format on */
};

const struct err *
problem_as(struct call *c, enum problem as, const struct err *e)
{
	c->problem = as;
	return e;
}

const struct err *
problem_say(const struct err *e, enum err_code code, const char *fmt, ...)
{
	char text[4 * sizeof e->text]; /* err_new cuts it at the end of a
				          character */
	va_list ap;

	if (e == NULL || e->code != code)
		return e;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_new(ERR_INVALID, "%s", text);
}

/* The row's words; its one %s is the call's id. */
static const char *
fixed_words(struct call *c, const char *words)
{
	struct buf b = BUF(256);
	const char *told;

	for (; *words != '\0'; words++) {
		if (words[0] == '%' && words[1] == 's') {
			(void)buf_text(&b, c->id);
			words++;
		} else {
			(void)buf_add(&b, words, 1);
		}
	}
	told = arena_text(c->mem, buf_str(&b), b.len);
	buf_done(&b);
	return told;
}

/* The value of the row's header. A browser answers the challenge Basic with a
 * window of its own, which a page of ours must not have. */
static const char *
header_value(struct call *c, const struct problem_row *row)
{
	if (c->retry_after_s > 0)
		return arena_fmt(c->mem, "%d", c->retry_after_s);
	if (row == &by_code[ERR_UNAUTH] && c->request->page.is_page)
		return "Session";
	return row->value;
}

void
problem_reply(struct call *c, const struct err *e)
{
	const struct problem_row *row = c->problem == PROBLEM_BY_CODE
		? &by_code[e->code] : &by_problem[c->problem];
	struct json *envelope = json_new_object(c->mem), *object;
	const char *text;
	size_t len;

	json_set_text(envelope, "status", "ERROR");
	object = json_set_object(envelope, "responseObject");
	json_set_text(object, "code", row->code);
	json_set_text(object, "message", row->words == NULL
		? e->text : fixed_words(c, row->words));
	if (json_len(c->violations) > 0)
		json_set(object, "violations", c->violations);
	if (row->header != NULL)
		reply_header_text(c, row->header, header_value(c, row));
	text = json_write(dialect_problem(c, envelope), &len);
	(void)reply_raw(c, row->status != 0 ? row->status
		: c->request->refused, "application/json", text, len);
}
