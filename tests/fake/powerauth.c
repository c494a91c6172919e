/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for PowerAuth Server: two calls over plain HTTP/1.1, a process
 * per connection. The name of an activation says how it fares.
 *
 *   powerauth -d DIR [-p PORT] [-u token:secret] [-a application]...
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/keys.h"

#define APPS_MAX 64

struct stand_in {
	const char *dir;
	int port;
	struct buf basic; /* "Basic ..." that is right; empty: any is */
	const char *apps[APPS_MAX];
	size_t n_apps;
	int ledger;
	struct arena *arena;
};

struct call {
	struct buf in, out;
	char *method, *path, *head, *body;
	size_t whole; /* bytes of this request */
	bool authorized;
};

/* clang-format off */
static const struct activation {
	const char *prefix, *status;
	bool user; /* the rest of the name is the user */
} activations[] = {
    {"act-active-",  "ACTIVE",         true},
    {"act-blocked-", "BLOCKED",        true},
    {"act-pending-", "PENDING_COMMIT", true},
    {"act-slow-",    "ACTIVE",         false},
    {"act-created",  "CREATED",        false},
    {"act-removed",  "REMOVED",        false},
};
/* clang-format on */

/* --- one HTTP request ------------------------------------------------- */

/* The value of a header, in the arena; NULL when absent. */
static const char *
header(struct stand_in *s, const struct call *c, const char *name)
{
	const char *p = c->head;
	size_t len = strlen(name), n;

	while (p != NULL && *p != '\0') {
		n = strcspn(p, "\r");
		if (n > len && strncasecmp(p, name, len) == 0 && p[len] == ':')
			return arena_text(s->arena, p + len + 1 +
			    strspn(p + len + 1, " "), n - len - 1 -
			    strspn(p + len + 1, " "));
		p += n;
		p += strspn(p, "\r\n");
	}
	return NULL;
}

static bool
read_more(int fd, struct call *c)
{
	char data[8192];
	ssize_t n = read(fd, data, sizeof(data));

	return n > 0 && buf_add(&c->in, data, (size_t)n);
}

/* Cut the first line and the headers into texts of the arena. */
static bool
split_head(struct stand_in *s, struct call *c, size_t len)
{
	char *text = arena_text(s->arena, c->in.data, len), *p;

	c->method = text;
	if ((p = strchr(text, ' ')) == NULL)
		return false;
	*p++ = '\0';
	c->path = p;
	if ((p = strchr(p, ' ')) == NULL)
		return false;
	*p++ = '\0';
	p += strcspn(p, "\r");
	c->head = p + strspn(p, "\r\n");
	return true;
}

/* Content-Length only; a client that sends chunks is refused. */
static bool
read_call(int fd, struct stand_in *s, struct call *c)
{
	const char *end, *length;
	uint64_t n = 0;
	size_t head;

	while ((end = c->in.len == 0 ? NULL :
	    strstr(buf_str(&c->in), "\r\n\r\n")) == NULL)
		if (!read_more(fd, c))
			return false;
	head = (size_t)(end - c->in.data) + 4;
	if (!split_head(s, c, head - 2))
		return false;
	length = header(s, c, "content-length");
	if (length != NULL && !text_u64(length, 1024 * 1024, &n))
		return false;
	while (c->in.len < head + n)
		if (!read_more(fd, c))
			return false;
	c->body = arena_text(s->arena, c->in.data + head, (size_t)n);
	c->whole = head + (size_t)n;
	return true;
}

static void
send_text(struct call *c, int status, const char *type, const char *body)
{
	buf_fmt(&c->out, "HTTP/1.1 %d X\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s", status, type, strlen(body), body);
}

static void
send_json(struct call *c, int status, const struct json *j)
{
	send_text(c, status, "application/json", json_pretty(j));
}

static void
send_error(struct stand_in *s, struct call *c, int status, const char *code,
    const char *message)
{
	struct json *j = json_new_object(s->arena), *o;

	json_set_text(j, "status", "ERROR");
	o = json_set_object(j, "responseObject");
	json_set_text(o, "code", code);
	json_set_text(o, "message", message);
	json_set_text(o, "localizedMessage", message);
	send_json(c, status, j);
}

/* --- the two calls ---------------------------------------------------- */

static const struct activation *
find_activation(const char *id)
{
	size_t i;

	for (i = 0; i < nitems(activations); i++)
		if (text_starts(id, activations[i].prefix))
			return &activations[i];
	return NULL;
}

