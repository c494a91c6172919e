/* SPDX-License-Identifier: MIT */
/*
 * A call from the web server's environment to the bytes of the answer,
 * through the real tables. Its first line has letters, "p", "a" or "i" for
 * the program and what else shall be: "b" auth = basic, "j" the Java dialect,
 * "m" registration of several, "s" message storage, and a number: the route
 * to take when no REQUEST_URI is given.
 */
#ifndef TESTS_FUZZ_CALL_H
#define TESTS_FUZZ_CALL_H

#include "tests/fuzz/key_file.h"
#include "tests/fuzz/programs.h"
#include "tests/fuzz/request.h"
#include "tests/fuzz/strict_json.h"

/* The defaults, read once, and what the letters say. */
static void
settings_of(const char *letters, struct settings *s)
{
	static struct settings defaults;

	if (defaults.secrets.key_file == NULL)
		MUST(settings_load("/dev/null", &defaults) == NULL);
	*s = defaults;
	s->api.auth = strchr(letters, 'b') != NULL ? AUTH_BASIC : AUTH_NONE;
	s->api.dialect = strchr(letters, 'j') != NULL ? DIALECT_JAVA
						      : DIALECT_PUBLISHED;
	s->registration.multiple_activations = strchr(letters, 'm') != NULL;
	s->message.storage = strchr(letters, 's') != NULL;
	s->sendd.doorbell = NULL;
	s->api.body_max = 16384;
}

static const struct responder *
program_of(const char *letters)
{
	return &programs[strchr(letters, 'a') != NULL ? 1
		: strchr(letters, 'i') != NULL	      ? 2
						      : 0];
}

/* Add NAME=value, unless the environment has it already. */
static void
complete_with(char **env, const char *name_value)
{
	size_t len = strcspn(name_value, "=") + 1;

	for (; *env != NULL; env++)
		if (strncmp(*env, name_value, len) == 0)
			return;
	env[0] = (char *)(uintptr_t)name_value;
	env[1] = NULL;
}

/* The path of the route of that number, its first method, JSON. */
static void
complete(struct arena *a, const struct responder *r, const char *line,
    size_t body_len, char **env)
{
	static const char *const words[] = {"GET", "POST", "PUT", "DELETE"};
	const char *number = line + strcspn(line, "0123456789");
	const struct route *route = &r->routes[strtoul(number, NULL, 10) %
	    r->n_routes];
	const char *id = strstr(route->path, "{id}");
	size_t w = 0;

	while ((route->methods & (1u << w)) == 0)
		w++;
	complete_with(env, arena_fmt(a, "REQUEST_METHOD=%s", words[w]));
	complete_with(env, id == NULL
		? arena_fmt(a, "REQUEST_URI=%s", route->path)
		: arena_fmt(a, "REQUEST_URI=%.*s7%s", (int)(id - route->path),
		    route->path, id + 4));
	complete_with(env, "CONTENT_TYPE=application/json");
	complete_with(env, arena_fmt(a, "CONTENT_LENGTH=%zu", body_len));
}

/* Status and headers, each on a line of its own, then an empty one. */
static void
check_head(const struct reply *r)
{
	struct buf head = BUF(16384);
	const char *p, *end;
	char length[48];

	reply_head(r, &head);
	MUST(!head.overflowed && strlen(buf_str(&head)) == head.len);
	MUST(strncmp(head.data, "Status: ", 8) == 0);
	for (p = head.data; (end = strstr(p, "\r\n")) != p; p = end + 2) {
		MUST(end != NULL && strcspn(p, "\r\n") == (size_t)(end - p));
		MUST(memchr(p, ':', (size_t)(end - p)) != NULL);
	}
	MUST(p + 2 == head.data + head.len);
	(void)snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n",
	    r->body_len);
	MUST(strstr(head.data, length) != NULL);
	buf_done(&head);
}

/* 409, 429 and 500 come of a database only. A request that the web server
 * refuses has the web server's status. */
static void
check_reply(const struct reply *r, const struct request *req, bool db)
{
	static const int known[] = {200, 400, 401, 403, 404, 405, 413, 415,
	    503, 409, 429, 500};
	bool is_known = req->refused != 0 && r->status == req->refused;

	for (size_t i = 0; i < nitems(known) - (db ? 0 : 3); i++)
		is_known = is_known || r->status == known[i];
	MUST(is_known);
	MUST(r->body != NULL && strlen(r->body) == r->body_len);
	MUST(r->headless == (req->method == M_HEAD));
	MUST(r->n_headers > 0 && r->n_headers <= REPLY_HEADERS);
	if (r->type != NULL && strcmp(r->type, "application/json") == 0)
		MUST(is_strict_json(r->body, r->body_len, 64, NULL));
	else
		MUST(r->body_len == 0 || r->status == 200);
	check_head(r);
}

/* The line, the environment, an empty line, the body. */
static void
call(struct input *in, const char *line, bool db)
{
	const struct responder *r = program_of(line);
	char *env[ENV_MAX + 5];
	struct settings s;
	struct request req;
	struct reply reply;
	struct worker w = {.settings = &s, .keyring = fuzz_keyring(),
	    .offline = !db, .bell = {NULL, -1}, .mem = arena_new()};

	settings_of(line, &s);
	env_read(in, env);
	complete(w.mem, r, line, in->left, env);
	request_of(w.mem, &s, in, env, &req);
	serve_call(r, &w, &req, &reply);
	check_reply(&reply, &req, db);
	arena_free(w.mem);
}

#endif
