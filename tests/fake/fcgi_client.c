/* SPDX-License-Identifier: MIT */
/*
 * A web server in miniature: one FastCGI request (or -n of them, one after
 * another) to a unix socket, in the way lighttpd words it.
 *
 *   fcgi_client -s SOCKET [-X METHOD] [-H 'Name: value']... [-d @file|text]
 *       [-i] [-n COUNT] [-r ADDRESS] [--abort-after-params]
 *       [--no-content-length] [--raw-file FILE] URI
 *
 * Exit status 0 when a complete answer came, 1 otherwise.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define HEADERS_MAX 64
#define RECORD_MAX 65528 /* a multiple of 8, so that no padding is needed */

enum type {
	FCGI_BEGIN_REQUEST = 1,
	FCGI_ABORT_REQUEST = 2,
	FCGI_END_REQUEST = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7
};

struct job {
	const char *socket, *method, *data, *uri, *raw, *remote;
	const char *headers[HEADERS_MAX];
	size_t n_headers;
	uint64_t count;
	bool head, abort, no_length;
	struct buf body;
};

static void
read_file(const char *path, struct buf *into)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char data[8192];
	size_t n;

	if (file == NULL)
		fatalx("cannot open %s", path);
	while ((n = fread(data, 1, sizeof(data), file)) > 0)
		if (!buf_add(into, data, n))
			fatalx("%s is too large", path);
	if (file != stdin)
		(void)fclose(file);
}

/* --- records out ------------------------------------------------------ */

static void
add_record(struct buf *out, enum type type, const void *data, size_t len)
{
	unsigned char h[8] = {1, (unsigned char)type, 0, 1,
	    (unsigned char)(len >> 8), (unsigned char)len, 0, 0};

	if (!buf_add(out, h, sizeof(h)) || !buf_add(out, data, len))
		fatalx("request too large");
}

/* A stream: as many records as it takes, and the empty one that ends it. */
static void
add_stream(struct buf *out, enum type type, const struct buf *b)
{
	size_t at, n;

	for (at = 0; at < b->len; at += n) {
		n = b->len - at < RECORD_MAX ? b->len - at : RECORD_MAX;
		add_record(out, type, b->data + at, n);
	}
	add_record(out, type, "", 0);
}

static void
add_length(struct buf *b, size_t n)
{
	unsigned char l[4] = {(unsigned char)(0x80 | n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n};

	if (n < 128)
		buf_add(b, &l[3], 1);
	else
		buf_add(b, l, 4);
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
	add_length(b, strlen(name));
	add_length(b, strlen(value));
	buf_text(b, name);
	buf_text(b, value);
}

/* "X-Some: value" is HTTP_X_SOME; the content's own have no prefix. */
static void
add_header(struct buf *b, const char *line)
{
	struct buf name = BUF(1024);
	const char *colon = strchr(line, ':'), *p;
	char c;

	if (colon == NULL)
		fatalx("header without colon: %s", line);
	if (strncasecmp(line, "content-type:", 13) != 0)
		buf_text(&name, "HTTP_");
	for (p = line; p < colon; p++) {
		c = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
		buf_add(&name, &c, 1);
	}
	p = colon + 1;
	add_param(b, buf_str(&name), p + strspn(p, " "));
	buf_done(&name);
}

static bool
has_type(const struct job *j)
{
	size_t i;

	for (i = 0; i < j->n_headers; i++)
		if (strncasecmp(j->headers[i], "content-type:", 13) == 0)
			return true;
	return false;
}

static void
add_content(const struct job *j, struct buf *b)
{
	char length[24];

	if (j->data == NULL)
		return;
	if (!has_type(j))
		add_param(b, "CONTENT_TYPE", "application/json");
	if (j->no_length)
		return;
	(void)snprintf(length, sizeof(length), "%zu", j->body.len);
	add_param(b, "CONTENT_LENGTH", length);
}

static void
add_params(const struct job *j, struct buf *b)
{
	size_t path = strcspn(j->uri, "?"), i;
	char *script = xstrdup(j->uri);

	script[path] = '\0';
	add_param(b, "REQUEST_METHOD", j->method);
	add_param(b, "REQUEST_URI", j->uri);
	add_param(b, "QUERY_STRING", j->uri[path] == '?' ?
	    j->uri + path + 1 : "");
	(void)text_unescape(script, false);
	add_param(b, "SCRIPT_NAME", script);
	add_param(b, "SERVER_PROTOCOL", "HTTP/1.1");
	add_param(b, "SERVER_SOFTWARE", "fcgi_client");
	add_param(b, "GATEWAY_INTERFACE", "CGI/1.1");
	add_param(b, "REQUEST_SCHEME", "http");
	add_param(b, "SERVER_NAME", "localhost");
	add_param(b, "SERVER_ADDR", "127.0.0.1");
	add_param(b, "SERVER_PORT", "80");
	add_param(b, "REMOTE_ADDR", j->remote);
	add_param(b, "REMOTE_PORT", "40000");
	add_content(j, b);
	for (i = 0; i < j->n_headers; i++)
		add_header(b, j->headers[i]);
	free(script);
}

static void
build(const struct job *j, struct buf *out)
{
	static const unsigned char responder[8] = {0, 1};
	struct buf params = BUF(1024 * 1024);

	if (j->raw != NULL) {
		read_file(j->raw, out);
		return;
	}
	add_record(out, FCGI_BEGIN_REQUEST, responder, sizeof(responder));
	add_params(j, &params);
	add_stream(out, FCGI_PARAMS, &params);
	buf_done(&params);
	if (j->abort)
		add_record(out, FCGI_ABORT_REQUEST, "", 0);
	else
		add_stream(out, FCGI_STDIN, &j->body);
}

/* --- records in ------------------------------------------------------- */

static bool
read_all(int fd, void *into, size_t len)
{
	char *p = into;
	ssize_t n;

	for (; len > 0; len -= (size_t)n, p += n)
		if ((n = read(fd, p, len)) <= 0)
			return false;
	return true;
}

/* True when the end of the request came and says it was completed. */
static bool
read_answer(int fd, struct buf *out)
{
	unsigned char h[8], data[65536 + 256] = {0};
	size_t len;

	while (read_all(fd, h, sizeof(h))) {
		len = (size_t)h[4] << 8 | h[5];
		if (h[0] != 1 || !read_all(fd, data, len + h[6]))
			return false;
		if (h[1] == FCGI_STDOUT && !buf_add(out, data, len))
			return false;
		if (h[1] == FCGI_STDERR)
			(void)fwrite(data, 1, len, stderr);
		if (h[1] == FCGI_END_REQUEST)
			return len == 8 && data[4] == 0;
	}
	return false;
}

/* The CGI head as a web server would send it. */
static void
print_head(const char *p, const char *end)
{
	const char *status = "200 OK", *q, *eol;
	size_t len = 6;

	for (q = p; q < end; q = eol + 1) {
		if ((eol = memchr(q, '\n', (size_t)(end - q))) == NULL)
			eol = end;
		if (strncasecmp(q, "Status: ", 8) == 0) {
			status = q + 8;
			len = strcspn(status, "\r\n");
		}
	}
	(void)printf("HTTP/1.1 %.*s\r\n", (int)len, status);
	for (q = p; q < end; q = eol + 1) {
		if ((eol = memchr(q, '\n', (size_t)(end - q))) == NULL)
			eol = end;
		len = (size_t)(eol - q);
		if (len > 0 && q[len - 1] == '\r')
			len--;
		if (len > 0 && strncasecmp(q, "Status: ", 8) != 0)
			(void)printf("%.*s\r\n", (int)len, q);
	}
	(void)printf("\r\n");
}

/* False when there is no head. */
static bool
print_answer(const struct job *j, const struct buf *out)
{
	const char *text = buf_str(out), *blank = strstr(text, "\r\n\r\n");
	size_t gap = 4;

	if (blank == NULL) {
		blank = strstr(text, "\n\n");
		gap = 2;
	}
	if (blank == NULL)
		return false;
	if (j->head)
		print_head(text, blank);
	blank += gap;
	(void)fwrite(blank, 1, out->len - (size_t)(blank - text), stdout);
	return true;
}

static bool
run(const struct job *j)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct buf in = BUF(256u * 1024 * 1024), out = BUF(256u * 1024 * 1024);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (strlen(j->socket) >= sizeof(a.sun_path))
		fatalx("socket path too long");
	memcpy(a.sun_path, j->socket, strlen(j->socket) + 1);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		fatalx("cannot connect to %s", j->socket);
	build(j, &in);
	/* A responder may answer and close before it has read everything. */
	(void)send(fd, in.data, in.len, MSG_NOSIGNAL);
	if (j->abort || j->raw != NULL)
		(void)shutdown(fd, SHUT_WR);
	ok = read_answer(fd, &out) && print_answer(j, &out);
	(void)close(fd);
	buf_done(&in);
	buf_done(&out);
	return ok;
}

