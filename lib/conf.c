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
	char fault[400]; /* the first one */
	size_t line_max; /* the longest that libinih accepts */
	FILE *notes;	 /* warnings go there; NULL: nowhere */
	struct before {
		int line; /* 0: not set yet */
		char *value;
	} *before; /* the latest line of each key; only with notes */
};

#define WANTS_MAX 128 /* bytes of a description of a valid value */

/* NULL, or a description of a valid value. */
static const char *
text_wants(enum conf_type type, const char *v)
{
	bool service = type == CONF_SERVICE || type == CONF_PROJECT;

	if (v[0] == '\0' && !service)
		return NULL;
	if (service || type == CONF_URL)
		return conf_url_wants(type, v);
	if ((type == CONF_PATH || type == CONF_SECRET) && v[0] != '/')
		return "an absolute path";
	if (type == CONF_CLASS && !text_class_ok(v))
		return "a pattern like [a-z0-9]{8,64}";
	return NULL;
}

static const char *
set_text(const struct conf_key *k, const char *v, char **at)
{
	const char *wants = text_wants(k->type, v);

	if (wants != NULL)
		return wants;
	free(*at);
	*at = v[0] != '\0' ? xstrdup(v) : NULL;
	return NULL;
}

/* Append to the items of earlier lines; an empty value clears the list. */
static const char *
add_list(const struct conf_key *k, const char *v, char **at)
{
	size_t len = *at != NULL ? strlen(*at) : 0;
	size_t size = len + strlen(", ") + strlen(v) + 1;

	if (v[0] == '\0') {
		free(*at);
		*at = NULL;
		return NULL;
	}
	if (net_list_loose(v))
		return "address ranges without bits behind the prefix: "
		       "10.1.2.0/24, or 10.1.2.7 alone";
	if (!net_list_ok(v, k->type == CONF_NAMED_NETS))
		return k->type == CONF_NETS
			? "address ranges like 10.1.2.0/24, fd00::/8"
			: "address ranges with names, like 10.1.2.0/24 as shop";
	*at = xrealloc(*at, size);
	(void)snprintf(*at + len, size - len, "%s%s", len > 0 ? ", " : "", v);
	return NULL;
}

static bool
rate_number(const char *v, int64_t *out)
{
	size_t n = strlen(v);
	char number[24];

	if (n < 3 || n >= sizeof number || strcmp(v + n - 2, "/s") != 0)
		return false;
	memcpy(number, v, n - 2);
	number[n - 2] = '\0';
	return text_i64(number, 1, INT64_MAX, out);
}

#define NUMBER_TEXT 32

/* The number as a settings file has it. */
static void
number_text(enum conf_type type, int64_t v, char text[NUMBER_TEXT])
{
	static const struct {
		int64_t factor;
		const char *name;
	} spans[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"},
	    {1000, "s"}, {1, "ms"}};
	const char *unit = type == CONF_RATE ? "/s" : "";
	size_t i = 0;

	if (type == CONF_DURATION || type == CONF_SPAN) {
		while (v % spans[i].factor != 0 || (v == 0 && i < 3))
			i++;
		v /= spans[i].factor;
		unit = spans[i].name;
	}
	(void)snprintf(text, NUMBER_TEXT, "%lld%s", (long long)v, unit);
}

static const char *
bounds(const struct conf_key *k, char room[WANTS_MAX])
{
	char min[NUMBER_TEXT], max[NUMBER_TEXT];

	number_text(k->type, k->min, min);
	number_text(k->type, k->max, max);
	(void)snprintf(room, WANTS_MAX, "from %s to %s", min, max);
	return room;
}

static const char *
set_number(const struct conf_key *k, const char *v, int64_t *at,
    char room[WANTS_MAX])
{
	int64_t number = 0;
	bool bounded = k->min != 0 || k->max != 0;

	if (k->type == CONF_NUMBER &&
	    !text_i64(v, INT64_MIN, INT64_MAX, &number))
		return "a number";
	if (k->type == CONF_SIZE && !text_size(v, &number))
		return "a size like 64k or 1m";
	if (k->type == CONF_SPAN && strcmp(v, "no") == 0) {
		*at = 0;
		return NULL;
	}
	if ((k->type == CONF_DURATION || k->type == CONF_SPAN) &&
	    !text_duration(v, &number))
		return "a duration like 30s, 5m or 1d";
	if (k->type == CONF_RATE && !rate_number(v, &number))
		return "a rate like 1000/s";
	if (bounded && (number < k->min || number > k->max))
		return bounds(k, room);
	*at = number;
	return NULL;
}

static const char *
set_share(const char *v, double *at)
{
	char *end;
	double share = strtod(v, &end);

	if (end == v || *end != '\0' || !(share >= 0 && share <= 1))
		return "a share from 0 to 1";
	*at = share;
	return NULL;
}

static const char *
set_flag(const char *v, bool *at)
{
	if (strcmp(v, "yes") != 0 && strcmp(v, "no") != 0)
		return "yes or no";
	*at = v[0] == 'y';
	return NULL;
}

static const char *
set_choice(const struct conf_key *k, const char *v, int *at,
    char room[WANTS_MAX])
{
	size_t n;

	for (int i = 0; k->choices[i] != NULL; i++)
		if (strcmp(v, k->choices[i]) == 0) {
			*at = i;
			return NULL;
		}
	n = (size_t)snprintf(room, WANTS_MAX, "one of ");
	for (int i = 0; k->choices[i] != NULL && n < WANTS_MAX; i++)
		n += (size_t)snprintf(room + n, WANTS_MAX - n, "%s%s",
		    i > 0 ? ", " : "", k->choices[i]);
	return room;
}

/* Store v. Returns NULL, or a description of a valid value, which may lie in
 * room. */
static const char *
set(const struct conf_key *k, const char *v, void *into, char room[WANTS_MAX])
{
	void *at = (char *)into + k->at;

	switch (k->type) {
	case CONF_NUMBER:
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_SPAN:
	case CONF_RATE:
		return set_number(k, v, at, room);
	case CONF_SHARE:
		return set_share(v, at);
	case CONF_FLAG:
		return set_flag(v, at);
	case CONF_CHOICE:
		return set_choice(k, v, at, room);
	case CONF_NETS:
	case CONF_NAMED_NETS:
		return add_list(k, v, at);
	default:
		return set_text(k, v, at);
	}
}

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

static int
take_setting(void *arg, const char *section, const char *key, const char *value)
{
	struct conf_reading *r = arg;
	char name[128], room[WANTS_MAX];
	const char *wants;

	(void)snprintf(name, sizeof name, "%s.%s", section, key);
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->keys[i].name, name) != 0)
			continue;
		wants = unprintable(r, key, value);
		if (wants == NULL)
			wants = set(&r->keys[i], value, r->into, room);
		if (wants != NULL)
			fault(r, "%s must be %s", name, wants);
		else
			note_again(r, i, value);
		return wants == NULL;
	}
	fault(r, "unknown key \"%s\" in section [%s]", key, section);
	return 0;
}

static const struct err *
set_defaults(const struct conf_key *keys, size_t n, void *into)
{
	char room[WANTS_MAX];

	for (size_t i = 0; i < n; i++) {
		const char *wants = set(&keys[i], keys[i].value, into, room);

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
	char text[NUMBER_TEXT] = "no";

	if (k->type != CONF_SPAN || v != 0)
		number_text(k->type, v, text);
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
