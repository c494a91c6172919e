/* SPDX-License-Identifier: MIT */
/* The rows of a table one after the other, nested objects and lists, and the
 * text of an error. */
#include "fcgi/field_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"

#include "fcgi/request.h"

static bool check_rows(struct form_check *k, const struct field *fields,
    const struct scope *up, struct json *object, void *into,
    struct json *keep);

/* --- faults ----------------------------------------------------------- */

/* The depth of the calls is that of the tables of fields. */
static void
write_path(struct buf *b, const struct scope *s) /* NOLINT(*-recursion) */
{
	if (s == NULL)
		return;
	write_path(b, s->up);
	if (s->name == NULL)
		(void)buf_fmt(b, "[%zu]", s->index);
	else if (s->name[0] != '\0')
		(void)buf_fmt(b, "%s%s", b->len > 0 ? "." : "", s->name);
}

const char *
field_path(struct arena *a, const struct scope *s, bool whole)
{
	struct buf b = BUF(512);
	const char *path, *dot;

	write_path(&b, s);
	path = buf_str(&b);
	dot = *path == '\0' || *path == '[' ? "" : ".";
	path = whole || *dot == '\0'
		? arena_fmt(a, "requestObject%s%s", dot, path)
		: arena_text(a, path, b.len);
	buf_done(&b);
	return path;
}

static void
set_first(struct form_check *k, const struct err *e)
{
	struct err *kept = arena_alloc(k->a, sizeof *kept);

	*kept = *e;
	k->first = kept;
}

/* An invalid value is returned whole or not at all; never when the row is a
 * secret, nor a requestObject of the wrong type, which may contain one. */
static bool
may_echo(const struct field *f, const struct json *j)
{
	size_t len;

	if (j == NULL || f->flags & F_SECRET || f->name[0] == '\0')
		return false;
	(void)json_write(j, &len);
	return len <= LIMIT_ECHO;
}

static void
add_violation(struct form_check *k, const struct field *f, const char *path,
    struct json *j, const char *hint)
{
	struct json *v;

	if (json_len(k->violations) == LIMIT_VIOLATIONS)
		return;
	v = json_add_object(k->violations);
	json_set_text(v, "fieldName", path);
	if (may_echo(f, j))
		json_set(v, "invalidValue", j);
	json_set_text(v, "hint", hint);
}

bool
field_fail(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, const char *words, const char *ours)
{
	const char *path = field_path(k->a, at,
	    k->violations != NULL && !at->query);

	if (k->violations != NULL)
		add_violation(k, f, path, j, words != NULL ? words : ours);
	if (k->first != NULL)
		return false;
	if (words != NULL && k->violations == NULL)
		set_first(k, err_new(ERR_INVALID, "%s", words));
	else
		set_first(k, err_new(ERR_INVALID, "%s %s", path,
		    words != NULL ? words : ours));
	return false;
}

/* --- objects ---------------------------------------------------------- */

static bool
good_object(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j)
{
	if (json_kind(j) == JSON_OBJECT)
		return true;
	return field_fail(k, f, at, j, NULL, "must be an object");
}

/* The members' places are relative to the place of the object's row. */
static bool
take_object(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, void *place, struct json *keep)
{
	if (!good_object(k, f, at, j))
		return false;
	return check_rows(k, f->of, at, j, place, keep);
}

static bool
take_json(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, void *place, struct json *keep)
{
	if (!good_object(k, f, at, j))
		return false;
	if (f->of != NULL) {
		struct json *known = json_new_object(k->a);

		if (!check_rows(k, f->of, at, j, NULL, known))
			return false;
		j = known;
	}
	*(struct json **)place = j;
	if (keep != NULL)
		json_set(keep, f->name, j);
	return true;
}

static bool
take_member(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, void *into)
{
	if (j == NULL)
		return field_fail(k, f, at, j, f->wrong, "must not be null");
	return good_object(k, f, at, j) &&
	    check_rows(k, f->of, at, j, into, NULL);
}

/* The flag stands in the same struct as the list. */
static bool
is_lenient(const struct field *f, const void *place)
{
	return f->lenient != 0 &&
	    *((const bool *)place - f->at + f->lenient);
}

/* Keep the fault of an element, and nothing of the element. */
static void
note_fault(struct form_check *k, const struct field *f, struct list *l,
    size_t i)
{
	if (l->faults == NULL)
		l->faults = arena_zero(k->a, l->n * sizeof *l->faults);
	l->faults[i] = k->first->text;
	k->first = NULL;
	memset((char *)l->items + i * f->size, 0, f->size);
}

