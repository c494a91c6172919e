/* SPDX-License-Identifier: MIT */
#include "lib/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "lib/buf.h"
#include "lib/conf_part.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/text.h"

struct conf_reading {
	FILE *f;
	const char *path;
	const struct conf_key *keys;
	size_t n;
	void *into;
	int line;
	bool failed;
	char fault[1000]; /* the first one */
	size_t line_max; /* the longest that libinih accepts */
	FILE *notes;	 /* warnings go there; NULL: nowhere */
	struct before {
		int line; /* 0: not set yet */
		char *value;
	} *before; /* the latest line of each key; only with notes */
};

static void
fault(struct conf_reading *r, const char *fmt, const char *a, const char *b)
{
	if (r->failed)
		return;
	r->failed = true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(r->fault, sizeof r->fault, fmt, a, b);
#pragma GCC diagnostic pop
}

/* The reader for libinih: one line at a time, counted. A line that is too long
 * is refused here, because libinih would cut it silently. */
static char *
read_line(char *into, int size, void *stream)
{
	struct conf_reading *r = stream;
	size_t n;

	if (r->failed || fgets(into, size, r->f) == NULL)
		return NULL;
	r->line++;
	r->line_max = (size_t)size - 1;
	n = strlen(into);
	if (n + 1 == (size_t)size && into[n - 1] != '\n')
		fault(r, "a line is longer than libinih can take%s%s", "", "");
	/* libinih would read it as a second value of the same key */
	if (into[0] == ' ' || into[0] == '\t')
		if (into[strspn(into, " \t\r\n")] != '\0')
			fault(r, "a line begins with a space%s%s", "", "");
	return r->failed ? NULL : into;
}

/* conf_print must print a line that can be read again: "key = value". */
static const char *
unprintable(const struct conf_reading *r, const char *key, const char *value)
{
	if (value[0] == ';') /* after a space, ; begins a comment */
		return "something that no ; begins";
	if (strlen(key) + strlen(value) + sizeof " = " > r->line_max)
		return "shorter: its line is longer than libinih can take";
	return NULL;
}

/* The later line wins, so that a file can override parts of another. A line
 * that was overlooked can undo a setting that way: warn. */
static void
note_again(struct conf_reading *r, size_t i, const char *value)
{
	struct before *b = r->before != NULL ? &r->before[i] : NULL;

	if (b == NULL || r->keys[i].type == CONF_NETS ||
	    r->keys[i].type == CONF_NAMED_NETS) /* lists append */
		return;
	if (b->line != 0 && strcmp(b->value, value) != 0)
		(void)fprintf(r->notes, "%s:%d: warning: %s is another than "
		    "in line %d; the later one holds\n", r->path, r->line,
		    r->keys[i].name, b->line);
	free(b->value);
	b->value = xstrdup(value);
	b->line = r->line;
}

/* The names of a section's keys, or of the sections when it has none. */
static void
list_known(const struct conf_reading *r, const char *section, struct buf *b)
{
	size_t len = strlen(section), n;
	const char *last = "";

	for (size_t i = 0; i < r->n; i++)
		if (strncmp(r->keys[i].name, section, len) == 0 &&
		    r->keys[i].name[len] == '.')
			(void)buf_fmt(b, "%s%s", b->len > 0 ? ", " : "",
			    r->keys[i].name + len + 1);
	if (b->len > 0)
		return;
	for (size_t i = 0; i < r->n; i++) {
		n = strcspn(r->keys[i].name, ".");
		if (strncmp(last, r->keys[i].name, n + 1) == 0)
			continue;
		last = r->keys[i].name;
		(void)buf_fmt(b, "%s[%.*s]", b->len > 0 ? ", " : "", (int)n,
		    last);
	}
}

/* The name is one that no key has: say which there are. */
static void
fault_unknown(struct conf_reading *r, const char *section, const char *key)
{
	struct buf known = BUF(sizeof r->fault);
	char what[200];

	list_known(r, section, &known);
	(void)snprintf(what, sizeof what, "unknown key \"%.60s\" in section "
	    "[%.60s]", key, section);
	fault(r, "%s; there are: %s", what, buf_str(&known));
	buf_done(&known);
}

static int
take_setting(void *arg, const char *section, const char *key, const char *value)
{
	struct conf_reading *r = arg;
	char name[128], room[CONF_WANTS_MAX];
	const char *wants;

	(void)snprintf(name, sizeof name, "%s.%s", section, key);
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->keys[i].name, name) != 0)
			continue;
		wants = unprintable(r, key, value);
		if (wants == NULL)
			wants = conf_set(&r->keys[i], value, r->into, room);
		if (wants != NULL)
			fault(r, "%s must be %s", name, wants);
		else
			note_again(r, i, value);
		return wants == NULL;
	}
	fault_unknown(r, section, key);
	return 0;
}

