/* SPDX-License-Identifier: MIT */
#include "lib/conf_edit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/replace.h"

#define SETTINGS_MAX (1 << 20)
#define VALUE_MAX 160 /* libinih takes lines of 200 */

bool
conf_edit_takes(const char *value)
{
	size_t n = strlen(value);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f ||
		    value[i] == ';')
			return false;
	return n <= VALUE_MAX &&
	    (n == 0 || (value[0] != ' ' && value[n - 1] != ' '));
}

/* --- finding the line ------------------------------------------------- */

static size_t
line_length(const char *line)
{
	const char *end = strchr(line, '\n');

	return end != NULL ? (size_t)(end - line) + 1 : strlen(line);
}

static bool
begins_section(const char *line, const char *section)
{
	size_t n = strlen(section);

	return line[0] == '[' && strncmp(line + 1, section, n) == 0 &&
	    line[n + 1] == ']';
}

static bool
sets(const char *line, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0)
		return false;
	line += n;
	line += strspn(line, " \t");
	return *line == '=' || *line == ':';
}

/* Where the change belongs. */
struct place {
	const char *holds;   /* the last line that sets the key */
	const char *example; /* the first that would, commented out */
	const char *end;     /* behind the last text of the section */
};

/* Comments behind an empty line may be about the next section. */
static bool
ends_section(const char *line, size_t n, bool *apart)
{
	bool is_comment = line[0] == '#' || line[0] == ';';

	if (strspn(line, " \t\r\n") >= n)
		*apart = true;
	else if (!is_comment)
		*apart = false;
	return !*apart;
}

static struct place
find_place(const char *text, const struct conf_change *c)
{
	struct place p = {NULL};
	bool within = false, apart = false;

	for (size_t n; *text != '\0'; text += n) {
		n = line_length(text);
		if (text[0] == '[')
			within = begins_section(text, c->section);
		if (!within)
			continue;
		if (ends_section(text, n, &apart))
			p.end = text + n;
		if (sets(text, c->key))
			p.holds = text;
		else if (p.example == NULL && text[0] == '#' &&
		    sets(text + 1, c->key))
			p.example = text;
	}
	return p;
}

/* --- changing it ------------------------------------------------------ */

static void
add_line(struct buf *into, const struct conf_change *c)
{
	(void)buf_fmt(into, "%s = %s\n", c->key, c->value);
}

static void
add_section(const char *text, const struct conf_change *c, struct buf *into)
{
	size_t n = strlen(text);

	(void)buf_text(into, text);
	(void)buf_fmt(into, "%s%s[%s]\n",
	    n > 0 && text[n - 1] != '\n' ? "\n" : "", n > 0 ? "\n" : "",
	    c->section);
	add_line(into, c);
}

void
conf_edit_text(const char *text, const struct conf_change *change,
    struct buf *into)
{
	struct place p = find_place(text, change);
	const char *old = p.holds != NULL ? p.holds : p.example;
	const char *at = old != NULL ? old : p.end;

	if (at == NULL) {
		add_section(text, change, into);
		return;
	}
	(void)buf_add(into, text, (size_t)(at - text));
	if (at > text && at[-1] != '\n')
		(void)buf_text(into, "\n");
	add_line(into, change);
	(void)buf_text(into, old != NULL ? old + line_length(old) : at);
}

/* --- the file --------------------------------------------------------- */

static const struct err *
read_whole(const char *path, struct buf *into, struct stat *st)
{
	FILE *f = fopen(path, "re");
	const struct err *e = NULL;
	char part[4096];
	size_t n;

	if (f == NULL || fstat(fileno(f), st) != 0)
		e = err_errno("cannot read settings %s", path);
	while (e == NULL && (n = fread(part, 1, sizeof part, f)) > 0)
		if (!buf_add(into, part, n))
			e = err_new(ERR_TOOBIG, "settings %s are larger than "
			    "%d bytes", path, SETTINGS_MAX);
	if (e == NULL && ferror(f))
		e = err_errno("cannot read settings %s", path);
	if (f != NULL)
		(void)fclose(f);
	return e;
}

const struct err *
conf_edit(const char *path, const struct conf_change *changes, size_t n)
{
	struct buf text = BUF(SETTINGS_MAX);
	const struct err *e;
	struct stat st;

	e = read_whole(path, &text, &st);
	for (size_t i = 0; e == NULL && i < n; i++) {
		struct buf next = BUF(SETTINGS_MAX);

		conf_edit_text(buf_str(&text), &changes[i], &next);
		buf_done(&text);
		text = next;
	}
	if (e == NULL && text.overflowed)
		e = err_new(ERR_TOOBIG, "settings %s would be larger than %d "
		    "bytes", path, SETTINGS_MAX);
	if (e == NULL)
		e = replace_file(path, "the settings", &st, text.data,
		    text.len);
	buf_done(&text);
	return e;
}
