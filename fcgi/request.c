/* SPDX-License-Identifier: MIT */
/* Reading a request from CGI's environment. A text that is too long, or too
 * many of them, is an error; nothing is cut. */
#include "fcgi/request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/text.h"

#include "fcgi/request_env.h"

#define HEX "0123456789abcdef"

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	/* clang-format off */
	{"GET",     M_GET},
	{"POST",    M_POST},
	{"PUT",     M_PUT},
	{"DELETE",  M_DELETE},
	{"HEAD",    M_HEAD},
	{"OPTIONS", M_OPTIONS},
	/* clang-format on */
};

/* --- headers ---------------------------------------------------------- */

static void
read_method(struct arena *a, char *const *env, struct request *req)
{
	const char *name = request_env(a, env, "REQUEST_METHOD", &req->fault);

	req->method = M_OTHER;
	if (name == NULL)
		name = "";
	req->method_name = text_class_match("[A-Z]{1,20}", name) ? name
								 : "(odd)";
	for (size_t i = 0; i < nitems(methods); i++)
		if (strcmp(name, methods[i].name) == 0)
			req->method = methods[i].method;
}

/*
 * lighttpd's server.error-handler and Apache's ErrorDocument send a request
 * that they refuse here, as a GET with their status. lighttpd refuses a POST
 * without a length with 411; that is a valid POST without a body (RFC 9110,
 * 8.6).
 */
static void
read_refusal(struct arena *a, char *const *env, struct request *req)
{
	const char *text = request_env(a, env, "REDIRECT_STATUS", &req->fault);
	int64_t status;

	if (text == NULL || !text_i64(text, 400, 599, &status))
		return;
	req->refused = (int)status;
	if (status != REFUSED_NO_LENGTH)
		return;
	req->method = M_POST;
	req->method_name = "POST";
}

/* Two Authorization headers are always wrong credentials, also where a web
 * server joins them. An empty header is "", because it was sent. */
static const char *
authorization_get(char *const *env)
{
	size_t times;
	const char *value = request_env_find(env, "HTTP_AUTHORIZATION", &times);

	return times > 1 || (times == 1 && value == NULL) ? "" : value;
}

/* Only a configured proxy may name its caller. Two headers count as none: some
 * web servers fold different names into one, and a stranger could send the
 * other. */
static const char *
remote_get(struct arena *a, const struct settings *s, char *const *env,
    struct request *req)
{
	const char *remote = request_env(a, env, "REMOTE_ADDR", &req->fault);
	const char *header;
	char address[NET_TEXT];
	size_t times;

	if (!net_list_has(s->api.proxies, remote))
		return remote;
	header = request_env_find(env, "HTTP_X_FORWARDED_FOR", &times);
	if (times != 1 || !net_forwarded(s->api.proxies, header, address))
		return remote;
	return arena_text(a, address, strlen(address));
}

/* n hex digits and a dash. */
static bool
is_part(const char *text, size_t n)
{
	return strspn(text, HEX) == n && text[n] == '-';
}

/* The trace id of "00-TRACE-PARENT-FLAGS" (W3C Trace Context, 3.2); future
 * versions may append fields. NULL when the form is wrong. */
static const char *
trace_get(struct arena *a, char *const *env)
{
	size_t times;
	const char *v = request_env_find(env, "HTTP_TRACEPARENT", &times);

	if (times != 1 || v == NULL || !is_part(v, 2) ||
	    !is_part(v + 3, 32) || !is_part(v + 36, 16) ||
	    strspn(v + 53, HEX) != 2)
		return NULL;
	if (v[55] != '\0' && (v[55] != '-' || text_starts(v, "00")))
		return NULL;
	if (text_starts(v, "ff") || strspn(v + 3, "0") == 32 ||
	    strspn(v + 36, "0") == 16)
		return NULL;
	return arena_text(a, v + 3, 32);
}

static void
read_headers(struct arena *a, const struct settings *s, char *const *env,
    struct request *req)
{
	const char *name = s->api.correlation_header;
	const struct err **fault = &req->fault;
	const char *value;

	req->content_type = request_header(a, env, "Content-Type", fault);
	req->content_encoding = request_header(a, env, "Content-Encoding",
	    fault);
	req->authorization = authorization_get(env);
	req->idempotency_key = request_header(a, env, "Idempotency-Key",
	    fault);
	req->accept = request_header(a, env, "Accept", fault);
	req->remote = remote_get(a, s, env, req);
	req->trace = trace_get(a, env);
	request_page(a, s, env, fault, &req->page);
	if (name == NULL)
		return;
	value = request_header(a, env, name, fault);
	/* it is logged and passed on, so it is checked beside the pattern */
	if (value != NULL && text_class_match("[!-~]{1,4096}", value) &&
	    (s->api.correlation_pattern == NULL ||
	    text_class_match(s->api.correlation_pattern, value)))
		req->correlation = value;
}

