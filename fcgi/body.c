/* SPDX-License-Identifier: MIT */
/* Parsing a body to its requestObject. */
#include "fcgi/body.h"

#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"

#define CHARSET "charset="

/* --- content coding --------------------------------------------------- */

/* RFC 9110 15.5.16: the refusal names the codings that are accepted. */
static const struct err *
compressed(struct call *c, const char *coding)
{
	reply_header(c, "Accept-Encoding", "identity");
	return problem_as(c, PROBLEM_TYPE, err_new(ERR_INVALID, "the body is "
	    "encoded (%s): it is wanted as it is, without Content-Encoding",
	    coding));
}

static const struct err *
check_type(struct call *c)
{
	const char *coding = c->request->content_encoding;

	if (coding != NULL && strcasecmp(coding, "identity") != 0)
		return compressed(c, text_class_match("[a-zA-Z0-9, _-]{1,40}",
		    coding) ? coding : "unknown");
	if (!request_is_json(c->request))
		return problem_as(c, PROBLEM_TYPE, err_new(ERR_INVALID,
		    "the body must be of type application/json"));
	return NULL;
}

/* --- reasons of a refusal --------------------------------------------- */

static bool
is_utf16(const char *body, size_t len)
{
	return len >= 2 && (body[0] == '\0' || body[1] == '\0' ||
	    memcmp(body, "\xfe\xff", 2) == 0 ||
	    memcmp(body, "\xff\xfe", 2) == 0);
}

/* The charset of the Content-Type; NULL when it names none. */
static const char *
charset_of(struct call *c)
{
	const char *at = strcasestr(c->request->content_type, CHARSET);
	char *name;

	if (at == NULL)
		return NULL;
	at += strlen(CHARSET);
	at += *at == '"';
	name = arena_text(c->mem, at, strcspn(at, "\"; \t"));
	return text_class_match("[a-zA-Z0-9._:-]{1,40}", name) ? name : NULL;
}

/* A body that is not UTF-8: a better reason than the parser's. NULL: it is
 * UTF-8, or nothing shows its encoding. */
static const struct err *
tell_encoding(struct call *c)
{
	const struct request *req = c->request;
	const char *charset = charset_of(c);

	if (text_is_utf8(req->body, req->body_len))
		return NULL;
	if (req->body_len >= 2 && memcmp(req->body, "\x1f\x8b", 2) == 0)
		return compressed(c, "gzip");
	if (is_utf16(req->body, req->body_len))
		return err_new(ERR_INVALID, "the body is in UTF-16: JSON is "
		    "wanted in UTF-8");
	if (charset != NULL && strcasecmp(charset, "UTF-8") != 0)
		return err_new(ERR_INVALID, "the body is in %s: JSON is wanted "
		    "in UTF-8", charset);
	return NULL;
}

/* An array longer than its row allows: a better reason than a limit of JSON.
 * NULL: there is none. */
static const struct err *
tell_length(struct call *c)
{
	const struct request *req = c->request;
	const struct form *form = c->route->form;
	size_t n;

	for (const struct field *f = form->fields; f->name != NULL; f++) {
		if (f->type != F_LIST && f->type != F_TEXTS)
			continue;
		n = json_longest(req->body, req->body_len,
		    f->name[0] == '\0' ? 2 : 3);
		if (f->type == F_LIST && form->count(c, n) != NULL)
			return err_at(form->count(c, n), "a %s of %zu, [api] "
			    "batch_max is %lld", f->name, n,
			    (long long)c->settings->api.batch_max);
		if (f->type == F_TEXTS && (int64_t)n > f->max)
			return err_new(ERR_INVALID, "%s must be at most %lld "
			    "elements long", f->name[0] == '\0'
				? "requestObject" : f->name,
			    (long long)f->max);
	}
	return NULL;
}

/* The parser only knows the byte or the limit where it stopped. */
static const struct err *
tell_why(struct call *c, const struct err *e)
{
	const struct err *better = tell_encoding(c);

	if (better == NULL)
		better = tell_length(c);
	return better != NULL ? better : e;
}

/* --- JSON ------------------------------------------------------------- */

/* The limits have room for all that body_max and batch_max allow. */
static void
body_limits(const struct call *c, struct json_limits *limits)
{
	const struct settings *s = c->settings;

	*limits = (struct json_limits){.depth = LIMIT_DEPTH,
	    .values = LIMIT_VALUES +
		(size_t)route_body_max(c->route, s) / LIMIT_VALUE_BYTES,
	    .containers = LIMIT_CONTAINERS +
		LIMIT_CONTAINERS_EACH * (size_t)s->api.batch_max,
	    .members = LIMIT_MEMBERS +
		LIMIT_MEMBERS_EACH * (size_t)s->api.batch_max};
}

static const struct err *
parse(struct call *c, struct json **root)
{
	const struct request *req = c->request;
	struct json_limits limits;
	const struct err *e;

	body_limits(c, &limits);
	e = json_parse_within(c->mem, req->body, req->body_len, &limits,
	    root);
	return e != NULL ? tell_why(c, e) : NULL;
}

const struct err *
body_read(struct call *c, struct json **object)
{
	const struct form *form = c->route->form;
	struct json *root = NULL;
	const struct err *e;

	*object = NULL;
	if (c->request->body_len == 0)
		return NULL;
	if (form->how & FORM_LAX && !request_is_json(c->request))
		return NULL;
	if ((e = check_type(c)) != NULL || (e = parse(c, &root)) != NULL)
		return e;
	if (root != NULL && json_kind(root) != JSON_OBJECT)
		return err_new(ERR_INVALID, "the body must be a JSON object");
	*object = json_get(root, "requestObject");
	if (*object == NULL && form->how & FORM_BARE)
		*object = root;
	return NULL;
}
