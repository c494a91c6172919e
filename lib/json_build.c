/* SPDX-License-Identifier: MIT */
/*
 * From a text to a tree. json_measure decides what is JSON; what it has
 * accepted is built here in one pass. The tree's texts and names lie in a copy
 * of the text, each with a NUL where its closing quote was.
 */
#include "lib/json_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json_text.h"
#include "lib/mem.h"

#define NUMBER "is a number that fits no type: integers have 64 bits"
#define DIGITS_FIT 18 /* so many digits fit 64 bits, whichever they are */
#define FEW 16	      /* names, of which each is compared with each */

/* The path of a value: names and indexes from the root downward. */
struct json_place {
	const struct json_place *up;
	const char *name; /* NULL: an element */
	size_t index;
};

struct building {
	struct arena *a;
	char *at;
	/* of the containers that are open: the outer ones' come first */
	struct json_slot *slots;
	size_t n, room;
};

static const struct err *build_value(struct building *b,
    const struct json_place *up, struct json **value);

/* --- what is refused here --------------------------------------------- */

/* "requestObject.batch[3].body.badge" */
static void
write_place(struct buf *b, const struct json_place *p) /* NOLINT(*-recursion) */
{
	if (p == NULL)
		return;
	write_place(b, p->up);
	if (p->name == NULL)
		(void)buf_fmt(b, "[%zu]", p->index);
	else
		(void)buf_fmt(b, "%s%s", b->len > 0 ? "." : "",
		    text_name(p->name));
}

static const struct err *
unfit(const struct json_place *p, const char *why)
{
	struct buf b = BUF(400);
	const struct err *e;

	write_place(&b, p);
	e = err_new(ERR_INVALID, "%s %s", b.len > 0 ? buf_str(&b) : "JSON",
	    why);
	buf_done(&b);
	return e;
}

/* A number out of range would be read as the largest or the smallest one: two
 * ids could become equal. */
static bool
fits(const struct json *j)
{
	double d;

	if (j->kind == JSON_INT)
		return j->n <= DIGITS_FIT || (j->u.text[0] == '-'
		    ? strtoll(j->u.text, NULL, 10) != INT64_MIN
		    : strtoull(j->u.text, NULL, 10) != UINT64_MAX);
	d = strtod(j->u.text, NULL);
	return d - d == 0; /* finite */
}

/* --- scalars ---------------------------------------------------------- */

static void
skip_blank(struct building *b)
{
	while (*b->at == ' ' || *b->at == '\n' || *b->at == '\r' ||
	    *b->at == '\t')
		b->at++;
}

/* What the escapes stand for is never longer than they are. Nothing is left of
 * them: a key that is a text of several lines has some. */
static size_t
resolve_escapes(char *quoted, size_t len)
{
	struct buf plain = BUF(len);
	size_t n;

	(void)buf_reserve(&plain, len);
	json_text_plain((struct bytes){quoted, len}, &plain);
	n = plain.len;
	memcpy(quoted + 1, plain.data, n);
	memset(quoted + 1 + n, '\0', len - 1 - n);
	buf_wipe(&plain);
	return n;
}

/* From the opening quote to behind the closing one. */
static char *
cut_text(struct building *b, size_t *len)
{
	char *quoted = b->at, *s = quoted + 1;
	bool escaped = false;

	for (; *s != '"'; s++)
		if (*s == '\\') {
			escaped = true;
			s++;
		}
	b->at = s + 1;
	*len = (size_t)(s - quoted) - 1;
	if (escaped)
		*len = resolve_escapes(quoted, *len + 2);
	else
		*s = '\0';
	return quoted + 1;
}

/* C strings cannot carry a NUL in a text. */
static const struct err *
build_text(struct building *b, const struct json_place *up, struct json *j)
{
	size_t len;

	j->u.text = cut_text(b, &len);
	j->n = (unsigned)len;
	return strlen(j->u.text) == len ? NULL
					: unfit(up, "holds a NUL character");
}

/* An integer has one zero. */
static const struct err *
build_number(struct building *b, const struct json_place *up, struct json *j)
{
	char *s = b->at;

	j->kind = JSON_INT;
	for (; *s != '\0' && strchr("+-.eE0123456789", *s) != NULL; s++)
		if (*s == '.' || *s == 'e' || *s == 'E')
			j->kind = JSON_DOUBLE;
	if (s - b->at == 2 && memcmp(b->at, "-0", 2) == 0)
		b->at++;
	j->n = (unsigned)(s - b->at);
	j->u.text = arena_text(b->a, b->at, j->n);
	b->at = s;
	return fits(j) ? NULL : unfit(up, NUMBER);
}

static void
build_flag(struct building *b, struct json *j)
{
	j->kind = JSON_BOOL;
	j->n = *b->at == 't' ? 4 : 5;
	j->u.text = arena_text(b->a, b->at, j->n);
	b->at += j->n;
}

/* --- containers ------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	const struct json_slot *const *p = a, *const *q = b;
	int order = strcmp((*p)->name, (*q)->name);

	return order != 0 ? order : *p < *q ? -1 : *p > *q;
}

/* The first one of each name gets the value of the last one; the others lose
 * their names. */
