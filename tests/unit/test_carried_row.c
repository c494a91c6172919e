/* SPDX-License-Identifier: MIT */
/* A row that is told at the doorbell, and those who have no right to. */
#include "core/carried_row.h"

#include <string.h>

#include "lib/mem.h"
#include "unit.h"

static const unsigned char key[RING_KEY] = {1, 2, 3};
static const unsigned char other[RING_KEY] = {1, 2, 4};

static struct carried_row
a_row(void)
{
	return (struct carried_row){.looked_ms = 77,
	    .found = {.row = {.key = {7, 0, 1700000000123, 42}, .send = 41,
		.body_id = 43, .app = 5, .device = 6, .platform = 1,
		.environment = 1, .generation = 3, .personal = true},
		.token = "a token", .user = "somebody\nall 0",
		.body = "{\"body\":\"B\"}", .body_len = 12,
		.now = {.active = true, .platform = "fcm",
		    .environment = "development"}}};
}

static struct doorbell_packet
packet_of(const struct carried_row *r)
{
	struct doorbell_packet p;

	assert_true(carried_row_write(r, key, &p));
	return p;
}

static void
arrives_whole(void **state)
{
	const struct carried_row sent = a_row();
	const struct doorbell_packet p = packet_of(&sent);
	struct carried_row r;
	const struct outbox_row *row = &r.found.row;

	(void)state;
	assert_true(carried_row_read(&p, key, &r));
	assert_int_equal(r.looked_ms, 77);
	assert_int_equal(row->key.shard, 7);
	assert_int_equal(row->key.lane, 0);
	assert_int_equal(row->key.due_ms, 1700000000123);
	assert_int_equal(row->key.id, 42);
	assert_int_equal(row->send, 41);
	assert_int_equal(row->body_id, 43);
	assert_int_equal(row->app, 5);
	assert_int_equal(row->device, 6);
	assert_int_equal(row->platform, 1);
	assert_int_equal(row->environment, 1);
	assert_int_equal(row->attempts, 0);
	assert_int_equal(row->generation, 3);
	assert_true(row->personal);
	assert_string_equal(r.found.token, "a token");
	assert_string_equal(r.found.user, "somebody\nall 0");
	assert_string_equal(r.found.body, "{\"body\":\"B\"}");
	assert_int_equal(r.found.body_len, 12);
	assert_true(r.found.now.there);
	assert_true(r.found.now.active);
	assert_int_equal(r.found.now.generation, 3);
	assert_string_equal(r.found.now.platform, "fcm");
	assert_string_equal(r.found.now.environment, "development");
	assert_null(r.found.now.token);
}

static void
has_no_environment(void **state)
{
	struct carried_row sent = a_row(), r;
	struct doorbell_packet p;

	(void)state;
	sent.found.now.environment = NULL;
	sent.found.now.active = sent.found.row.personal = false;
	p = packet_of(&sent);
	assert_true(carried_row_read(&p, key, &r));
	assert_null(r.found.now.environment);
	assert_false(r.found.now.active);
	assert_false(r.found.row.personal);
	assert_string_equal(r.found.body, "{\"body\":\"B\"}");
}

/* Whoever has another key, or changes a single bit. */
static void
needs_its_proof(void **state)
{
	const struct carried_row sent = a_row();
	const struct doorbell_packet p = packet_of(&sent);
	struct carried_row r;
	unsigned line = (unsigned)strlen("soon 7\nrow ");

	(void)state;
	assert_false(carried_row_read(&p, other, &r));
	for (unsigned i = line; i < p.len; i++) {
		struct doorbell_packet changed = p;

		changed.text[i] ^= 1;
		assert_false(carried_row_read(&changed, key, &r));
	}
	for (unsigned len = 0; len < p.len; len++) {
		struct doorbell_packet cut = p;

		cut.len = len;
		assert_false(carried_row_read(&cut, key, &r));
	}
}

/* One of before hears a ring, and nobody takes the bytes for more. */
static void
is_a_ring(void **state)
{
	const struct carried_row sent = a_row();
	const struct doorbell_packet p = packet_of(&sent);
	struct doorbell_message b;
	unsigned at = 0;

	(void)state;
	assert_true(doorbell_next(&p, &at, &b));
	assert_int_equal(b.verb, DOORBELL_SOON);
	assert_int_equal(b.shard, 7);
	assert_false(doorbell_next(&p, &at, &b));
}

static void
is_not_carried(const struct carried_row *r)
{
	struct doorbell_packet p;

	assert_false(carried_row_write(r, key, &p));
}

static void
does_not_fit(void **state)
{
	char body[DOORBELL_PACKET];
	struct carried_row r = a_row(), back;
	struct doorbell_packet p;
	size_t most = 0;

	(void)state;
	memset(body, 'b', sizeof body);
	for (size_t n = 1; n < sizeof body; n++) {
		body[n] = '\0';
		r.found.body = body;
		r.found.body_len = n;
		if (carried_row_write(&r, key, &p)) {
			most = n;
			assert_in_range(p.len, n, sizeof p.text);
			assert_true(carried_row_read(&p, key, &back));
			assert_int_equal(back.found.body_len, n);
		}
		body[n] = 'b';
	}
	assert_in_range(most, 3500, sizeof body);
	body[sizeof body - 1] = '\0';
	r.found.body_len = sizeof body - 1;
	is_not_carried(&r);
}

static void
has_not_all(void **state)
{
	struct carried_row r = a_row();

	(void)state;
	r.found.user = NULL;
	is_not_carried(&r);
	r = a_row();
	r.found.body_len++; /* a NUL within */
	is_not_carried(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arrives_whole),
	    cmocka_unit_test(has_no_environment),
	    cmocka_unit_test(needs_its_proof),
	    cmocka_unit_test(is_a_ring),
	    cmocka_unit_test(does_not_fit),
	    cmocka_unit_test(has_not_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
