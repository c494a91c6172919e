/* SPDX-License-Identifier: MIT */
/* A linear search is right for thirty routes. */
#include "fcgi/route_match.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

static const char *const method_words[] = {
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"};

/* Is this the pattern's next segment? Then the pattern moves behind it. A slash
 * within a segment (%2F) is none of the pattern's. */
static bool
take_segment(const char **pattern, const char *segment)
{
	const char *p = *pattern;

	for (; *segment == *p && *p != '/' && *p != '\0'; segment++)
		p++;
	*pattern = p;
	return *segment == '\0' && (*p == '/' || *p == '\0');
}

/* Does the path fit the pattern? id becomes the number of the segment that
 * stands for {id}, n_segments if none does. */
static bool
fits(const char *pattern, const struct request *req, size_t *id)
{
	size_t i = 0;

	*id = req->n_segments;
	for (; *pattern == '/'; i++) {
		pattern++;
		if (i == req->n_segments)
			return false;
		if (*pattern == '{') {
			*id = i;
			pattern += strcspn(pattern, "/");
		} else if (!take_segment(&pattern, req->segments[i])) {
			return false;
		}
	}
	return i == req->n_segments;
}

static unsigned
all_methods(const struct route *route)
{
	unsigned m = route->methods | M_OPTIONS;

	return m & M_GET ? m | M_HEAD : m;
}

enum route_verdict
route_match(const struct route *routes, size_t n, const struct request *req,
    const struct route **route, unsigned *allow, int64_t *id)
{
	enum route_verdict verdict = ROUTE_NO_PATH;
	size_t segment;

	*allow = 0;
	*id = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned methods = all_methods(&routes[i]);

		if (!fits(routes[i].path, req, &segment))
			continue;
		*allow |= methods;
		if (verdict != ROUTE_FOUND)
			verdict = ROUTE_NO_METHOD;
		if ((methods & req->method) == 0 || verdict == ROUTE_FOUND)
			continue;
		*route = &routes[i];
		verdict = ROUTE_FOUND;
		if (segment < req->n_segments &&
		    !text_i64(req->segments[segment], 0, INT64_MAX, id))
			return ROUTE_BAD_ID;
	}
	return verdict;
}

int64_t
route_body_max(const struct route *route, const struct settings *s)
{
	return route != NULL && route->body_max > s->api.body_max
	    ? route->body_max : s->api.body_max;
}

void
route_allow(unsigned methods, char out[64])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < nitems(method_words); i++)
		if (methods & (1u << i))
			len += (size_t)snprintf(out + len, 64 - len, "%s%s",
			    len > 0 ? ", " : "", method_words[i]);
}

size_t
route_kind(const struct route *routes, const struct route *route)
{
	const struct route *first = route;

	if ((route->flags & ROUTE_SENDS) != 0)
		for (first = routes; (first->flags & ROUTE_SENDS) == 0;)
			first++;
	return (size_t)(first - routes);
}
