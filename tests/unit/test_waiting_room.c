/* SPDX-License-Identifier: MIT */
/* A room with its threads, a doorbell that the test answers, and a database
 * that is not there. */
#include "core/waiting_room.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/doorbell.h"
#include "lib/clock.h"
#include "unit.h"

#define MANY 200

struct call {
	struct waiter w; /* the first member */
	atomic_int how;	 /* -1: it waits */
};

struct place {
	char dir[32], path[64], none[1];
	struct settings settings;
	int bell, peer;
	struct waiting_room *room;
	struct call calls[MANY];
};

static int
open_place(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);

	*state = p;
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/outpost-room-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof p->path, "%s/s", p->dir);
	assert_null(doorbell_listen(p->path, &p->bell));
	p->peer = -1;
	p->settings.sendd.doorbell = p->path;
	p->settings.api.waiting_max = MANY;
	p->settings.database = (struct db_settings){.socket = p->dir,
	    .name = p->dir, .user = p->dir, .password_file = p->none,
	    .tls_ca = p->none, .timeout_ms = 2000};
	assert_null(waiting_room_open(&p->settings, "push", &p->room));
	return 0;
}

static int
close_place(void **state)
{
	struct place *p = *state;

	waiting_room_free(p->room);
	if (p->peer >= 0)
		(void)close(p->peer);
	(void)close(p->bell);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void
call_over(struct waiter *w, enum waiting_end how)
{
	atomic_store(&((struct call *)w)->how, how);
}

/* Call i waits for send i + 1, which has one row. */
static bool
enter(struct place *p, unsigned i, int64_t for_ms, int fd)
{
	const struct outbox_send queue = {.id = i + 1, .shard = 7, .rows = 1,
	    .n_shards = 1, .n_messages = 1, .by = {{.total = 1}}};
	struct call *c = &p->calls[i];

	c->w = (struct waiter){.until_ms = clock_mono_ms() + for_ms, .fd = fd,
	    .over = call_over};
	atomic_store(&c->how, -1);
	return waiting_room_enter(p->room, &c->w, &queue);
}

/* How the call ended; -1 when it still waits after ms. */
static int
await(const struct place *p, unsigned i, int64_t ms)
{
	int64_t until = clock_mono_ms() + ms;

	while (atomic_load(&p->calls[i].how) < 0 && clock_mono_ms() < until)
		(void)poll(NULL, 0, 1);
	return atomic_load(&p->calls[i].how);
}

static void
take_call(struct place *p)
{
	struct pollfd any = {.fd = p->bell, .events = POLLIN};

	if (p->peer >= 0)
		return;
	assert_int_equal(poll(&any, 1, 60000), 1);
	p->peer = accept(p->bell, NULL, NULL);
	assert_true(p->peer >= 0);
}

/* sendd answers the next n waits. */
static void
answer(struct place *p, unsigned n)
{
	struct doorbell_packet heard;
	struct doorbell_message b;

	take_call(p);
	while (n > 0) {
		struct pollfd any = {.fd = p->peer, .events = POLLIN};
		struct doorbell_packet said = {.len = 0};

		assert_int_equal(poll(&any, 1, 60000), 1);
		assert_int_equal(doorbell_hear(p->peer, &heard), 1);
		for (unsigned at = 0; doorbell_next(&heard, &at, &b); n--) {
			struct doorbell_message done = {.verb = DOORBELL_DONE,
			    .send = b.send, .counted = true, .by = {{1, 0, 0}}};

			assert_int_equal(b.verb, DOORBELL_WAIT);
			assert_true(doorbell_put(&said, &done));
		}
		assert_true(doorbell_say(p->peer, &said));
	}
}

static void *
answer_all(void *arg)
{
	answer(arg, MANY);
	return NULL;
}

/* A whole room, answered while it fills. */
static void
answers_many(void **state)
{
	struct place *p = *state;
	pthread_t sendd;

	assert_int_equal(pthread_create(&sendd, NULL, answer_all, p), 0);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(enter(p, i, 30000, -1));
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(await(p, i, 60000), WAITING_ANSWERED);
		assert_int_equal(p->calls[i].w.by[0].sent, 1);
	}
	(void)pthread_join(sendd, NULL);
}

/* One too many rings, and does not wait; nor does a send without rows. */
static void
has_a_limit(void **state)
{
	static const struct outbox_send more = {.id = 7000, .shard = 9,
	    .rows = 1, .n_shards = 1, .n_messages = 1,
	    .by = {{.total = 2, .failed = 1}}},
	    none = {.id = 7001};
	struct place *p = *state;
	struct waiter w = {.fd = -1};
	char text[16] = {0};
	int line, bell;

	for (unsigned i = 0; i < MANY; i++)
		assert_true(enter(p, i, 30000, -1));
	assert_false(waiting_room_enter(p->room, &w, &more));
	assert_true(w.by[0].total == 2 && w.by[0].failed == 1);
	assert_false(waiting_room_enter(p->room, &w, &none));
	line = accept(p->bell, NULL, NULL);
	bell = accept(p->bell, NULL, NULL);
	assert_int_equal(recv(bell, text, sizeof text - 1, 0), 6);
	assert_string_equal(text, "ring 9");
	(void)close(line);
	(void)close(bell);
}

static void
sees_who_hangs_up(void **state)
{
	struct place *p = *state;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(enter(p, 0, 30000, pair[0]));
	assert_true(enter(p, 1, 30000, -1));
	(void)close(pair[1]);
	assert_int_equal(await(p, 0, 60000), WAITING_GONE);
	assert_int_equal(await(p, 1, 0), -1);
	answer(p, 2);
	assert_int_equal(await(p, 1, 60000), WAITING_ANSWERED);
	(void)close(pair[0]);
}

/* Without a database too, and the later comes after the earlier. */
static void
keeps_time(void **state)
{
	struct place *p = *state;

	assert_true(enter(p, 0, 400, -1));
	assert_true(enter(p, 1, 100, -1));
	assert_int_equal(await(p, 1, 60000), WAITING_PENDING);
	assert_int_equal(await(p, 0, 60000), WAITING_PENDING);
	assert_true(clock_mono_ms() >= p->calls[0].w.until_ms);
}

/* At the end all are called back, and nobody enters any more. */
static void
closes(void **state)
{
	struct place *p = *state;

	for (unsigned i = 0; i < MANY - 1; i++)
		assert_true(enter(p, i, 30000, -1));
	waiting_room_close(p->room);
	for (unsigned i = 0; i < MANY - 1; i++)
		assert_int_equal(await(p, i, 0), WAITING_PENDING);
	assert_false(enter(p, MANY - 1, 30000, -1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(answers_many),
	    TEST(has_a_limit), TEST(sees_who_hangs_up), TEST(keeps_time),
	    TEST(closes)};

	return cmocka_run_group_tests_name("waiting_room", tests, NULL, NULL);
}
