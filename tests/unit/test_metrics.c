/* SPDX-License-Identifier: MIT */
#include "fcgi/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/histogram.h"
#include "lib/mem.h"

static struct counter counters[] = {
	/* clang-format off */
	{1, "a", 0, "sent", "", 12},
	{1, "a", 0, "failed", "say \"hi\"\\\n\033x", 3},
	{1, "a", 9, "failed", NULL, 1},
	/* clang-format on */
};

static struct outbox_depth depths[] = {
	/* clang-format off */
	{"a", 1, 0, 5, 2, 0, 990000},
	{"a", 1, 1, 7, 0, 0, 2000000}, /* a clock that is behind */
	/* clang-format on */
};

static struct credential_status healths[] = {
	{.app_id = "a", .platform = 0, .environment = 0, .state = "ok",
	    .seen_ms = 1000000, .host = ""},
	{.app_id = "a", .platform = 0, .environment = 1, .state = "held",
	    .seen_ms = 999000, .host = ""},
	{.app_id = "a", .platform = 1, .state = "ok", .seen_ms = 999000,
	    .host = ""},
	{.app_id = "a", .platform = PLATFORM_WEBPUSH, .state = "ok",
	    .seen_ms = 999000, .host = "fcm.googleapis.com"},
	{.app_id = "a", .platform = PLATFORM_WEBPUSH, .state = "ok",
	    .seen_ms = 999000, .host = "web.push.apple.com"},
	{.app_id = "a", .platform = PLATFORM_WEBPUSH, .state = "held",
	    .seen_ms = 999000, .host = "web.push.apple.com"},
	{.app_id = "b", .platform = 1, .state = "held", .seen_ms = 1000,
	    .host = ""},
};

static struct hold holds[] = {{1, "a", HOLD_ALL, 5, "maintenance", ""},
    {1, "a", PLATFORM_WEBPUSH, 5, "", "web.push.apple.com"}};

static struct instance instances[] = {
	{"one", "{\"inHand\":4,\"goaways\":2,\"clockAheadMs\":-1500,"
	    "\"nodeAheadMs\":20250,"
	    "\"answers\":{\"apns\":"
	    "[1,0,2,0,0,0,0,0,0,0,0,3,33000500]},\"tries\":{\"apns\":"
	    "[5,1,0,0,0,1,18],\"fcm\":[1,2]}}", 1000, 998500, 1000000, 64},
	{"two", "no JSON", 1000, 900000, 1000000, 0},
};

static struct load load = {40, 3, 7};

static char *
text_of(const struct metrics *m)
{
	struct buf b = BUF(1024 * 1024);
	struct arena *a = arena_new();
	char *text;

	metrics_write(m, a, &b);
	assert_false(b.overflowed);
	text = xstrdup(buf_str(&b));
	buf_done(&b);
	arena_free(a);
	return text;
}

static void
has_line(const char *text, const char *line)
{
	char *wanted = xmalloc(strlen(line) + 3);

	(void)snprintf(wanted, strlen(line) + 3, "\n%s\n", line);
	if (strstr(text, wanted) == NULL)
		fail_msg("no line \"%s\" in:\n%s", line, text);
	free(wanted);
}

