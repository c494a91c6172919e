/* SPDX-License-Identifier: MIT */
/* What sendd is told at the doorbell when a COMMIT is sent. */
#include "core/send.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "core/carried_row.h"
#include "db/db_part.h"
#include "unit.h"

static char token[] = "a token", body[] = "{\"body\":\"B\"}";
static struct ring_keys keys = {.known = {[7] = true}};

/* A message for one device that somebody waits for, up to its COMMIT. */
struct awaited {
	struct db db;
	struct doorbell_client bell;
	struct send_context context;
	struct device device;
	struct outbox_message message;
	struct send_fate fate;
	struct send_plan plan;
	int sendd;
};

static void
await(struct awaited *a, struct together *t)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	a->sendd = ends[1];
	a->bell.fd = ends[0];
	a->context = (struct send_context){.db = &a->db, .bell = &a->bell,
	    .together = t};
	a->device = (struct device){.id = 6, .platform = "fcm",
	    .token = token, .active = true};
	a->message = (struct outbox_message){.user_id = "joe", .body = body,
	    .body_len = strlen(body)};
	a->fate.list = (struct target_list){.devices = &a->device, .n = 1};
	a->plan = (struct send_plan){.looked_ms = clock_mono_ms(),
	    .fates = &a->fate, .queue = {.messages = &a->message,
		.n_messages = 1}};
	send_await(&a->context, &a->plan, &keys);
	assert_true(a->plan.queue.carried);
	a->plan.queue.shard = 7;
	a->plan.queue.row = (struct outbox_row){.key = {7, 0, 1, 42},
	    .send = 41, .body_id = 43, .app = 5, .device = 6};
}

/* Its COMMIT is sent: is sendd told the row? */
static bool
is_carried(struct awaited *a)
{
	struct doorbell_packet p;
	struct carried_row r;

	a->plan.queue.committing(&a->plan.queue, a->plan.queue.arg);
	assert_int_equal(doorbell_hear(a->sendd, &p), 1);
	assert_memory_equal(p.text, "soon 7", 6);
	(void)close(a->sendd);
	doorbell_close(&a->bell);
	return carried_row_read(&p, keys.of[7], &r);
}

static void
tells_the_row(void **state)
{
	struct together *t = together_new(NULL);
	struct awaited a = {.sendd = -1};

	(void)state;
	await(&a, t);
	assert_true(is_carried(&a));
	await(&a, NULL);
	assert_true(is_carried(&a));
	together_free(t);
}

/* It has waited for its turn behind a COMMIT that has failed, or took long. */
static void
tells_no_row_after_a_failure(void **state)
{
	static const struct {
		int64_t took_ms;
		bool well;
	} rows[] = {{0, false}, {1500, true}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct together *t = together_new(NULL);
		struct awaited a = {.sendd = -1};

		await(&a, t);
		together_committed(t, clock_mono_ms() - rows[i].took_ms,
		    rows[i].well);
		assert_false(is_carried(&a));
		together_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tells_the_row),
	    cmocka_unit_test(tells_no_row_after_a_failure)};

	return cmocka_run_group_tests_name("send", tests, NULL, NULL);
}