static void
set_or_null(struct json *o, const char *name, const char *text)
{
	if (text != NULL)
		json_set_text(o, name, text);
	else
		json_set_null(o, name);
}

/* An unknown activation is no error, it is REMOVED and of nobody. */
static void
send_status(struct stand_in *s, struct call *c, const char *id)
{
	static const char *const nulls[] = {"extras", "externalId", "platform",
	    "deviceInfo", "blockedReason", "encryptedStatusBlob",
	    "encryptedStatusBlobNonce", "activationCode",
	    "activationSignature", "devicePublicKeyFingerprint", "protocol"};
	const struct activation *a = find_activation(id);
	struct json *j = json_new_object(s->arena), *o;
	const char *user = "unknown";
	char time[CLOCK_TEXT];
	size_t i;

	if (a != NULL)
		user = a->user ? id + strlen(a->prefix) : NULL;
	clock_iso(a != NULL ? clock_now_ms() : 0, "+00:00", time);
	json_set_text(j, "status", "OK");
	o = json_set_object(j, "responseObject");
	json_set_text(o, "activationId", id);
	json_set_text(o, "activationStatus", a ? a->status : "REMOVED");
	json_set_text(o, "activationName", a ? "phone" : "unknown");
	set_or_null(o, "userId", user);
	set_or_null(o, "applicationId", a != NULL ? s->apps[0] : NULL);
	for (i = 0; i < nitems(nulls); i++)
		json_set_null(o, nulls[i]);
	json_set_int(o, "failedAttempts", 0);
	json_set_int(o, "maxFailedAttempts", a != NULL ? 5 : 0);
	json_set_int(o, "version", a != NULL ? 3 : 0);
	json_set_text(o, "timestampCreated", time);
	json_set_text(o, "timestampLastUsed", time);
	json_set_text(o, "timestampLastChange", time);
	(void)json_set_array(o, "activationFlags");
	(void)json_set_array(o, "applicationRoles");
	send_json(c, 200, j);
}

static void
on_status(struct stand_in *s, struct call *c, const struct json *root)
{
	const char *id = json_text(json_get(json_get(root, "requestObject"),
	    "activationId"), NULL);
	uint64_t ms;

	if (id == NULL) {
		send_error(s, c, 400, "ERR0024", "Invalid request.");
		return;
	}
	if (text_starts(id, "act-slow-") && text_u64(id + 9, 3600000, &ms))
		(void)usleep((useconds_t)(ms * 1000));
	if (strcmp(id, "act-500") == 0)
		send_text(c, 500, "application/json", "{\"status\":500,"
		    "\"error\":\"Internal Server Error\"}");
	else if (strcmp(id, "act-garbage") == 0)
		send_text(c, 200, "application/json",
		    "{\"status\":\"OK\",\"re");
	else
		send_status(s, c, id);
}

static void
on_applications(struct stand_in *s, struct call *c, const struct json *root)
{
	struct json *j = json_new_object(s->arena), *o, *list;
	size_t i;

	(void)root;
	json_set_text(j, "status", "OK");
	o = json_set_object(j, "responseObject");
	list = json_set_array(o, "applications");
	for (i = 0; i < s->n_apps; i++) {
		o = json_add_object(list);
		json_set_text(o, "applicationId", s->apps[i]);
		(void)json_set_array(o, "applicationRoles");
	}
	send_json(c, 200, j);
}

static const struct {
	const char *path;
	void (*on)(struct stand_in *, struct call *, const struct json *);
} paths[] = {
    {"/rest/v3/activation/status", on_status},
    {"/rest/v4/activation/status", on_status},
    {"/rest/v3/application/list", on_applications},
    {"/rest/v4/application/list", on_applications},
};

static void
record(struct stand_in *s, const struct call *c, struct json *body)
{
	struct json *j = json_new_object(s->arena);
	char time[CLOCK_TEXT];
	const char *text;
	size_t len;

	json_set_text(j, "method", c->method);
	json_set_text(j, "path", c->path);
	json_set(j, "body", body);
	json_set_bool(j, "authorized", c->authorized);
	json_set_bool(j, "authorization",
	    header(s, c, "authorization") != NULL);
	json_set_text(j, "correlation", header(s, c, "x-correlation-id"));
	clock_iso(clock_now_ms(), "Z", time);
	json_set_text(j, "time", time);
	text = arena_fmt(s->arena, "%s\n", json_write(j, &len));
	if (write(s->ledger, text, len + 1) != (ssize_t)len + 1)
		fatalx("cannot write the ledger");
}

