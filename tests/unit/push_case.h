/* SPDX-License-Identifier: MIT */
/* What the tests of the providers share. Each table row has a name, which is
 * told when the row fails. */
#ifndef TESTS_UNIT_PUSH_CASE_H
#define TESTS_UNIT_PUSH_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "push/message.h"
#include "push/provider.h"

#define ROW(name, condition)                                                 \
	do {                                                                 \
		if (!(condition)) {                                          \
			fail_msg("row \"%s\": not %s", name, #condition);    \
			__builtin_unreachable(); /* it jumps */              \
		}                                                            \
	} while (0)

#define ROW_TEXT(name, got, wanted)                                          \
	do {                                                                 \
		if (strcmp(got, wanted) != 0)                                \
			fail_msg("row \"%s\": \"%s\", not \"%s\"", name,     \
			    got, wanted);                                    \
	} while (0)

static bool same_json(const struct json *a, const struct json *b);

struct same_as {
	const struct json *other;
	size_t n;
	bool same;
};

static inline bool
same_member(const char *name, struct json *value, void *arg)
{
	struct same_as *s = arg;

	s->n++;
	s->same = s->same && json_has(s->other, name) &&
	    same_json(value, json_get(s->other, name));
	return true;
}

/* Equal but for the order of members. */
static bool
same_json(const struct json *a, const struct json *b)
{
	struct same_as forth = {b, 0, true}, back = {a, 0, true};

	if (json_kind(a) != json_kind(b))
		return false;
	switch (json_kind(a)) {
	case JSON_OBJECT:
		json_each(a, same_member, &forth);
		json_each(b, same_member, &back);
		return forth.same && back.same && forth.n == back.n;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_len(a); i++)
			if (!same_json(json_at(a, i), json_at(b, i)))
				return false;
		return json_len(a) == json_len(b);
	default:
		return strcmp(json_as_text(a), json_as_text(b)) == 0;
	}
}

static inline void
row_json(const char *name, const char *got, const char *wanted)
{
	struct json *a = NULL, *b = NULL;

	ROW(name, json_parse(NULL, got, strlen(got), 32, &a) == NULL);
	ROW(name, json_parse(NULL, wanted, strlen(wanted), 32, &b) == NULL);
	if (!same_json(a, b))
		fail_msg("row \"%s\":\n%s\nnot\n%s", name, got, wanted);
	json_free(a);
	json_free(b);
}

/* A message by way of its stored form. */
static inline struct message
message_of(struct arena *a, const char *body, bool silent, bool high,
    int64_t expires_ms)
{
	struct message m;
	struct json *root;
	const char *stored;
	size_t len;

	assert_null(json_parse(a, body, strlen(body), 32, &root));
	stored = message_write(a, message_text(a, root), silent, high,
	    expires_ms, &len);
	assert_null(message_read(a, stored, len, &m));
	return m;
}

static inline void
answer_with(struct exchange *x, int status, const char *body,
    unsigned retry_after_s)
{
	exchange_reset(x);
	x->end = EXCHANGE_ANSWERED;
	x->status = status;
	x->retry_after_s = retry_after_s;
	(void)buf_text(&x->answer, body);
}

static inline const char *
header_of(const struct exchange *x, const char *name)
{
	for (unsigned i = 0; i < x->n_headers; i++)
		if (strcmp(x->headers[i].name, name) == 0)
			return x->headers[i].value;
	return "none";
}

struct judge_row {
	const char *name;
	int status;
	const char *body;
	unsigned retry_after_s;
	enum verdict_kind kind;
	unsigned cure, after_s;
	const char *why;
};

static inline void
check_verdict(const struct judge_row *r, const struct verdict *v)
{
	ROW_TEXT(r->name, verdict_name(v->kind), verdict_name(r->kind));
	if (v->cure != r->cure)
		fail_msg("row \"%s\": cure %u, not %u", r->name, v->cure,
		    r->cure);
	if (v->after_s != r->after_s)
		fail_msg("row \"%s\": after %u s, not %u", r->name,
		    v->after_s, r->after_s);
	ROW(r->name, v->uncounted == (r->kind == VERDICT_HOLD));
	if (r->why != NULL)
		ROW_TEXT(r->name, v->why, r->why);
}

