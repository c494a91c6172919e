/* SPDX-License-Identifier: MIT */
/* Which services cannot say a message, and whose targets are settled then. */
#include "core/refusal.h"

#include "push_case.h"

#define ASKED 600 /* bytes of the stored form; more is composed */

static const bool all[PLATFORM__COUNT] = {true, true, true, true};

static void
whether(void **state)
{
	static const char none[] = "nothing to show";
	static const struct {
		const char *name, *body;
		bool silent, hms_as_data;
		const char *apns, *fcm, *hms, *webpush; /* reasons */
	} rows[] = {
	    {"a text", "{\"title\":\"t\"}", false, false, NULL, NULL, NULL,
		NULL},
	    {"empty", "{}", false, false, none, none, none, none},
	    {"empty and silent", "{}", true, false, NULL, NULL, NULL, none},
	    {"a badge", "{\"badge\":1}", false, false, NULL, NULL, none, none},
	    {"a badge as data", "{\"badge\":1}", false, true, NULL, NULL,
		NULL, none},
	    {"extras", "{\"extras\":{\"a\":1}}", false, false, NULL, NULL,
		none, none}};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct settings s = {
		    .provider[PLATFORM_HMS].data_only = rows[i].hms_as_data};
		struct message m = message_of(a, rows[i].body,
		    rows[i].silent, true, 0);
		const char *wanted[] = {rows[i].apns, rows[i].fcm,
		    rows[i].hms, rows[i].webpush};
		struct refusal by[PLATFORM__COUNT];

		refusal_find(a, &s, &m, 100, all, by);
		for (int p = 0; p < PLATFORM__COUNT; p++) {
			ROW(rows[i].name,
			    (by[p].reason == NULL) == (wanted[p] == NULL));
			ROW(rows[i].name, by[p].reason == NULL ||
			    (strcmp(by[p].reason, wanted[p]) == 0 &&
				by[p].why[0] != '\0' && !by[p].too_long));
		}
	}
	arena_free(a);
}

/* A message of ASKED bytes in its stored form, filled up with that. */
static struct message
filled(struct arena *a, const char *head, const char *unit, const char *tail)
{
	struct buf b = BUF(4096);
	struct message m;
	struct json *root;
	size_t len;

	(void)buf_text(&b, "{\"silent\":false,\"high\":true,"
	    "\"expires\":1893456000000,\"body\":{");
	(void)buf_text(&b, head);
	while (b.len + strlen(unit) + strlen(tail) + 2 <= ASKED)
		(void)buf_text(&b, unit);
	(void)buf_fmt(&b, "%s}}", tail);
	assert_null(json_parse(a, b.data, b.len, 64, &root));
	(void)json_write(root, &len);
	assert_true(len > ASKED - 20 && len <= ASKED);
	/* the message points into its text */
	assert_null(message_read(a, arena_text(a, b.data, b.len), b.len, &m));
	buf_done(&b);
	return m;
}

/* What is never asked about is never over a limit: the worst of each kind. */
static void
small_ones_fit(void **state)
{
	static const struct {
		const char *head, *unit, *tail;
	} rows[] = {
	    {"\"title\":\"", "\\\"", "\""}, {"\"title\":\"", "\\\\", "\""},
	    {"\"title\":\"", "\\u0001", "\""}, {"\"body\":\"", "\\\"", "\""},
	    {"\"titleLocKey\":\"", "\\\"", "\""},
	    {"\"title\":\"t\",\"collapseKey\":\"", "\\\"", "\""},
	    {"\"title\":\"t\",\"category\":\"", "\\\"", "\""},
	    {"\"titleLocKey\":\"k\",\"titleLocArgs\":[\"\"", ",\"\"", "]"},
	    {"\"titleLocKey\":\"k\",\"titleLocArgs\":[1", ",1", "]"},
	    {"\"title\":\"t\",\"extras\":{\"a\":\"", "\\\"", "\"}"},
	    {"\"title\":\"t\",\"extras\":{\"", "\\\"", "\":1}"},
	    {"\"title\":\"t\",\"extras\":{\"a\":[\"\"", ",\"\"", "]}"},
	    {"\"title\":\"t\",\"extras\":{\"a\":[{}", ",{}", "]}"},
	    {"\"title\":\"t\",\"extras\":{\"a\":[1", ",1", "]}"}};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < 2 * nitems(rows); i++) {
		bool data = i % 2 == 1;
		struct settings s = {
		    .provider[PLATFORM_FCM] = {.data_only = data,
			.apple = true},
		    .provider[PLATFORM_HMS].data_only = data};
		struct message m = filled(a, rows[i / 2].head,
		    rows[i / 2].unit, rows[i / 2].tail);
		struct refusal by[PLATFORM__COUNT];

		refusal_find(a, &s, &m, ASKED + 1, all, by);
		for (int p = 0; p < PLATFORM__COUNT; p++)
			/* Web Push shows no text of a key */
			if (by[p].why != NULL && (by[p].too_long ||
			    p != PLATFORM_WEBPUSH))
				fail_msg("row \"%s%s\" as %s: %s",
				    rows[i / 2].head, rows[i / 2].unit,
				    data ? "data" : "text", by[p].why);
	}
	arena_free(a);
}

static void
whose(void **state)
{
	struct outbox_target targets[] = {
	    {.device = 1, .platform = PLATFORM_HMS},
	    {.device = 2, .platform = PLATFORM_APNS, .refused = "before"},
	    {.device = 3, .platform = PLATFORM_FCM},
	    {.device = 4, .platform = PLATFORM_HMS}};
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"badge\":1}", false, true, 0);
	struct refusal by[PLATFORM__COUNT];
	struct settings s = {0};

	(void)state;
	refusal_mark(a, &s, &m, 100, targets, nitems(targets), by);
	assert_string_equal(targets[0].refused, "nothing to show");
	assert_string_equal(targets[1].refused, "before");
	assert_null(targets[2].refused);
	assert_string_equal(targets[3].refused, "nothing to show");
	assert_int_equal(by[PLATFORM_HMS].devices, 2);
	assert_null(by[PLATFORM_APNS].why); /* nobody of theirs to ask for */
	assert_null(refusal_of_all(targets, nitems(targets), by));
	assert_string_equal(refusal_of_all(targets, 2, by),
	    by[PLATFORM_HMS].why);
	targets[0].refused = NULL;
	memset(by, 0, sizeof by);
	assert_null(refusal_of_all(targets + 1, 1, by)); /* not for this */
	assert_null(refusal_of_all(NULL, 0, by));
	arena_free(a);
}

static void
too_large(void **state)
{
	struct arena *a = arena_new();
	char *text = arena_zero(a, 5001);
	struct json *body = json_new_object(a);
	struct refusal by[PLATFORM__COUNT];
	struct settings s = {0};
	struct message m;

	(void)state;
	memset(text, 'x', 5000);
	json_set_text(body, "title", text);
	assert_null(message_take(a, message_text(a, body), false, true, 0,
	    &m));
	refusal_find(a, &s, &m, 5100,
	    (const bool[PLATFORM__COUNT]){[PLATFORM_FCM] = true}, by);
	assert_null(by[PLATFORM_APNS].why);
	assert_string_equal(by[PLATFORM_FCM].reason, "too large");
	assert_true(by[PLATFORM_FCM].too_long);
	assert_non_null(strstr(by[PLATFORM_FCM].why, "4096 that FCM takes"));
	assert_null(by[PLATFORM_HMS].why);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whether),
	    cmocka_unit_test(small_ones_fit),
	    cmocka_unit_test(whose),
	    cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
