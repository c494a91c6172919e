/* SPDX-License-Identifier: MIT */
#include "fcgi/openapi.h"

#include <ctype.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"

static const struct {
	enum method method;
	const char *name;
} methods[] = {
	{M_GET, "get"}, {M_PUT, "put"}, {M_POST, "post"}, {M_DELETE, "delete"},
};

/* --- values ----------------------------------------------------------- */

typedef void describe(struct json *j, const struct field *f);

static void object_schema(struct json *j, const struct field *fields);

static void
describe_text(struct json *j, const struct field *f)
{
	if (f->min > 0 || f->flags & F_FILLED)
		json_set_int(j, "minLength", f->min > 0 ? f->min : 1);
	if (f->max > 0)
		json_set_int(j, "maxLength", f->max);
	if (f->flags & F_SECRET)
		json_set_bool(j, "writeOnly", true);
}

static void
describe_pattern(struct json *j, const char *pattern)
{
	struct buf b = BUF(512);

	if (pattern == NULL)
		return;
	(void)buf_fmt(&b, "^%s$", pattern);
	json_set_text(j, "pattern", buf_str(&b));
	buf_done(&b);
}

static void
describe_id(struct json *j, const struct field *f)
{
	describe_text(j, f);
	describe_pattern(j, f->pattern);
}

/* If null may stand for "absent", it must be one of the values too. */
static void
describe_enum(struct json *j, const struct field *f)
{
	struct json *list = json_set_array(j, "enum");

	for (const char *const *c = f->choices; *c != NULL; c++)
		json_add_text(list, *c);
	if (json_kind(json_get(j, "type")) == JSON_ARRAY)
		json_add(list, NULL);
	if (f->flags & F_ANYCASE)
		json_set_text(j, "description", "In any case.");
}

static void
describe_int(struct json *j, const struct field *f)
{
	if (f->max == 0)
		return;
	json_set_int(j, "minimum", f->min);
	json_set_int(j, "maximum", f->max);
}

static void
describe_count(struct json *j, const struct field *f)
{
	(void)f;
	json_set_text(j, "description", "Anything but a number above zero "
	    "stands for the default; what is too large, for the maximum.");
}

static void
describe_instant(struct json *j, const struct field *f)
{
	(void)f;
	json_set_text(j, "format", "date-time");
	json_set_text(j, "description",
	    "With a zone; or seconds since 1970 as a number, above "
	    "100000000000 milliseconds.");
}

static void
describe_texts(struct json *j, const struct field *f)
{
	struct json *items = json_set_object(j, "items");

	json_set_text(items, "type", "string");
	if ((f->flags & F_ANY_TEXT) == 0)
		json_set_int(items, "minLength", 1);
	if (f->each > 0)
		json_set_int(items, "maxLength", f->each);
	describe_pattern(items, f->pattern);
	if (f->flags & F_FILLED)
		json_set_int(j, "minItems", f->min > 0 ? f->min : 1);
	if (f->max > 0)
		json_set_int(j, "maxItems", f->max);
}

static void
describe_object(struct json *j, const struct field *f)
{
	if (f->of != NULL)
		object_schema(j, f->of);
}

static void
describe_list(struct json *j, const struct field *f)
{
	struct json *items = json_set_object(j, "items");

	json_set_text(items, "type", "object");
	object_schema(items, f->of);
	if (f->flags & F_FILLED)
		json_set_int(j, "minItems", 1);
}

static const struct {
	const char *type;
	describe *describe;
} kinds[] = {
	/* clang-format off */
	[F_TEXT]    = {"string",  describe_text},
	[F_ID]	    = {"string",  describe_id},
	[F_ENUM]    = {"string",  describe_enum},
	[F_FLAG]    = {"boolean", NULL},
	[F_INT]	    = {"integer", describe_int},
	[F_COUNT]   = {"integer", describe_count},
	[F_INSTANT] = {"string",  describe_instant},
	[F_TEXTS]   = {"array",	  describe_texts},
	[F_OBJECT]  = {"object",  describe_object},
	[F_LIST]    = {"array",	  describe_list},
	[F_JSON]    = {"object",  describe_object},
	/* clang-format on */
};

static void
value_schema(struct json *j, const struct field *f, bool nullable)
{
	bool or_object = (f->flags & F_OR_OBJECT) != 0;

	if (nullable || or_object) {
		struct json *types = json_set_array(j, "type");

		json_add_text(types, kinds[f->type].type);
		if (or_object)
			json_add_text(types, "object");
		if (nullable)
			json_add_text(types, "null");
	} else
		json_set_text(j, "type", kinds[f->type].type);
	if (kinds[f->type].describe != NULL)
		kinds[f->type].describe(j, f);
}

/* --- tables ----------------------------------------------------------- */

/* A second name for the same place: one of the two is enough. */
static bool
has_alias(const struct field *fields, const struct field *f)
{
	if (f->at == FIELD_NOWHERE || f->type == F_OBJECT)
		return false;
	for (const struct field *g = fields; g->name != NULL; g++)
		if (g != f && g->at == f->at && g->type == f->type)
			return true;
	return false;
}

/* Any row of that name may require the member, also one that checks its
 * presence only. */