static bool
take_list(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, void *place, struct json *keep)
{
	struct list *l = place;

	(void)keep;
	if (!field_is_array(k, f, at, j))
		return false;
	l->n = json_len(j);
	l->items = arena_zero(k->a, (l->n + 1) * f->size);
	for (size_t i = 0; i < l->n; i++) {
		struct scope element = {at, NULL, i, false};

		if (take_member(k, f, &element, json_at(j, i),
			(char *)l->items + i * f->size))
			continue;
		if (is_lenient(f, place)) {
			note_fault(k, f, l, i);
			continue;
		}
		if (f->before != NULL && k->violations == NULL)
			set_first(k, err_new(ERR_INVALID, "%s%zu%s%s",
			    f->before, i, f->between, k->first->text));
		return false;
	}
	return true;
}

static bool
take_any(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, void *place, struct json *keep)
{
	(void)k, (void)f, (void)at, (void)j, (void)place, (void)keep;
	return true;
}

/* --- rows ------------------------------------------------------------- */

static take *const takes[] = {
	/* clang-format off */
	[F_TEXT]    = field_take_text,
	[F_ID]	    = field_take_id,
	[F_ENUM]    = field_take_enum,
	[F_FLAG]    = field_take_flag,
	[F_INT]	    = field_take_int,
	[F_COUNT]   = field_take_count,
	[F_INSTANT] = field_take_instant,
	[F_TEXTS]   = field_take_texts,
	[F_OBJECT]  = take_object,
	[F_LIST]    = take_list,
	[F_JSON]    = take_json,
	[F_ANY]	    = take_any,
	/* clang-format on */
};

static bool
is_pointer(enum field_type type)
{
	return type != F_FLAG && type != F_INT && type != F_COUNT &&
	    type != F_INSTANT && type != F_OBJECT && type != F_ANY;
}

/* All parameters of that name, split at commas; empty parts are dropped. */
static void
query_texts(const struct request *req, const char *name, struct json *array)
{
	for (size_t i = 0; i < req->n_query; i++) {
		char *rest, *part, *copy;

		if (strcmp(req->query[i].name, name) != 0)
			continue;
		rest = copy = xstrdup(req->query[i].value);
		while ((part = strsep(&rest, ",")) != NULL)
			if (*part != '\0')
				json_add_text(array, part);
		free(copy);
	}
}

static struct json *
from_query(struct form_check *k, const struct field *f)
{
	const char *value;
	struct json *box;

	if (k->req == NULL ||
	    (value = request_query(k->req, f->name)) == NULL)
		return NULL;
	box = json_new_object(k->a);
	if (f->type == F_TEXTS)
		query_texts(k->req, f->name, json_set_array(box, f->name));
	else
		json_set_text(box, f->name, value);
	return json_get(box, f->name);
}

static bool
check_row(struct form_check *k, const struct field *f, const struct scope *up,
    struct json *object, void *into, struct json *keep)
{
	struct scope at = {up, f->name, 0, (f->flags & F_QUERY_ONLY) != 0};
	struct texts scratch = {NULL, 0}; /* the largest kind of value */
	void *place = &scratch;
	struct json *j = f->name[0] == '\0' ? object : NULL;

	if (f->at != FIELD_NOWHERE)
		place = (char *)into + f->at;
	if (f->name[0] != '\0' && !at.query)
		j = json_get(object, f->name);
	if (j == NULL && f->flags & (F_QUERY | F_QUERY_ONLY)) {
		j = from_query(k, f);
		at.query = at.query || j != NULL;
	}
	if (j != NULL)
		return takes[f->type](k, f, &at, j, place, keep);
	if (f->flags & F_NULL && json_has(object, f->name))
		*(const char **)place = "";
	/* an earlier row may have set it under another name */
	if ((f->flags & F_NEED) == 0 ||
	    (is_pointer(f->type) && *(void **)place != NULL))
		return true;
	return field_fail(k, f, &at, NULL, f->missing, "must not be null");
}

static bool
check_rows(struct form_check *k, const struct field *fields,
    const struct scope *up, struct json *object, void *into,
    struct json *keep)
{
	bool good = true;

	for (const struct field *f = fields; f->name != NULL; f++) {
		good &= check_row(k, f, up, object, into, keep);
		if (!good && k->violations == NULL)
			return false;
	}
	return good;
}

const struct err *
field_check(struct arena *a, const struct form *form,
    const struct json *object, const struct request *req, void *into,
    struct json *violations)
{
	struct form_check k = {a, req, violations, NULL};
	struct json *j = (struct json *)(uintptr_t)object;
	static const struct field whole = {.name = ""};
	struct scope top = {NULL, "", 0, false};

	if (j != NULL && form->fields[0].name[0] != '\0' &&
	    !good_object(&k, &whole, &top, j))
		return k.first;
	(void)check_rows(&k, form->fields, NULL, j, into, NULL);
	return k.first;
}
