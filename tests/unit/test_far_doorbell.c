/* SPDX-License-Identifier: MIT */
/* The waiters of a room, and the doorbell of a sendd at another machine. */
#include "core/waits.h"
#include "sendd/doorbell_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "unit.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct place {
	char key_file[40], other_file[40], address[SHARD_DOORBELL];
	/* the other machine */
	struct poller *poller;
	struct shards shards;
	struct scan scan;
	struct doorbell_server *sendd;
	/* ours */
	struct far_doorbells far;
	struct waits l;
	struct waiter w[4];
	int64_t now_ms;
};

static void
write_key(char path[40], const char *hex)
{
	int fd;

	(void)snprintf(path, 40, "/tmp/outpost-far-XXXXXX");
	fd = mkstemp(path);
	assert_int_equal(write(fd, hex, strlen(hex)), strlen(hex));
	(void)close(fd);
}

/* An address where nobody listens. */
static void
find_address(struct place *p)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)close(fd);
	(void)snprintf(p->address, sizeof p->address, "127.0.0.1:%u",
	    ntohs(at.sin_port));
}

static void
start_sendd(struct place *p)
{
	p->sendd = doorbell_server_deaf(p->poller, &p->shards, &p->scan);
	assert_null(doorbell_server_listen(p->sendd, p->address, p->key_file));
	assert_string_equal(doorbell_server_far(p->sendd), p->address);
}

static int
open_place(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);

	*state = p;
	write_key(p->key_file, HEX);
	write_key(p->other_file, OTHER);
	find_address(p);
	assert_null(poller_new(&p->poller));
	p->shards.all[7].mine = p->shards.all[8].mine = true;
	start_sendd(p);
	p->l.line.fd = -1;
	p->l.epoll = epoll_create1(EPOLL_CLOEXEC);
	p->l.far = &p->far;
	p->now_ms = 1000;
	far_doorbells_open(&p->far, p->key_file, NULL, p->l.epoll);
	return 0;
}

static int
close_place(void **state)
{
	struct place *p = *state;

	doorbell_server_close(p->sendd);
	poller_free(p->poller);
	far_doorbells_close(&p->far);
	waits_done(&p->l);
	(void)close(p->l.epoll);
	(void)unlink(p->key_file);
	(void)unlink(p->other_file);
	free(p);
	return 0;
}

/* The database says that the sendd there has shards 7 and 8. */
static void
learn(struct place *p)
{
	struct shard_doorbells now = {.of = {{0}}};

	(void)snprintf(now.of[7], SHARD_DOORBELL, "%s", p->address);
	(void)snprintf(now.of[8], SHARD_DOORBELL, "%s", p->address);
	waits_doorbells(&p->l, &now, p->now_ms);
}

/* Both do what they have to do until it is so. */
#define AWAIT(p, is_so)                                                        \
	do {                                                                   \
		int left_ = 5000;                                              \
		while (!(is_so) && left_-- > 0)                                \
			work(p);                                               \
		assert_true(is_so);                                            \
	} while (0)

static void
work(struct place *p)
{
	poller_run(p->poller, 1);
	doorbell_server_look(p->sendd);
	waits_hear(&p->l, p->now_ms);
}

/* The next wait that ends. */
static struct waiter *
end_of(struct place *p)
{
	struct waiter *w;

	for (int i = 0; (w = waits_ended(&p->l)) == NULL && i < 5000; i++)
		work(p);
	return w;
}

/* Waiter i, of send i + 1 with one row in that shard. */
static struct waiter *
enter(struct place *p, unsigned i, unsigned shard)
{
	struct waiter *w = &p->w[i];

	*w = (struct waiter){.until_ms = p->now_ms + 30000, .fd = -1,
	    .send = i + 1, .shard = shard, .rows = 1, .one_shard = true,
	    .begun = {{.total = 1}}};
	waits_add(&p->l, w, p->now_ms);
	return w;
}

static void
settle(struct place *p, uint64_t send)
{
	const struct outcome o = {.kind = OUTCOME_SENT, .counted = true,
	    .row = {.send = send}};

	doorbell_server_settled(p->sendd, &o);
	doorbell_server_tell(p->sendd);
}

/* The first question goes out before the other end has proved itself, and so
 * its waiter looks into the database; the next one relies on the answer. */
static void
waits_there(void **state)
{
	struct place *p = *state;
	struct waiter *w;

	assert_true(waits_want_doorbells(&p->l, p->now_ms));
	w = enter(p, 0, 7);
	assert_false(w->told);
	learn(p);
	assert_false(waits_want_doorbells(&p->l, p->now_ms));
	assert_false(w->told);
	assert_int_equal(waits_next_ms(&p->l), p->now_ms + 5);
	AWAIT(p, p->scan.rang[7]);
	settle(p, 1);
	assert_ptr_equal(end_of(p), w);
	assert_int_equal(w->how, WAITING_ANSWERED);
	assert_int_equal(w->by[0].sent, 1);
	w = enter(p, 1, 8);
	assert_true(w->told);
	assert_int_equal(waits_next_ms(&p->l), p->now_ms + WAITS_TOLD_MS);
	AWAIT(p, p->scan.rang[8]);
	settle(p, 2);
	assert_ptr_equal(end_of(p), w);
	/* one that gives up says so */
	w = enter(p, 2, 8);
	waits_gone(&p->l, w);
	assert_ptr_equal(waits_ended(&p->l), w);
	(void)enter(p, 3, 8);
	for (int i = 0; i < 20; i++)
		work(p);
	settle(p, 3);
	settle(p, 4);
	assert_ptr_equal(end_of(p), &p->w[3]);
}

