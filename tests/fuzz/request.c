/* SPDX-License-Identifier: MIT */
/* What the web server hands over. Input: the prefix of our paths, the
 * environment, an empty line, the body. */
#include "tests/fuzz/request.h"

#include "lib/net.h"
#include "lib/text.h"

static char header_name[] = "X-Correlation-ID";
static char header_class[] = "[a-zA-Z0-9-]{8,40}";
static char proxies[] = "127.0.0.0/8, fd00::/8";

static void
check_text(const char *s)
{
	MUST(s == NULL || text_is_utf8(s, strlen(s)));
}

/* Escape all of it again, more than anyone would: it must come out as the
 * same. */
static void
there_and_back(const char *s, bool form)
{
	char *again = xmalloc(3 * strlen(s) + 1), *p = again;

	for (const char *c = s; *c != '\0'; c++)
		p += snprintf(p, 4, "%%%02x", (unsigned)(unsigned char)*c);
	*p = '\0';
	MUST(text_unescape(again, form) && strcmp(again, s) == 0);
	free(again);
}

static void
check_target(const struct request *req)
{
	MUST(req->n_segments <= LIMIT_SEGMENTS);
	MUST(req->n_query <= LIMIT_QUERY);
	MUST(strlen(req->path) <= LIMIT_URI || req->fault != NULL);
	for (size_t i = 0; i < req->n_segments; i++) {
		check_text(req->segments[i]);
		there_and_back(req->segments[i], false);
	}
	for (size_t i = 0; i < req->n_query; i++) {
		const struct request_param *p = &req->query[i];

		check_text(p->name);
		check_text(p->value);
		there_and_back(p->value, true);
		MUST(request_query(req, p->name) != NULL);
	}
}

static const char *
value_of(char *const *env, const char *name)
{
	for (; *env != NULL; env++)
		if (strncmp(*env, name, strlen(name)) == 0 &&
		    (*env)[strlen(name)] == '=')
			return *env + strlen(name) + 1;
	return "";
}

static void
check_body(const struct request *req, char *const *env, const char *body,
    size_t len, const struct settings *s)
{
	const char *length = value_of(env, "CONTENT_LENGTH");
	bool chunked = *value_of(env, "HTTP_TRANSFER_ENCODING") != '\0';
	int64_t told;

	MUST(req->body != NULL && req->body[req->body_len] == '\0');
	MUST((int64_t)req->body_len <= s->api.body_max);
	if (req->fault != NULL)
		return;
	MUST(!req->body_unread);
	MUST(memcmp(req->body, body, req->body_len) == 0);
	if (*length == '\0')
		MUST(req->body_len == (chunked ? len : 0));
	else
		MUST(text_i64(length, 0, s->api.body_max, &told) &&
		    (int64_t)req->body_len == told && (size_t)told <= len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct settings s = {.api = {.correlation_header = header_name,
	    .correlation_pattern = header_class, .proxies = proxies,
	    .body_max = 1024}};
	struct arena *a = arena_new();
	char *env[ENV_MAX + 1];
	const char *body;
	struct request req;
	size_t len;

	s.api.prefix = input_line(&in);
	env_read(&in, env);
	body = (const char *)in.at;
	len = in.left;
	request_of(a, &s, &in, env, &req);
	check_target(&req);
	check_body(&req, env, body, len, &s);
	if (s.api.prefix[strspn(s.api.prefix, "/")] != '\0')
		MUST(req.fault != NULL || req.path[0] == '/');
	MUST(strlen(req.method_name) <= 20);
	MUST(req.correlation == NULL ||
	    (strlen(req.correlation) >= 8 && is_plain(req.correlation)));
	MUST(req.trace == NULL || (strlen(req.trace) == 32 &&
	    strspn(req.trace, "0123456789abcdef") == 32));
	MUST(req.remote == NULL ||
	    net_list_has("0.0.0.0/0, ::/0", req.remote) ||
	    strcmp(req.remote, value_of(env, "REMOTE_ADDR")) == 0);
	(void)request_is_json(&req);
	arena_free(a);
	input_done(&in);
	return 0;
}