/* Each row's answer to one target. */
static inline void
check_judge(const struct provider *p, const struct judge_row *rows, size_t n)
{
	struct exchange *x = exchange_new();
	struct target target = {"token-1", 7};
	struct verdict v;

	for (size_t i = 0; i < n; i++) {
		memset(&v, 0xff, sizeof v);
		answer_with(x, rows[i].status, rows[i].body,
		    rows[i].retry_after_s);
		p->judge(x, &target, 1, &v);
		check_verdict(&rows[i], &v);
	}
	exchange_free(x);
}

/* What was sent comes back as a reason: nothing of it may be told. */
static inline void
check_echo(const struct provider *p)
{
	static const char *const forms[] = {"{\"reason\":\"%s\"}",
	    "{\"error\":{\"status\":\"%s\"}}", "{\"code\":\"%s\"}",
	    "{\"error\":{\"details\":[{\"@type\":\"type.googleapis.com/"
	    "google.firebase.fcm.v1.FcmError\",\"errorCode\":\"%s\"}]}}",
	    "{\"code\":\"80100000\",\"msg\":\"{\\\"illegal_tokens\\\":"
	    "{\\\"%s\\\":[\\\"token-1\\\"]}}\"}"};
	static const char *const echoes[] = {"Your balance is 745",
	    "0f3a9c1db8e2475600f3a9c1db8e2475600f3a9c1db8e24756"};
	struct exchange *x = exchange_new();
	struct target target = {"token-1", 7};
	struct verdict v;
	char body[300];

	for (size_t i = 0; i < nitems(forms); i++)
		for (size_t k = 0; k < nitems(echoes); k++) {
			const char *part = k == 0 ? "balance" : "0f3a9c1";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(body, sizeof body, forms[i], echoes[k]);
#pragma GCC diagnostic pop
			answer_with(x, 400, body, 0);
			p->judge(x, &target, 1, &v);
			ROW(body, v.why[0] != '\0');
			ROW(body, strstr(v.why, part) == NULL);
		}
	exchange_free(x);
}

/* No answer at all, and answers made to hurt: nothing of it costs a device
 * its registration. */
static inline void
check_hostile(const struct provider *p)
{
	static const char *const bodies[] = {"", "[]", "null", "7", "\"x\"",
	    "{", "{\"reason\":7}", "{\"reason\":null}", "{\"code\":{}}",
	    "{\"error\":[]}", "{\"error\":{\"details\":{}}}",
	    "{\"error\":{\"details\":[[],7,null]}}",
	    "{\"name\":\"projects//messages/1\"}", "\xff\xfe",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "<html>410 Gone</html>",
	    "{\"reason\":\"Unregistered\",\"reason\":\"a\\u0000b\"}",
	    "{\"reason\":\"a\\r\\nb\\u001b[31m\"}"};
	static const int statuses[] = {100, 204, 302, 400, 401, 403, 404, 407,
	    410, 418, 500, 502, 599, 0, -1, 1000};
	struct exchange *x = exchange_new();
	struct target target = {"token-1", 7};
	struct verdict v;

	for (size_t i = 0; i < nitems(bodies); i++)
		for (size_t k = 0; k < nitems(statuses); k++) {
			answer_with(x, statuses[k], bodies[i], UINT32_MAX);
			p->judge(x, &target, 1, &v);
			ROW(bodies[i], v.kind != VERDICT_SENT);
			ROW(bodies[i], v.kind != VERDICT_GONE);
			ROW(bodies[i], v.kind != VERDICT_SUSPECT);
			ROW(bodies[i], v.after_s <= 86400);
			for (const char *c = v.why; *c != '\0'; c++)
				ROW(bodies[i], *c >= ' ' && *c <= '~');
		}
	exchange_free(x);
}

static inline void
check_transport(const struct provider *p, unsigned after_unknown_s)
{
	struct exchange *x = exchange_new();
	struct target target = {"token-1", 7};
	struct verdict v;

	exchange_fail(x, EXCHANGE_UNSENT, "refused\nstream %d", 7);
	p->judge(x, &target, 1, &v);
	assert_int_equal(v.kind, VERDICT_RETRY);
	assert_true(v.uncounted);
	assert_int_equal(v.after_s, 0);
	assert_string_equal(v.why, "refused?stream 7");

	exchange_reset(x);
	exchange_fail(x, EXCHANGE_UNKNOWN, "%s", "");
	p->judge(x, &target, 1, &v);
	assert_int_equal(v.kind, VERDICT_RETRY);
	assert_false(v.uncounted);
	assert_int_equal(v.after_s, after_unknown_s);
	assert_string_equal(v.why, "no answer");
	exchange_free(x);
}

#endif
