/* SPDX-License-Identifier: MIT */
/* Members of a body that are in no row of its tables. */
#include <string.h>

#include "lib/text.h"

#include "fcgi/field_part.h"

struct search {
	struct arena *a;
	const struct field *fields;
	const struct scope *up;
	struct strays *out;
};

static void search_in(const struct search *of, const struct field *fields,
    const struct scope *at, const struct json *j);

/* A row that asks only whether the member is there has a duplicate behind it.
 * Most names differ in their first letter, which spares a call. */
static const struct field *
row_of(const struct field *fields, const char *name)
{
	const struct field *found = NULL;

	for (; fields->name != NULL; fields++)
		if (fields->name[0] == name[0] &&
		    (fields->flags & F_QUERY_ONLY) == 0 &&
		    strcmp(fields->name, name) == 0)
			found = fields;
	return found;
}

static bool
look_at(const char *name, struct json *value, void *arg)
{
	const struct search *s = arg;
	const struct field *row = row_of(s->fields, name);
	struct scope at = {s->up, name, 0, false};

	if (value == NULL)
		return true;
	if (row != NULL) {
		if (row->of != NULL)
			search_in(s, row->of, &at, value);
		return true;
	}
	at.name = text_name(name);
	if (s->out->n < LIMIT_WARNINGS)
		s->out->paths[s->out->n] = field_path(s->a, &at, false);
	s->out->n++;
	return true;
}

/* The depth of the calls is that of the tables of fields. */
static void
search_in(const struct search *of, /* NOLINT(*-recursion) */
    const struct field *fields, const struct scope *at, const struct json *j)
{
	struct search s = {of->a, fields, at, of->out};

	for (size_t i = 0; i < json_len(j); i++) {
		struct scope element = {at, NULL, i, false};

		search_in(of, fields, &element, json_at(j, i));
	}
	json_each(j, look_at, &s);
}

void
field_strays(struct arena *a, const struct form *form,
    const struct json *object, struct strays *out)
{
	struct search s = {a, NULL, NULL, out};

	*out = (struct strays){.n = 0};
	search_in(&s, form->fields, NULL, object);
}
