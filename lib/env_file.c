/* SPDX-License-Identifier: MIT */
#include "lib/env_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define LINE_MAX_BYTES (64 * 1024)
#define EXPORT "export "
#define BLANKS " \t"

/* The value behind "=": to the closing quote, or bare to "#", as Laravel reads
 * it, or to the end. In double quotes a backslash takes the next character as
 * it is. */
static char *
value_of(char *text)
{
	char *from = text + strspn(text, BLANKS), *to = from, quote = *from;

	if (quote == '"' || quote == '\'') {
		for (char *p = from + 1; *p != '\0' && *p != quote; p++) {
			if (*p == '\\' && quote == '"' && p[1] != '\0')
				p++;
			*to++ = *p;
		}
		*to = '\0';
		return from;
	}
	from[strcspn(from, "#\r\n")] = '\0';
	for (to = from + strlen(from); to > from && strchr(BLANKS, to[-1]) !=
		NULL; to--)
		to[-1] = '\0';
	return from;
}

static void
take_line(struct arena *a, char *line, const char *const *names, size_t n,
    const char **values)
{
	char *name = line + strspn(line, BLANKS), *equals, *value;

	if (text_starts(name, EXPORT))
		name += strlen(EXPORT);
	if (*name == '#' || (equals = strchr(name, '=')) == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if ((size_t)(equals - name) != len ||
		    strncmp(name, names[i], len) != 0)
			continue;
		value = value_of(equals + 1);
		len = strlen(value);
		values[i] = len > 0 ? arena_text(a, value, len) : NULL;
		if (len > 0)
			arena_wipe(a, values[i], len);
	}
}

static const struct err *
read_lines(struct arena *a, FILE *f, const char *path,
    const char *const *names, size_t n, const char **values)
{
	char *line = xmalloc(LINE_MAX_BYTES);
	const struct err *e = NULL;

	while (e == NULL && fgets(line, LINE_MAX_BYTES, f) != NULL) {
		if (strlen(line) == LINE_MAX_BYTES - 1)
			e = err_new(ERR_TOOBIG, "%s has a line that is too "
			    "long", path);
		else
			take_line(a, line, names, n, values);
	}
	if (e == NULL && ferror(f) != 0)
		e = err_errno("cannot read %s", path);
	explicit_bzero(line, LINE_MAX_BYTES);
	free(line);
	return e;
}

const struct err *
env_file_read(struct arena *a, const char *path, const char *const *names,
    size_t n, const char **values)
{
	const struct err *e;
	FILE *f = fopen(path, "re");

	memset(values, 0, n * sizeof *values);
	if (f == NULL)
		return errno == ENOENT ? err_new(ERR_MISSING,
		    "there is no file %s", path)
		    : err_errno("cannot read %s", path);
	e = read_lines(a, f, path, names, n, values);
	(void)fclose(f);
	return e;
}
