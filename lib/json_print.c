/* SPDX-License-Identifier: MIT */
/* A tree as text. */
#include "lib/json_part.h"

#include <string.h>

#include "lib/json_text.h"

#define INDENT 2

struct printing {
	struct buf *into;
	bool pretty;
	unsigned depth;
};

static void print_node(struct printing *p, const struct json *j);

static void
new_line(struct printing *p)
{
	if (!p->pretty)
		return;
	(void)buf_add(p->into, "\n", 1);
	for (unsigned i = 0; i < INDENT * p->depth; i++)
		(void)buf_add(p->into, " ", 1);
}

static void
print_name(struct printing *p, const char *name)
{
	json_put_quoted(p->into, name, strlen(name));
	(void)buf_text(p->into, p->pretty ? ": " : ":");
}

/* A tree is as deep as its parser or its maker allows. */
static void
print_container(struct printing *p, /* NOLINT(*-recursion) */
    const struct json *j)
{
	bool names = j->kind == JSON_OBJECT;

	(void)buf_add(p->into, names ? "{" : "[", 1);
	p->depth++;
	for (unsigned i = 0; i < j->n; i++) {
		if (i > 0)
			(void)buf_add(p->into, ",", 1);
		new_line(p);
		if (names)
			print_name(p, j->u.slots[i].name);
		print_node(p, j->u.slots[i].value);
	}
	p->depth--;
	if (j->n > 0)
		new_line(p);
	(void)buf_add(p->into, names ? "}" : "]", 1);
}

static void
print_node(struct printing *p, const struct json *j) /* NOLINT(*-recursion) */
{
	switch (json_kind(j)) {
	case JSON_NULL:
		(void)buf_add(p->into, "null", 4);
		break;
	case JSON_TEXT:
		json_put_quoted(p->into, j->u.text, j->n);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		print_container(p, j);
		break;
	default:
		(void)buf_text(p->into, j->u.text);
	}
}

static void
free_printed(void *buf)
{
	buf_done(buf);
}

static const struct buf *
print(const struct json *j, bool pretty)
{
	struct buf *b = arena_alloc(j->a, sizeof *b);

	*b = (struct buf)BUF(INT32_MAX);
	arena_defer(j->a, free_printed, b);
	print_node(&(struct printing){b, pretty, 0}, j);
	return b;
}

const char *
json_write(const struct json *j, size_t *len)
{
	static const struct buf null = {.len = 4};
	const struct buf *b = j != NULL ? print(j, false) : &null;

	if (len != NULL)
		*len = b->len;
	return j != NULL ? buf_str(b) : "null";
}

const char *
json_pretty(const struct json *j)
{
	return j != NULL ? buf_str(print(j, true)) : "null";
}
