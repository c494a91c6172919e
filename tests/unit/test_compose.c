/* SPDX-License-Identifier: MIT */
/* When a message is sent, until when, and how it is stored. */
#include "core/compose.h"

#include "unit.h"

#include "lib/clock.h"

#define DAY ((int64_t)86400000)
#define NOW ((int64_t)1800000000000) /* 2027-01-15T08:00:00Z */
#define TTL (7 * DAY)

/* clang-format off */
static const struct {
	const char *what;
	int64_t send_at_ms;
	const char *until; /* validUntil; NULL: none */
	int64_t delay_ms, expires_ms;
	bool refused;
} rows[] = {
	{"now", 0, NULL, 0, NOW + TTL},
	{"in the past", NOW - 1, NULL, 0, NOW + TTL},
	{"at this moment", NOW, NULL, 0, NOW + TTL},
	{"in a second", NOW + 1000, NULL, 1000, NOW + 1000 + TTL},
	{"as late as may be", NOW + COMPOSE_DAYS_MAX * DAY, NULL,
	    COMPOSE_DAYS_MAX * DAY, NOW + COMPOSE_DAYS_MAX * DAY + TTL},
	{"later", NOW + COMPOSE_DAYS_MAX * DAY + 1, NULL, 0, 0, true},
	{"at the end of time", INT64_MAX, NULL, 0, 0, true},
	{"valid for an hour", 0, "2027-01-15T09:00:00Z", 0, NOW + DAY / 24},
	/* it is accepted, and expires without being sent */
	{"over already", 0, "2027-01-15T07:00:00Z", 0, NOW - DAY / 24},
	{"no time at all", 0, "tomorrow", 0, NOW + TTL},
	{"valid after it is sent", NOW + 1000, "2027-01-15T08:00:02Z",
	    1000, NOW + 2000},
	{"over when it is sent", NOW + 1000, "2027-01-15T08:00:01Z",
	    0, 0, true},
	{"over before", NOW + 2000, "2027-01-15T08:00:01Z", 0, 0, true},
};
/* clang-format on */

static void
times(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct send_message m = {.send_at_ms = rows[i].send_at_ms,
		    .body = json_new_object(a)};
		struct compose_times t;
		const struct err *e;

		json_set_text(m.body, "validUntil", rows[i].until);
		e = compose_times(&m, NOW, TTL, &t);
		CHECK(rows[i].what, (e != NULL) == rows[i].refused);
		if (e != NULL) {
			CHECK(rows[i].what, e->code == ERR_INVALID);
			continue;
		}
		CHECK(rows[i].what, t.delay_ms == rows[i].delay_ms);
		CHECK(rows[i].what, t.expires_ms == rows[i].expires_ms);
	}
	arena_free(a);
}

static void
stored(void **state)
{
	struct arena *a = arena_new();
	struct send_message m = {.body = json_new_object(a)};
	const char *text;
	size_t len;

	(void)state;
	json_set_text(m.body, "title", "T");
	assert_null(compose_stored(a, &m, 7, &text, &len));
	assert_string_equal(text, "{\"silent\":false,\"high\":true,"
	    "\"expires\":7,\"body\":{\"title\":\"T\"}}");
	assert_int_equal(len, strlen(text));
	m.silent = true;
	m.priority = "NORMAL";
	assert_null(compose_stored(a, &m, 7, &text, &len));
	assert_string_equal(text, "{\"silent\":true,\"high\":false,"
	    "\"expires\":7,\"body\":{\"title\":\"T\"}}");
	m.priority = "HIGH";
	assert_null(compose_stored(a, &m, 7, &text, &len));
	assert_non_null(strstr(text, "\"high\":true"));
	arena_free(a);
}

/* Exactly what its column holds is taken. */
static void
limit(void **state)
{
	struct arena *a = arena_new();
	struct send_message m = {.body = json_new_object(a)};
	char *title = arena_zero(a, COMPOSE_STORED_MAX + 1);
	const char *text;
	const struct err *e;
	size_t len, empty;

	(void)state;
	json_set_text(m.body, "title", "");
	assert_null(compose_stored(a, &m, 7, &text, &empty));
	memset(title, 'x', COMPOSE_STORED_MAX - empty);
	json_set_text(m.body, "title", title);
	assert_null(compose_stored(a, &m, 7, &text, &len));
	assert_int_equal(len, COMPOSE_STORED_MAX);
	title[COMPOSE_STORED_MAX - empty] = 'x';
	json_set_text(m.body, "title", title);
	e = compose_stored(a, &m, 7, &text, &len);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_TOOBIG);
	arena_free(a);
}

static void
messages(void **state)
{
	struct settings s = {.message = {.default_ttl_ms = TTL}};
	struct arena *a = arena_new();
	struct send_message m = {.user_id = "u", .activation_id = "act",
	    .personal = true, .body = json_new_object(a)};
	struct outbox_message out = {0};
	struct message what;
	int64_t before = clock_now_ms();

	(void)state;
	json_set_text(m.body, "body", "B");
	assert_null(compose_message(&s, a, &m, clock_now_ms(),
	    &what, &out));
	assert_string_equal(what.body, "B");
	assert_true(what.high && !what.silent);
	assert_in_range(what.expires_ms, before + TTL, clock_now_ms() + TTL);
	assert_int_equal(out.delay_ms, 0);
	assert_ptr_equal(out.user_id, m.user_id);
	assert_ptr_equal(out.activation_id, m.activation_id);
	assert_true(out.personal && !out.silent);
	assert_int_equal(out.n_targets, 0);
	assert_null(out.published);
	s.message.storage = true;
	m.send_at_ms = before + DAY;
	assert_null(compose_message(&s, a, &m, clock_now_ms(),
	    &what, &out));
	assert_string_equal(out.published, "{\"body\":\"B\"}");
	assert_in_range(out.delay_ms, 1, DAY);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times),
	    cmocka_unit_test(stored),
	    cmocka_unit_test(limit),
	    cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
