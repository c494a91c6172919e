/* SPDX-License-Identifier: MIT */
/* One error per thread: making the next one overwrites it. */
#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

static _Thread_local struct err the_error;

/* A long sentence is cut visibly, so that a reader knows that some is missing;
 * and never within a character, because sentences become JSON. */
static void __attribute__((format(printf, 3, 0)))
say(char *into, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(into, size, fmt, ap);

	if (n >= 0 && (size_t)n >= size)
		memcpy(into + text_cut(into, size - 4), "...", 4);
}

const struct err *
err_new(enum err_code code, const char *fmt, ...)
{
	struct err made = {.code = code};
	va_list ap;

	va_start(ap, fmt);
	say(made.text, sizeof made.text, fmt, ap);
	va_end(ap);
	the_error = made; /* last: the arguments may point into the old one */
	return &the_error;
}

/* strerror has one buffer for all threads. */
const char *
errno_text(int error)
{
	static _Thread_local char text[128];

	return strerror_r(error, text, sizeof text);
}

const struct err *
err_errno(const char *fmt, ...)
{
	int error = errno;
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	say(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_new(ERR_FAULT, "%s: %s", what, errno_text(error));
}

const struct err *
err_at(const struct err *e, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	if (e == NULL)
		return NULL;
	va_start(ap, fmt);
	say(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_new(e->code, "%s: %s", what, e->text);
}