/* --- options ---------------------------------------------------------- */

enum { OPT_ABORT = 256, OPT_NO_LENGTH, OPT_RAW };

static const struct option longs[] = {
    {"abort-after-params", no_argument, NULL, OPT_ABORT},
    {"no-content-length", no_argument, NULL, OPT_NO_LENGTH},
    {"raw-file", required_argument, NULL, OPT_RAW},
    {NULL, 0, NULL, 0}
};

static void
usage(void)
{
	(void)fprintf(stderr, "usage: fcgi_client -s SOCKET [-X METHOD] "
	    "[-H 'Name: value']... [-d @file|text]\n    [-i] [-n COUNT] "
	    "[-r ADDRESS] [--abort-after-params] [--no-content-length]\n"
	    "    [--raw-file FILE] URI\n");
	exit(2);
}

static void
set_option(struct job *j, int c)
{
	if (c == 's')
		j->socket = optarg;
	else if (c == 'X')
		j->method = optarg;
	else if (c == 'H' && j->n_headers < HEADERS_MAX)
		j->headers[j->n_headers++] = optarg;
	else if (c == 'd')
		j->data = optarg;
	else if (c == 'r')
		j->remote = optarg;
	else if (c == 'i')
		j->head = true;
	else if (c == OPT_ABORT)
		j->abort = true;
	else if (c == OPT_NO_LENGTH)
		j->no_length = true;
	else if (c == OPT_RAW)
		j->raw = optarg;
	else if (c != 'n' || !text_u64(optarg, 1000000000, &j->count))
		usage();
}

int
main(int argc, char **argv)
{
	struct job j = {.count = 1, .remote = "127.0.0.1",
	    .body = BUF(128 * 1024 * 1024)};
	const char *letters = "s:X:H:d:in:r:";
	bool ok = true;
	int c;

	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		set_option(&j, c);
	if (j.socket == NULL || (optind != argc - 1 && j.raw == NULL))
		usage();
	j.uri = optind < argc ? argv[optind] : "/";
	if (j.method == NULL)
		j.method = j.data != NULL ? "POST" : "GET";
	if (j.data != NULL && j.data[0] == '@')
		read_file(j.data + 1, &j.body);
	else if (j.data != NULL)
		buf_text(&j.body, j.data);
	while (ok && j.count-- > 0)
		ok = run(&j);
	buf_done(&j.body);
	return ok ? 0 : 1;
}
