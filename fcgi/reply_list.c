/* SPDX-License-Identifier: MIT */
#include "fcgi/reply_list.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json_text.h"

#include "fcgi/call.h"
#include "fcgi/reply.h"

#define LIST_BYTES 4000 /* of nearly all lists, or a good part of one */

struct reply_list {
	struct call *c;
	const char *member;
	const struct page_in *part;
	struct arena *scratch; /* of one element that is a tree; or NULL */
	struct buf *text;
	size_t head, tail; /* of an answer's text: what is around its list */
	bool any;
};

/* The whole answer as the dialect has it, around a list. */
static const char *
frame(struct reply_list *l, struct json *array, size_t *len)
{
	struct json *object = array;

	if (l->member != NULL) {
		object = json_new_object(l->c->mem);
		json_set(object, l->member, array);
	}
	return reply_text(l->c, object, l->part, len);
}

static void
free_arena(void *arena)
{
	arena_free(arena);
}

struct reply_list *
reply_list_new(struct call *c, const char *member, const struct page_in *part)
{
	struct reply_list *l = arena_zero(c->mem, sizeof *l);
	const char *text;
	size_t len;

	l->c = c;
	l->member = member;
	l->part = part;
	l->text = reply_buf(c);
	(void)buf_reserve(l->text, LIST_BYTES);
	/* the one list there is, and it is empty */
	text = frame(l, json_new_array(c->mem), &len);
	l->head = (size_t)(strstr(text, "[]") - text) + 1;
	l->tail = len - l->head;
	(void)buf_add(l->text, text, l->head);
	return l;
}

static const struct err *
too_large(void)
{
	return err_new(ERR_TOOBIG, "the list is larger than %zu bytes: ask for "
	    "a part of it, with ?page= and ?size=", LIMIT_REPLY);
}

static const struct err *
add_text(struct reply_list *l, struct json *array)
{
	size_t len;
	const char *text = frame(l, array, &len);

	if ((l->any && !buf_text(l->text, ",")) ||
	    !buf_add(l->text, text + l->head, len - l->head - l->tail))
		return too_large();
	l->any = true;
	return NULL;
}

const struct err *
reply_list_add(struct reply_list *l, reply_make *make, const void *of)
{
	struct arena *whole = l->c->mem;
	const struct err *e;
	struct json *array;

	if (l->scratch == NULL) {
		l->scratch = arena_new();
		arena_defer(whole, free_arena, l->scratch);
	}
	l->c->mem = l->scratch;
	array = json_new_array(l->scratch);
	if ((e = make(l->c, of, json_add_object(array))) == NULL)
		e = add_text(l, array);
	arena_reset(l->scratch);
	l->c->mem = whole;
	return e;
}

const struct err *
reply_list_write(struct reply_list *l, reply_write *write, const void *of)
{
	const struct err *e;

	json_put_comma(l->text);
	e = write(l->c, of, l->text);
	l->any = true;
	if (e == NULL && l->text->overflowed)
		e = too_large();
	return e;
}

const struct err *
reply_list_end(struct reply_list *l)
{
	size_t len;
	const char *text = frame(l, json_new_array(l->c->mem), &len);

	if (!buf_add(l->text, text + l->head, l->tail))
		return too_large();
	return reply_buffered(l->c, 200, "application/json", l->text);
}