static void
serve_call(struct stand_in *s, struct call *c)
{
	const char *auth = header(s, c, "authorization");
	struct json *root = NULL;
	size_t i;

	c->authorized = s->basic.len == 0 ||
	    (auth != NULL && strcmp(auth, buf_str(&s->basic)) == 0);
	if (json_parse(s->arena, c->body, strlen(c->body), 16, &root) != NULL)
		root = NULL;
	record(s, c, root);
	for (i = 0; i < nitems(paths); i++)
		if (strcmp(c->path, paths[i].path) == 0)
			break;
	if (!c->authorized)
		send_error(s, c, 401, "ERR_AUTHENTICATION",
		    "Authentication failed");
	else if (i == nitems(paths) || strcmp(c->method, "POST") != 0)
		send_error(s, c, 404, "ERROR_NOT_FOUND",
		    "Resource not found.");
	else if (root == NULL)
		send_error(s, c, 400, "ERROR_HTTP_REQUEST",
		    "Invalid request.");
	else
		paths[i].on(s, c, root);
}

static void
serve(struct stand_in *s, int fd)
{
	struct call c = {.in = BUF(2 * 1024 * 1024), .out = BUF(1024 * 1024)};

	while (read_call(fd, s, &c)) {
		serve_call(s, &c);
		if (write(fd, c.out.data, c.out.len) != (ssize_t)c.out.len)
			break;
		buf_drop(&c.in, c.whole);
		buf_reset(&c.out);
		arena_reset(s->arena);
	}
	buf_done(&c.in);
	buf_done(&c.out);
}

/* --- start ------------------------------------------------------------ */

static int
listen_on(struct stand_in *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd, one = 1;

	a.sin_port = htons((uint16_t)s->port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		fatalx("cannot listen on port %d", s->port);
	s->port = ntohs(a.sin_port);
	return fd;
}

static void
publish(struct stand_in *s)
{
	struct json *j = json_new_object(s->arena);
	const struct err *e;
	const char *text;
	size_t len;

	json_set_int(j, "port", s->port);
	json_set_text(j, "url", arena_fmt(s->arena,
	    "http://127.0.0.1:%d/rest", s->port));
	text = json_write(j, &len);
	e = keys_write(arena_fmt(s->arena, "%s/powerauth.json", s->dir), text,
	    len, 0600);
	if (e != NULL)
		fatalx("%s", e->text);
}

static void
open_ledger(struct stand_in *s)
{
	const char *path = arena_fmt(s->arena, "%s/powerauth.ledger", s->dir);

	if (mkdir(s->dir, 0700) == -1 && errno != EEXIST)
		fatalx("cannot make %s", s->dir);
	s->ledger = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (s->ledger == -1)
		fatalx("cannot open %s", path);
}

static void
read_options(int argc, char **argv, struct stand_in *s)
{
	uint64_t port = 0;
	bool ok = true;
	int c;

	while ((c = getopt(argc, argv, "d:p:u:a:")) != -1) {
		if (c == 'd') {
			s->dir = optarg;
		} else if (c == 'p') {
			ok = ok && text_u64(optarg, 65535, &port);
		} else if (c == 'a' && s->n_apps < APPS_MAX) {
			s->apps[s->n_apps++] = optarg;
		} else if (c == 'u') {
			buf_text(&s->basic, "Basic ");
			crypto_base64(optarg, strlen(optarg), &s->basic);
		} else {
			ok = false;
		}
	}
	s->port = (int)port;
	if (ok && s->dir != NULL && optind == argc)
		return;
	(void)fprintf(stderr, "usage: powerauth -d DIR [-p PORT] "
	    "[-u token:secret] [-a application]...\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	struct stand_in s = {.apps = {"mobile-app", "mobile-app-other"},
	    .n_apps = 2, .basic = BUF(1024), .ledger = -1};
	int listener, fd;

	read_options(argc, argv, &s);
	log_open("powerauth", 0, LOG_L_NOTICE);
	s.arena = arena_new();
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	open_ledger(&s);
	listener = listen_on(&s);
	publish(&s);
	arena_reset(s.arena);
	for (;;) {
		if ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) == -1)
			continue;
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
			(void)close(listener);
			serve(&s, fd);
			_exit(0);
		}
		(void)close(fd);
	}
}
