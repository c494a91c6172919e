/* SPDX-License-Identifier: MIT */
/* The order in which credentials may send, without a wire: a turn here takes
 * what it may from the line and writes down whose it was. */
#include "sendd/turns.h"

#include <stdlib.h>

#include "unit.h"

#define LINES 4
#define LOG_MAX 2000

static struct queue q;
static struct queue_line lines[LINES];
static struct {
	unsigned may[LINES]; /* messages that each may still send */
	unsigned calls[LINES];
	char log[LOG_MAX]; /* a letter per message: a line's, large: lane 0 */
	unsigned n;
} seen;

static int
begin(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof seen);
	queue_init(&q, LOG_MAX);
	for (unsigned k = 0; k < LINES; k++) {
		queue_line_init(&lines[k], NULL);
		seen.may[k] = LOG_MAX;
	}
	return 0;
}

static int
end(void **state)
{
	(void)state;
	queue_done(&q);
	return 0;
}

static void
fill(unsigned line, unsigned lane, unsigned n)
{
	static uint64_t id;
	struct outbox_found found = {.token = "token",
	    .row.key.lane = lane};

	for (; n > 0; n--) {
		found.row.key.id = ++id;
		queue_add(&q, &lines[line], item_new(&found, 1));
	}
}

static bool
send_some(struct queue_line *l, unsigned lane, void *arg)
{
	unsigned k = (unsigned)(l - lines);

	(void)arg;
	seen.calls[k]++;
	for (unsigned n = 0; n < TURN_DELIVERIES && seen.may[k] > 0 &&
	    queue_peek(l, lane) != NULL; n++) {
		queue_drop(&q, queue_next(&q, l, lane));
		seen.log[seen.n++] = (char)((lane == 0 ? 'A' : 'a') + k);
		seen.may[k]--;
	}
	return seen.may[k] > 0;
}

static void
give(void)
{
	seen.n = 0;
	memset(seen.log, 0, sizeof seen.log);
	turns_give(&q, send_some, NULL);
}

/* A run of letters, as "A64 B64 A6". */
static void
runs(char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0, n; i < seen.n; i += n) {
		for (n = 1; seen.log[i + n] == seen.log[i]; n++)
			;
		len += (size_t)snprintf(out + len, size - len, "%s%c%u",
		    len > 0 ? " " : "", seen.log[i], n);
	}
}

static void
is_given(const char *wanted)
{
	char text[400];

	give();
	runs(text, sizeof text);
	assert_string_equal(text, wanted);
}

/* Messages of every application before a campaign of any. */
static void
lane_0_goes_first(void **state)
{
	(void)state;
	fill(0, 1, 2);
	fill(1, 1, 2);
	fill(2, 0, 2);
	fill(0, 0, 1);
	is_given("C2 A1 a2 b2");
}

/* A large campaign does not make a small one wait for its end. */
static void
lines_alternate(void **state)
{
	(void)state;
	fill(0, 1, 200);
	fill(1, 1, 70);
	fill(2, 1, 3);
	is_given("a64 b64 c3 a64 b6 a72");
	assert_int_equal(q.n, 0);
}

/* One that may not send keeps what it has, and nobody else waits for it. */
static void
blocked_lines_are_passed_over(void **state)
{
	(void)state;
	fill(0, 0, 5);
	fill(1, 0, 5);
	fill(1, 1, 1);
	seen.may[0] = 2;
	is_given("A2 B5 b1");
	assert_int_equal(q.n, 3);
	seen.may[0] = 10;
	is_given("A3");
}

/* Where two share what may be sent, the one that came second is not always
 * second. */
static void
goes_on_behind_the_last(void **state)
{
	(void)state;
	fill(0, 0, 10);
	fill(1, 0, 10);
	fill(2, 0, 10);
	seen.may[0] = seen.may[1] = seen.may[2] = 0;
	(void)queue_next_line(&q, 0); /* the first had its turn before */
	seen.may[0] = seen.may[1] = seen.may[2] = 1;
	is_given("B1 C1 A1");
}

/* A thousand applications that have nothing to send cost nothing. */
static void
idle_lines_have_no_turn(void **state)
{
	(void)state;
	fill(1, 0, 1);
	fill(2, 1, 1);
	give();
	assert_int_equal(seen.calls[0], 0);
	assert_int_equal(seen.calls[1], 1);
	assert_int_equal(seen.calls[2], 1);
	assert_int_equal(seen.calls[3], 0);
	give();
	assert_int_equal(seen.calls[1], 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(lane_0_goes_first),
	    TEST(lines_alternate), TEST(blocked_lines_are_passed_over),
	    TEST(goes_on_behind_the_last), TEST(idle_lines_have_no_turn)};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