static bool
is_required(const struct field *fields, const struct field *f)
{
	for (const struct field *g = fields; g->name != NULL; g++)
		if (strcmp(g->name, f->name) == 0 && g->flags & F_NEED)
			return (g->flags & F_QUERY) == 0 &&
			    !has_alias(fields, g);
	return false;
}

static void
object_schema(struct json *j, const struct field *fields)
{
	struct json *required = NULL;
	struct json *members = json_set_object(j, "properties");

	for (const struct field *f = fields; f->name != NULL; f++) {
		if (f->type == F_ANY || f->flags & F_QUERY_ONLY)
			continue;
		value_schema(json_set_object(members, f->name), f,
		    !is_required(fields, f));
		if (!is_required(fields, f))
			continue;
		if (required == NULL)
			required = json_set_array(j, "required");
		json_add_text(required, f->name);
	}
}

static void
add_query(struct json *list, const struct field *fields, bool get)
{
	for (const struct field *f = fields; f->name != NULL; f++) {
		struct json *j;
		bool need = f->flags & F_NEED && !has_alias(fields, f);

		if ((f->flags & (F_QUERY | F_QUERY_ONLY)) == 0)
			continue;
		j = json_add_object(list);
		json_set_text(j, "name", f->name);
		json_set_text(j, "in", "query");
		json_set_bool(j, "required",
		    need && (get || f->flags & F_QUERY_ONLY));
		value_schema(json_set_object(j, "schema"), f, false);
		if (f->type == F_TEXTS) { /* separated by commas */
			json_set_text(j, "style", "form");
			json_set_bool(j, "explode", false);
		}
	}
}

static bool
has_body(const struct form *form)
{
	for (const struct field *f = form->fields; f->name != NULL; f++)
		if ((f->flags & F_QUERY_ONLY) == 0)
			return true;
	return false;
}

/* --- calls ------------------------------------------------------------ */

static void
add_body(struct json *call, const struct form *form)
{
	struct json *body = json_set_object(call, "requestBody");
	struct json *j, *inner;

	json_set_bool(body, "required", form->missing != NULL ||
	    form->how & FORM_BARE);
	j = json_set_object(json_set_object(json_set_object(body, "content"),
	    "application/json"), "schema");
	json_set_text(j, "type", "object");
	inner = json_set_object(json_set_object(j, "properties"),
	    "requestObject");
	if (form->fields[0].name[0] == '\0')
		value_schema(inner, form->fields, false);
	else {
		json_set_text(inner, "type", "object");
		object_schema(inner, form->fields);
	}
	if (form->missing != NULL)
		json_add_text(json_set_array(j, "required"), "requestObject");
	/* without the frame: the members stand beside it */
	if (form->how & FORM_BARE) {
		struct json *either = json_set_array(j, "anyOf"), *framed;

		framed = json_add_object(either);
		json_add_text(json_set_array(framed, "required"),
		    "requestObject");
		json_add(either, inner);
	}
}

static void
add_path_id(struct json *list)
{
	struct json *j = json_add_object(list), *schema;

	json_set_text(j, "name", "id");
	json_set_text(j, "in", "path");
	json_set_bool(j, "required", true);
	schema = json_set_object(j, "schema");
	json_set_text(schema, "type", "integer");
	json_set_text(schema, "format", "int64");
	json_set_int(schema, "minimum", 0);
}

/* "post", "/push/device/create": postPushDeviceCreate */
static void
add_name(struct json *call, const char *method, const char *path)
{
	struct buf b = BUF(512);
	bool upper = true;

	(void)buf_text(&b, method);
	for (; *path != '\0'; path++) {
		if (!isalnum((unsigned char)*path)) {
			upper = true;
			continue;
		}
		(void)buf_fmt(&b, "%c", upper
			? toupper((unsigned char)*path) : *path);
		upper = false;
	}
	json_set_text(call, "operationId", buf_str(&b));
	buf_done(&b);
}

static void
add_call(struct json *item, const struct route *r, size_t m)
{
	bool get = methods[m].method == M_GET;
	struct json *call, *list;

	call = json_set_object(item, methods[m].name);
	add_name(call, methods[m].name, r->path);
	json_set_text(call, "x-role", role_name(r->role));
	if (r->form != NULL && r->form->how & FORM_VIOLATIONS)
		json_set_bool(call, "x-violations", true);
	if (r->form != NULL && r->form->how & FORM_WARNS)
		json_set_bool(call, "x-warnings", true);
	list = json_set_array(call, "parameters");
	if (strstr(r->path, "{id}") != NULL)
		add_path_id(list);
	if (r->form != NULL)
		add_query(list, r->form->fields, get);
	if (!get && r->form != NULL && has_body(r->form))
		add_body(call, r->form);
}

void
openapi_print(const struct responder *r, FILE *out)
{
	struct json *root = json_new_object(NULL), *paths;

	json_set_text(root, "program", r->name);
	json_set_text(root, "version", OUTPOST_VERSION);
	paths = json_set_object(root, "paths");
	for (size_t i = 0; i < r->n_routes; i++) {
		const struct route *route = &r->routes[i];
		struct json *item = json_get(paths, route->path);

		if (item == NULL)
			item = json_set_object(paths, route->path);
		for (size_t m = 0; m < nitems(methods); m++)
			if (route->methods & methods[m].method)
				add_call(item, route, m);
	}
	(void)fprintf(out, "%s\n", json_pretty(root));
	json_free(root);
}
