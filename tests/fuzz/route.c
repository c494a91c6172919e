/* SPDX-License-Identifier: MIT */
/* The real tables of routes against a plain search. Input: a line with the
 * method, a line with the URI. */
#include "tests/fuzz/programs.h"
#include "tests/fuzz/request.h"

#include "lib/text.h"

/* Both cut at slashes; a part in braces is any. */
static bool
fits(const char *pattern, const struct request *req, const char **id)
{
	char *copy = xstrdup(pattern + 1), *rest = copy, *part;
	size_t i = 0;
	bool same = true;

	*id = NULL;
	while ((part = strsep(&rest, "/")) != NULL) {
		const char *given = i < req->n_segments ? req->segments[i]
							: NULL;

		i++;
		if (given != NULL && strcmp(part, "{id}") == 0)
			*id = given;
		else if (given == NULL || strcmp(part, given) != 0)
			same = false;
	}
	free(copy);
	return same && i == req->n_segments;
}

static void
check(const struct responder *r, const struct request *req)
{
	const struct route *found = NULL, *mine = NULL;
	unsigned allow, all = 0;
	int64_t id, number = -1;
	const char *segment;
	char text[64];
	enum route_verdict v = route_match(r->routes, r->n_routes, req,
	    &found, &allow, &id);

	for (size_t i = 0; i < r->n_routes; i++) {
		unsigned m = r->routes[i].methods | M_OPTIONS;

		if (!fits(r->routes[i].path, req, &segment))
			continue;
		m |= m & M_GET ? M_HEAD : 0;
		all |= m;
		if (mine != NULL || (m & req->method) == 0)
			continue;
		mine = &r->routes[i];
		number = segment == NULL ? 0 : -1;
		if (segment != NULL)
			(void)text_i64(segment, 0, INT64_MAX, &number);
	}
	if (mine == NULL)
		MUST(v == (all != 0 ? ROUTE_NO_METHOD : ROUTE_NO_PATH));
	else if (number < 0)
		MUST(v == ROUTE_BAD_ID);
	else
		MUST(v == ROUTE_FOUND && found == mine && id == number);
	if (v != ROUTE_BAD_ID)
		MUST(allow == all);
	route_allow(allow, text);
	MUST((strstr(text, "HEAD") != NULL) == ((allow & M_HEAD) != 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct settings s = {.api = {.body_max = 1024}};
	struct arena *a = arena_new();
	char *env[3] = {NULL};
	struct request req;

	env[0] = arena_fmt(a, "REQUEST_METHOD=%s", input_line(&in));
	env[1] = arena_fmt(a, "REQUEST_URI=%s", input_line(&in));
	request_read(a, &s, env, &req);
	if (req.fault == NULL)
		for (size_t i = 0; i < nitems(programs); i++)
			check(&programs[i], &req);
	arena_free(a);
	input_done(&in);
	return 0;
}