/* --- path and query --------------------------------------------------- */

/* The target of "GET http://host/path": a proxy's form. */
static const char *
without_host(const char *uri)
{
	const char *p = *uri != '/' ? strstr(uri, "://") : NULL;

	if (p == NULL)
		return uri;
	p = strchr(p + 3, '/');
	return p != NULL ? p : "/";
}

static const char *
find_uri(struct arena *a, char *const *env, struct request *req)
{
	const char *uri = request_env(a, env, "REQUEST_URI", &req->fault);
	const char *script, *info, *query;

	if (uri != NULL)
		return without_host(uri);
	script = request_env(a, env, "SCRIPT_NAME", &req->fault);
	info = request_env(a, env, "PATH_INFO", &req->fault);
	query = request_env(a, env, "QUERY_STRING", &req->fault);
	return arena_fmt(a, "%s%s%s%s", script != NULL ? script : "",
	    info != NULL ? info : "", query != NULL ? "?" : "",
	    query != NULL ? query : "");
}

/* The path behind the configured prefix; NULL when the prefix is another. */
static const char *
without_prefix(const char *path, const char *prefix)
{
	size_t len = prefix != NULL ? strlen(prefix) : 0;

	while (len > 0 && prefix[len - 1] == '/')
		len--;
	if (len == 0)
		return path;
	if (strncmp(path, prefix, len) != 0 || path[len] != '/')
		return NULL;
	return path + len;
}

static const struct err *
decode(char *text, bool form)
{
	if (!text_unescape(text, form))
		return err_new(ERR_INVALID, "bad %%-escape in the URL");
	if (!text_is_utf8(text, strlen(text)))
		return err_new(ERR_INVALID, "the URL is not valid UTF-8");
	return NULL;
}

static const struct err *
split_path(struct arena *a, struct request *req)
{
	char *rest = arena_text(a, req->path, strlen(req->path)), *segment;
	const struct err *e;

	if (*rest != '/')
		return NULL; /* no segments: no route */
	rest++;
	while ((segment = strsep(&rest, "/")) != NULL) {
		if (req->n_segments == LIMIT_SEGMENTS)
			return err_new(ERR_MISSING, "there is no such path");
		if ((e = decode(segment, false)) != NULL)
			return e;
		req->segments[req->n_segments++] = segment;
	}
	return NULL;
}

static const struct err *
split_query(struct arena *a, const char *query, bool form,
    struct request *req)
{
	char *rest = arena_text(a, query, strlen(query)), *pair, *value;
	const struct err *e;

	while ((pair = strsep(&rest, "&")) != NULL) {
		if (*pair == '\0')
			continue;
		if (req->n_query == LIMIT_QUERY)
			return err_new(ERR_INVALID,
			    "more than %d parameters in the query",
			    LIMIT_QUERY);
		value = pair;
		(void)strsep(&value, "=");
		if (value == NULL)
			value = arena_text(a, "", 0);
		if ((e = decode(pair, form)) != NULL ||
		    (e = decode(value, form)) != NULL)
			return e;
		req->query[req->n_query++] =
		    (struct request_param){pair, value};
	}
	return NULL;
}

static bool
is_plain(const char *uri)
{
	for (; *uri != '\0'; uri++)
		if ((unsigned char)*uri <= ' ' || *uri == 0x7f)
			return false;
	return true;
}

struct request_target {
	size_t path_len;
	const char *query; /* NULL: none */
	size_t query_len;
	bool form; /* '+' stands for a space */
};

/* The Java edition's client of 1.10 encodes its own "?" like a part of the
 * path; none of our paths has one. The text behind it is encoded like a path.
 */
static void
cut_target(const char *uri, struct request_target *t)
{
	size_t len = strcspn(uri, "#");
	const char *mark = memchr(uri, '?', len);
	size_t width = strlen("?");

	t->form = mark != NULL;
	if (mark == NULL && (mark = strcasestr(uri, "%3F")) != NULL)
		width = strlen("%3F");
	if (mark == NULL || mark >= uri + len) {
		*t = (struct request_target){.path_len = len};
		return;
	}
	t->path_len = (size_t)(mark - uri);
	t->query = mark + width;
	t->query_len = len - t->path_len - width;
}