/* It has the shard no more: whose it is must be read again. */
static void
hears_that_it_is_anothers(void **state)
{
	struct place *p = *state;

	learn(p);
	p->shards.all[7].mine = false;
	(void)enter(p, 0, 7);
	assert_false(waits_want_doorbells(&p->l, p->now_ms));
	AWAIT(p, p->far.stale);
	assert_false(p->w[0].told);
	/* soon, but not at once */
	assert_false(waits_want_doorbells(&p->l, p->now_ms + 199));
	assert_true(waits_want_doorbells(&p->l, p->now_ms + 200));
	waits_doorbells(&p->l, NULL, p->now_ms + 200); /* no answer */
	assert_false(waits_want_doorbells(&p->l, p->now_ms + 399));
	p->shards.all[7].mine = true;
	p->now_ms += 400;
	learn(p);
	settle(p, 1);
	assert_ptr_equal(end_of(p), &p->w[0]);
}

static void
outlives_its_end(void **state)
{
	struct place *p = *state;
	struct waiter *w;

	learn(p);
	(void)enter(p, 0, 7);
	AWAIT(p, far_doorbell_is_open(p->far.of[7]));
	w = enter(p, 1, 7);
	assert_true(w->told);
	doorbell_server_close(p->sendd);
	p->sendd = doorbell_server_deaf(p->poller, &p->shards, &p->scan);
	AWAIT(p, !w->told);
	assert_int_equal(waits_next_ms(&p->l), p->now_ms + 5);
	/* nobody answers; after a second it is tried again */
	doorbell_server_close(p->sendd);
	start_sendd(p);
	(void)enter(p, 2, 7);
	for (int i = 0; i < 20; i++)
		work(p);
	assert_null(p->far.of[7]->line);
	p->now_ms += 1000;
	(void)enter(p, 3, 7);
	AWAIT(p, far_doorbell_is_open(p->far.of[7]));
	learn(p); /* which asks again */
	assert_true(w->told && p->w[0].told);
}

static void
rings_for_its_shards(void **state)
{
	struct place *p = *state;

	learn(p);
	far_doorbells_ring(&p->far, 6, 2, p->now_ms);
	AWAIT(p, p->scan.rang[7]);
	assert_false(p->scan.rang[6] || p->scan.rang[8] || p->scan.look_all);
	far_doorbells_ring(&p->far, 9, 50, p->now_ms);
	far_doorbells_ring(&p->far, 9, 500, p->now_ms);
	AWAIT(p, p->scan.look_all);
	assert_false(p->scan.rang[8]);
}

/* The sendd of our machine is rung at its socket. */
static void
knows_its_own(void **state)
{
	struct place *p = *state;

	far_doorbells_close(&p->far);
	far_doorbells_open(&p->far, p->key_file, p->address, p->l.epoll);
	learn(p);
	assert_null(p->far.of[7]);
	far_doorbells_close(&p->far);
	far_doorbells_open(&p->far, NULL, NULL, p->l.epoll);
	assert_false(waits_want_doorbells(&p->l, p->now_ms));
}

static void
is_refused_with_another_key(void **state)
{
	struct place *p = *state;
	struct waiter *w;

	far_doorbells_close(&p->far);
	far_doorbells_open(&p->far, p->other_file, NULL, p->l.epoll);
	learn(p);
	w = enter(p, 0, 7);
	AWAIT(p, p->far.of[7]->line == NULL);
	assert_false(w->told || p->scan.rang[7]);
	assert_true(p->far.of[7]->in_trouble);
}

/* Those who only stand there do not keep others out. */
static void
makes_room(void **state)
{
	struct place *p = *state;
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)strtoul(strchr(p->address, ':') + 1,
		NULL, 10))};
	int idle[40];
	unsigned closed = 0;
	char byte;

	for (size_t i = 0; i < nitems(idle); i++) {
		idle[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(idle[i], (struct sockaddr *)&at,
		    sizeof at), 0);
		poller_run(p->poller, 0);
	}
	learn(p);
	(void)enter(p, 0, 7);
	AWAIT(p, far_doorbell_is_open(p->far.of[7]));
	for (size_t i = 0; i < nitems(idle); i++) {
		closed += recv(idle[i], &byte, 1, MSG_DONTWAIT) == 0;
		(void)close(idle[i]);
	}
	assert_int_equal(closed, nitems(idle) - 31);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(waits_there),
	    TEST(hears_that_it_is_anothers), TEST(outlives_its_end),
	    TEST(rings_for_its_shards), TEST(knows_its_own),
	    TEST(is_refused_with_another_key), TEST(makes_room)};

	return cmocka_run_group_tests_name("far doorbell", tests, NULL, NULL);
}