static const struct err *
set_defaults(const struct conf_key *keys, size_t n, void *into)
{
	char room[CONF_WANTS_MAX];

	for (size_t i = 0; i < n; i++) {
		const char *wants = conf_set(&keys[i], keys[i].value, into,
		    room);

		if (wants != NULL)
			return err_new(ERR_FAULT, "default of %s must be %s",
			    keys[i].name, wants);
	}
	return NULL;
}

/* Write access to the settings is control over where messages and keys are
 * sent. */
static const struct err *
check_writers(const char *path, FILE *f)
{
	struct stat st;

	if (fstat(fileno(f), &st) != 0)
		return err_errno("cannot read settings %s", path);
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH) != 0)
		return err_new(ERR_INVALID, "everybody may change settings %s: "
		    "chmod o-w it", path);
	return NULL;
}

static void
forget_before(struct conf_reading *r)
{
	for (size_t i = 0; r->before != NULL && i < r->n; i++)
		free(r->before[i].value);
	free(r->before);
}

const struct err *
conf_load(const char *path, const struct conf_key *keys, size_t n, void *into,
    FILE *notes)
{
	struct conf_reading r = {
	    .path = path, .keys = keys, .n = n, .into = into, .notes = notes};
	const struct err *e = set_defaults(keys, n, into);
	int line;

	if (e != NULL)
		return e;
	if ((r.f = fopen(path, "re")) == NULL)
		return err_errno("cannot read settings %s", path);
	if ((e = check_writers(path, r.f)) != NULL) {
		(void)fclose(r.f);
		return e;
	}
	r.before = notes != NULL ? xcalloc(n, sizeof *r.before) : NULL;
	line = ini_parse_stream(read_line, &r, take_setting, &r);
	forget_before(&r);
	if (!r.failed && line > 0)
		r.line = line;
	if (!r.failed && line != 0)
		fault(&r, "not \"key = value\" and not \"[section]\"%s%s", "",
		    "");
	if (ferror(r.f))
		fault(&r, "cannot be read%s%s", "", "");
	(void)fclose(r.f);
	if (r.failed)
		return err_new(ERR_INVALID, "%s:%d: %s", path, r.line, r.fault);
	return NULL;
}

void
conf_done(const struct conf_key *keys, size_t n, void *from)
{
	for (size_t i = 0; i < n; i++) {
		char **text = (char **)(void *)((char *)from + keys[i].at);

		switch (keys[i].type) {
		case CONF_TEXT:
		case CONF_PATH:
		case CONF_SECRET:
		case CONF_URL:
		case CONF_SERVICE:
		case CONF_PROJECT:
		case CONF_CLASS:
		case CONF_NETS:
		case CONF_NAMED_NETS:
		case CONF_HOSTS:
			free(*text);
			*text = NULL;
			break;
		default:
			break;
		}
	}
}

static void
print_number(const struct conf_key *k, int64_t v, FILE *out)
{
	char text[CONF_NUMBER_TEXT] = "no";

	if (k->type != CONF_SPAN || v != 0)
		conf_number_text(k->type, v, text);
	(void)fprintf(out, "%s\n", text);
}

static void
print_value(const struct conf_key *k, const void *at, FILE *out)
{
	const char *text;

	switch (k->type) {
	case CONF_NUMBER:
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_SPAN:
	case CONF_RATE:
		print_number(k, *(const int64_t *)at, out);
		break;
	case CONF_SHARE:
		(void)fprintf(out, "%g\n", *(const double *)at);
		break;
	case CONF_FLAG:
		(void)fprintf(out, "%s\n", *(const bool *)at ? "yes" : "no");
		break;
	case CONF_CHOICE:
		(void)fprintf(out, "%s\n", k->choices[*(const int *)at]);
		break;
	default:
		text = *(char *const *)at;
		(void)fprintf(out, "%s\n", text != NULL ? text : "");
	}
}

/* One line for each item: a single line could be too long to be read again. */
static void
print_list(const char *name, const char *list, FILE *out)
{
	char item[NET_ITEM];

	if (list == NULL)
		(void)fprintf(out, "%s = \n", name);
	while (net_item(&list, item))
		(void)fprintf(out, "%s = %s\n", name, item);
}

static void
print_key(const struct conf_key *k, const char *name, const void *at,
    FILE *out)
{
	(void)fprintf(out, "# %s\n", k->help);
	if (k->type == CONF_NETS || k->type == CONF_NAMED_NETS) {
		print_list(name, *(char *const *)at, out);
		return;
	}
	(void)fprintf(out, "%s = ", name);
	print_value(k, at, out);
}

void
conf_print(const struct conf_key *keys, size_t n, const void *from, FILE *out)
{
	char section[64] = "";

	for (size_t i = 0; i < n; i++) {
		const char *dot = strchr(keys[i].name, '.');
		size_t len = (size_t)(dot - keys[i].name);

		if (strncmp(section, keys[i].name, len) != 0 ||
		    section[len] != '\0') {
			(void)snprintf(section, sizeof section, "%.*s",
			    (int)len, keys[i].name);
			(void)fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "",
			    section);
		}
		print_key(&keys[i], dot + 1, (const char *)from + keys[i].at,
		    out);
	}
}