static void
join_many(struct json_slot *slots, size_t n)
{
	struct json_slot **list = xcalloc(n, sizeof *list), *first = NULL;

	for (size_t i = 0; i < n; i++)
		list[i] = &slots[i];
	qsort(list, n, sizeof *list, by_name);
	for (size_t i = 0; i < n; i++)
		if (first != NULL && strcmp(first->name, list[i]->name) == 0) {
			first->value = list[i]->value;
			list[i]->name = NULL;
		} else {
			first = list[i];
		}
	free(list);
}

static void
join_few(struct json_slot *slots, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			const char *name = slots[k].name;

			if (name == NULL || name[0] != slots[i].name[0] ||
			    strcmp(name, slots[i].name) != 0)
				continue;
			slots[k].value = slots[i].value;
			slots[i].name = NULL;
			break;
		}
}

/* If members share a name, the last one counts. */
static size_t
join_names(struct json_slot *slots, size_t n)
{
	size_t left = 0;

	if (n <= FEW)
		join_few(slots, n);
	else
		join_many(slots, n);
	for (size_t i = 0; i < n; i++)
		if (slots[i].name != NULL)
			slots[left++] = slots[i];
	return left;
}

static void
push_slot(struct building *b, const char *name, struct json *value)
{
	if (b->n == b->room) {
		b->room = b->room > 0 ? 2 * b->room : 64;
		b->slots = xrealloc(b->slots, b->room * sizeof *b->slots);
	}
	b->slots[b->n++] = (struct json_slot){name, value};
}

static void
close_container(struct building *b, struct json *j, size_t first)
{
	struct json_slot *slots;
	size_t n = b->n - first;

	if (n == 0)
		return;
	slots = b->slots + first;
	b->n = first;
	if (j->kind == JSON_OBJECT)
		n = join_names(slots, n);
	j->n = j->room = (unsigned)n;
	j->u.slots = arena_alloc(b->a, n * sizeof *slots);
	memcpy(j->u.slots, slots, n * sizeof *slots);
}

static void
cut_name(struct building *b, struct json_place *p)
{
	size_t len;

	p->name = cut_text(b, &len);
	skip_blank(b);
	b->at++; /* the colon */
}

/* The depth is limited already. */
static const struct err *
build_container(struct building *b, /* NOLINT(*-recursion) */
    const struct json_place *up, struct json *j)
{
	struct json_place p = {up, NULL, 0};
	size_t first = b->n;
	const struct err *e;

	j->kind = *b->at == '{' ? JSON_OBJECT : JSON_ARRAY;
	for (b->at++;; p.index++) {
		struct json *value;

		skip_blank(b);
		if (*b->at == ',') {
			b->at++;
			skip_blank(b);
		}
		if (*b->at == '}' || *b->at == ']')
			break;
		if (j->kind == JSON_OBJECT)
			cut_name(b, &p);
		if ((e = build_value(b, &p, &value)) != NULL)
			return e;
		push_slot(b, p.name, value);
	}
	b->at++;
	close_container(b, j, first);
	return NULL;
}

static const struct err *
build_value(struct building *b, /* NOLINT(*-recursion) */
    const struct json_place *up, struct json **value)
{
	struct json *j;

	skip_blank(b);
	if (*b->at == 'n') {
		b->at += strlen("null");
		*value = NULL;
		return NULL;
	}
	*value = j = json_node(b->a, JSON_TEXT);
	switch (*b->at) {
	case '"':
		return build_text(b, up, j);
	case '{':
	case '[':
		return build_container(b, up, j);
	case 't':
	case 'f':
		build_flag(b, j);
		return NULL;
	default:
		return build_number(b, up, j);
	}
}

/* --- the whole -------------------------------------------------------- */

/* Any text of it may be a secret, also of one that is refused. */
static const struct err *
build(struct arena *a, const char *text, size_t len, struct json **root)
{
	struct building b = {.a = a, .at = arena_text(a, text, len)};
	const struct err *e;

	arena_wipe(a, b.at, len);
	e = build_value(&b, NULL, root);
	free(b.slots);
	return e;
}

const struct err *
json_parse_within(struct arena *a, const char *text, size_t len,
    const struct json_limits *limits, struct json **root)
{
	struct arena *into = a;
	struct json *j = NULL;
	const struct err *e;
	size_t end;

	if (len > INT32_MAX - 1)
		return err_new(ERR_TOOBIG, "JSON of %zu bytes", len);
	/* a byte order mark is skipped, as the existing server does */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if ((e = json_measure(text, len, limits, &end)) != NULL)
		return e;
	if (a == NULL)
		into = arena_new();
	e = build(into, text, end, &j);
	if (a == NULL && (e != NULL || j == NULL))
		arena_free(into);
	else if (a == NULL)
		j->owns = true;
	if (e == NULL)
		*root = j;
	return e;
}

const struct err *
json_parse(struct arena *a, const char *text, size_t len, int depth,
    struct json **root)
{
	return json_parse_within(a, text, len, &(struct json_limits){depth,
	    JSON_VALUES, JSON_CONTAINERS, JSON_MEMBERS}, root);
}