static void
all_families(void **state)
{
	static const char *const lines[] = {
	    "# TYPE outpost_outcomes_total counter",
	    "outpost_outcomes_total{app=\"a\",provider=\"apns\","
	    "outcome=\"sent\",reason=\"\"} 12",
	    "outpost_outcomes_total{app=\"a\",provider=\"apns\","
	    "outcome=\"failed\",reason=\"say \\\"hi\\\"\\\\\\n?x\"} 3",
	    "outpost_outcomes_total{app=\"a\",provider=\"all\","
	    "outcome=\"failed\",reason=\"\"} 1",
	    "outpost_queue_depth{app=\"a\",provider=\"fcm\",lane=\"0\"} 5",
	    "outpost_queue_retried{app=\"a\",provider=\"fcm\",lane=\"0\"} 2",
	    "outpost_queue_oldest_seconds{app=\"a\",provider=\"fcm\","
	    "lane=\"0\"} 10",
	    "outpost_queue_oldest_seconds{app=\"a\",provider=\"fcm\","
	    "lane=\"1\"} 0",
	    "outpost_hold{app=\"a\",provider=\"apns\"} 1",
	    "outpost_hold{app=\"a\",provider=\"fcm\"} 0",
	    "outpost_hold{app=\"a\",provider=\"webpush\","
	    "host=\"fcm.googleapis.com\"} 0\n"
	    "outpost_hold{app=\"a\",provider=\"webpush\","
	    "host=\"web.push.apple.com\"} 1\n"
	    "outpost_hold{app=\"b\",provider=\"fcm\"} 0",
	    "outpost_operator_hold{app=\"a\",provider=\"all\"} 1",
	    "outpost_operator_hold{app=\"a\",provider=\"webpush\","
	    "host=\"web.push.apple.com\"} 1",
	    "outpost_sendd_up{instance=\"one\"} 1",
	    "outpost_sendd_up{instance=\"two\"} 0",
	    "outpost_sendd_last_loop_seconds{instance=\"one\"} 1.500",
	    "outpost_sendd_shards{instance=\"one\"} 64",
	    "outpost_sendd_in_hand{instance=\"one\"} 4",
	    "outpost_sendd_goaways_total{instance=\"one\"} 2",
	    "# TYPE outpost_clock_offset_seconds gauge",
	    "outpost_clock_offset_seconds{program=\"sendd\","
	    "instance=\"one\"} -1.500",
	    "outpost_clock_offset_seconds{program=\"push\","
	    "instance=\"\"} 90.001",
	    "outpost_sendd_node_ahead_seconds{instance=\"one\"} 20.250",
	    "outpost_calls_waiting{program=\"push\"} 40",
	    "outpost_calls_queued{program=\"push\"} 3",
	    "# TYPE outpost_calls_refused_total counter",
	    "outpost_calls_refused_total{program=\"push\"} 7",
	    "# TYPE outpost_answer_seconds histogram",
	    "outpost_answer_seconds_bucket{instance=\"one\","
	    "provider=\"apns\",le=\"0.005\"} 1",
	    "outpost_answer_seconds_bucket{instance=\"one\","
	    "provider=\"apns\",le=\"0.01\"} 1",
	    "outpost_answer_seconds_bucket{instance=\"one\","
	    "provider=\"apns\",le=\"0.025\"} 3",
	    "outpost_answer_seconds_bucket{instance=\"one\","
	    "provider=\"apns\",le=\"10\"} 3",
	    "outpost_answer_seconds_bucket{instance=\"one\","
	    "provider=\"apns\",le=\"+Inf\"} 6",
	    "outpost_answer_seconds_sum{instance=\"one\","
	    "provider=\"apns\"} 33.0005",
	    "outpost_answer_seconds_count{instance=\"one\","
	    "provider=\"apns\"} 6",
	    "# TYPE outpost_tries histogram",
	    "outpost_tries_bucket{instance=\"one\",provider=\"apns\","
	    "le=\"2\"} 6",
	    "outpost_tries_bucket{instance=\"one\",provider=\"apns\","
	    "le=\"+Inf\"} 7",
	    "outpost_tries_sum{instance=\"one\",provider=\"apns\"} 18"};
	struct metrics m = {counters, nitems(counters), depths,
	    nitems(depths), healths, nitems(healths), holds, nitems(holds),
	    instances, nitems(instances), 1000000, 15000, "push", 90001,
	    &load};
	char *text = text_of(&m);

	(void)state;
	for (size_t i = 0; i < nitems(lines); i++)
		has_line(text, lines[i]);
	assert_null(strstr(text, "sendd_in_hand{instance=\"two\"}"));
	/* not of the kind: of another version's sendd */
	assert_null(strstr(text, "tries_bucket{instance=\"one\","
	    "provider=\"fcm\""));
	free(text);
}

/* Each line is a comment or "name{labels} number"; each family is said once
 * and its rows follow it. */
static void
form(void **state)
{
	struct metrics m = {counters, nitems(counters), depths,
	    nitems(depths), healths, nitems(healths), holds, nitems(holds),
	    instances, nitems(instances), 1000000, 15000, "push", 90001,
	    &load};
	char *text = text_of(&m), *rest = text, *line;
	char family[64] = "";

	(void)state;
	assert_int_equal(text[strlen(text) - 1], '\n');
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		char *end;

		if (strncmp(line, "# TYPE ", 7) == 0) {
			(void)snprintf(family, sizeof family, "%.*s",
			    (int)strcspn(line + 7, " "), line + 7);
			continue;
		}
		if (*line == '#')
			continue;
		assert_memory_equal(line, family, strlen(family));
		assert_non_null(strchr("_{", line[strlen(family)]));
		end = strrchr(line, ' ');
		assert_non_null(end);
		end += 1 + (end[1] == '-');
		assert_true(*end != '\0');
		assert_int_equal(strspn(end, "0123456789."), strlen(end));
	}
	free(text);
}

/* A value equal to a bound is within it; what is written is read back. */
static void
histogram(void **state)
{
	const struct histogram_kind *k = &histogram_tries;
	struct histogram h = {{0}}, back;
	struct arena *a = arena_new();
	struct buf b = BUF(1024);
	struct json *j;

	(void)state;
	for (int64_t v = 0; v <= 11; v++)
		histogram_add(&h, k, v);
	histogram_write(&h, k, &b);
	assert_string_equal(buf_str(&b), "[2,1,1,2,5,1,66]");
	assert_null(json_parse(a, b.data, b.len, 2, &j));
	assert_true(histogram_read(j, k, &back));
	assert_memory_equal(back.n, h.n, k->n * sizeof h.n[0]);
	assert_int_equal(back.sum, 66);
	assert_false(histogram_read(j, &histogram_answers, &back));
	assert_false(histogram_read(NULL, k, &back));
	buf_done(&b);
	arena_free(a);
}

static void
nothing_at_all(void **state)
{
	struct metrics m = {.lease_ms = 1};
	char *text = text_of(&m);

	(void)state;
	assert_non_null(strstr(text, "# TYPE outpost_queue_depth gauge\n"));
	assert_null(strstr(text, "{"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_families),
		cmocka_unit_test(form),
		cmocka_unit_test(histogram),
		cmocka_unit_test(nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