static const struct err *
read_target(struct arena *a, const struct settings *s, const char *uri,
    struct request *req)
{
	size_t len = strlen(uri);
	const char *under;
	const struct err *e;
	struct request_target t;

	if (len > LIMIT_URI)
		return err_new(ERR_TOOBIG, "the URL is longer than %d bytes",
		    LIMIT_URI);
	if (!is_plain(uri))
		return err_new(ERR_INVALID,
		    "the URL holds a space or a control character");
	cut_target(uri, &t);
	req->path = arena_text(a, uri, t.path_len);
	if ((under = without_prefix(req->path, s->api.prefix)) == NULL)
		return err_new(ERR_MISSING, "there is no such path");
	req->path = under;
	if ((e = split_path(a, req)) != NULL)
		return e;
	if (t.query == NULL)
		return NULL;
	return split_query(a, arena_text(a, t.query, t.query_len), t.form,
	    req);
}

void
request_read(struct arena *a, const struct settings *s, char *const *env,
    struct request *req)
{
	const struct err *e;

	*req = (struct request){.path = "", .body = ""};
	read_method(a, env, req);
	read_refusal(a, env, req);
	read_headers(a, s, env, req);
	e = read_target(a, s, find_uri(a, env, req), req);
	if (e != NULL)
		request_fault(a, &req->fault, e);
}

const char *
request_query(const struct request *req, const char *name)
{
	for (size_t i = 0; i < req->n_query; i++)
		if (strcmp(req->query[i].name, name) == 0)
			return req->query[i].value;
	return NULL;
}

/* --- body ------------------------------------------------------------- */

bool
request_is_json(const struct request *req)
{
	static const char type[] = "application/json";
	const char *rest;

	if (req->content_type == NULL ||
	    strncasecmp(req->content_type, type, sizeof type - 1) != 0)
		return false;
	rest = req->content_type + sizeof type - 1;
	rest += strspn(rest, " \t");
	return *rest == '\0' || *rest == ';';
}

static const struct err *
too_big(int64_t max)
{
	return err_new(ERR_TOOBIG, "the body is larger than %lld bytes",
	    (long long)max);
}

/* Read to the announced length, or to the end when none was announced (a body
 * in chunks, from a web server that passes it on as it comes). */
static const struct err *
read_all(int64_t max, request_source *source, void *from, int64_t announced,
    struct buf *b)
{
	char part[16384];
	long n;

	while (announced < 0 || b->len < (size_t)announced) {
		size_t want = sizeof part;

		if (announced >= 0 && (size_t)announced - b->len < want)
			want = (size_t)announced - b->len;
		if ((n = source(from, part, want)) <= 0)
			break;
		if (!buf_add(b, part, (size_t)n))
			return too_big(max);
	}
	if (announced >= 0 && b->len < (size_t)announced)
		return err_new(ERR_INVALID, "the body ended after %zu of %lld "
		    "bytes", b->len, (long long)announced);
	return NULL;
}

static void
read_body(struct arena *a, int64_t max, char *const *env,
    request_source *source, void *from, struct request *req)
{
	const struct err **fault = &req->fault;
	const char *length = request_env(a, env, "CONTENT_LENGTH", fault);
	struct buf *b;
	int64_t announced = -1;
	const struct err *e;

	if (length != NULL && !text_i64(length, 0, INT64_MAX, &announced))
		request_fault(a, fault, err_new(ERR_INVALID,
		    "bad Content-Length"));
	if (announced > max)
		request_fault(a, fault, too_big(max));
	/* CGI: without a length there is no body, except a chunked one, which
	 * ends with the input */
	if (announced < 0 &&
	    request_env(a, env, "HTTP_TRANSFER_ENCODING", fault) == NULL)
		announced = 0;
	req->body_unread = announced != 0;
	if (req->fault != NULL || announced == 0)
		return;
	b = arena_buf(a, (size_t)max);
	if ((e = read_all(max, source, from, announced, b)) != NULL)
		request_fault(a, fault, e);
	else
		req->body_unread = false;
	req->body = buf_str(b);
	req->body_len = b->len;
}

void
request_body(struct arena *a, int64_t max, char *const *env,
    request_source *source, void *from, struct request *req)
{
	bool was_good = req->fault == NULL;

	read_body(a, max, env, source, from, req);
	req->fault_in_body = was_good && req->fault != NULL;
}
