/* SPDX-License-Identifier: MIT */
/* A request of the web server's: lines "NAME=value" up to an empty one, then
 * the body, which comes in pieces of changing size. */
#ifndef TESTS_FUZZ_REQUEST_H
#define TESTS_FUZZ_REQUEST_H

#include "fcgi/limits.h"
#include "fcgi/request.h"
#include "tests/fuzz/fuzz.h"

#define ENV_MAX 64

struct body {
	const char *at;
	size_t left;
	unsigned calls;
};

static long
body_source(void *from, char *into, size_t size)
{
	static const size_t pieces[] = {1, 4096, 7, 16384, 2};
	struct body *b = from;
	size_t n = pieces[b->calls++ % nitems(pieces)];

	if (n > size)
		n = size;
	if (n > b->left)
		n = b->left;
	memcpy(into, b->at, n);
	b->at += n;
	b->left -= n;
	return (long)n;
}

/* Ends in NULL. */
static inline void
env_read(struct input *in, char *env[ENV_MAX + 1])
{
	size_t n = 0;
	char *line;

	while (n < ENV_MAX && in->left > 0 && *(line = input_line(in)) != '\0')
		env[n++] = line;
	env[n] = NULL;
}

/* The whole of it, as the gateway does. */
static inline void
request_of(struct arena *a, const struct settings *s, struct input *in,
    char *const *env, struct request *req)
{
	struct body b = {.calls = 0};

	b.at = input_rest(in, &b.left);
	request_read(a, s, env, req);
	request_body(a, s->api.body_max, env, body_source, &b, req);
}

#endif
