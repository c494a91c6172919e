/* SPDX-License-Identifier: MIT */
#include "fcgi/warn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"

#include "fcgi/dialect.h"

static const char *const codes[WARN__COUNT] = {
    [WARN_UNKNOWN_MEMBER] = "UNKNOWN_MEMBER",
    [WARN_NO_DEVICE] = "NO_DEVICE",
    [WARN_NO_CREDENTIALS] = "NO_CREDENTIALS",
    [WARN_TOO_LONG] = "TOO_LONG",
    [WARN_NO_BODY] = "NO_BODY",
    [WARN_OTHER_PROJECT] = "OTHER_PROJECT",
};

void
warn_add(struct call *c, enum warning what, const char *path, const char *fmt,
    ...)
{
	char words[512];
	struct json *j;
	va_list ap;

	if (c->n_warnings++ >= LIMIT_WARNINGS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	if (c->warnings == NULL)
		c->warnings = json_new_array(c->mem);
	j = json_add_object(c->warnings);
	json_set_text(j, "code", codes[what]);
	json_set_text(j, "path", path);
	json_set_text(j, "message", words);
}

void
warn_strays(struct call *c, const struct json *object)
{
	struct strays strays;

	field_strays(c->mem, c->route->form, object, &strays);
	for (size_t i = 0; i < strays.n && i < LIMIT_WARNINGS; i++)
		warn_add(c, WARN_UNKNOWN_MEMBER, strays.paths[i],
		    "there is no member of that name");
	if (strays.n > LIMIT_WARNINGS)
		c->n_warnings += strays.n - LIMIT_WARNINGS;
}

static const char *
of(const struct json *warning, const char *member)
{
	return json_text(json_get(warning, member), "");
}

/* Strays are found first, before the handler runs. */
const char *
warn_stray(const struct call *c)
{
	const struct json *first = json_at(c->warnings, 0);

	return strcmp(of(first, "code"), codes[WARN_UNKNOWN_MEMBER]) == 0
	    ? of(first, "path") : NULL;
}

const struct err *
warn_strict(const struct call *c, bool strict)
{
	const struct json *first = json_at(c->warnings, 0);

	if (!strict || first == NULL)
		return NULL;
	return err_new(ERR_INVALID, "%s at %s: %s", of(first, "code"),
	    of(first, "path"), of(first, "message"));
}

void
warn_tell(struct call *c, struct json *object)
{
	if (c->warnings == NULL)
		return;
	json_set(object, "warnings", c->warnings);
	if (c->n_warnings > LIMIT_WARNINGS)
		json_set_int(object, "warningsTotal", (int64_t)c->n_warnings);
	if (!dialect_of(c)->is_java)
		return;
	for (size_t i = 0; i < json_len(c->warnings); i++) {
		const struct json *j = json_at(c->warnings, i);

		log_notice("warning id=%s app=%s code=%s path=%s why=\"%s\"",
		    c->id, c->app, of(j, "code"), of(j, "path"),
		    QUOTED(of(j, "message")));
	}
}
