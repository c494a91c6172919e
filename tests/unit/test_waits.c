/* SPDX-License-Identifier: MIT */
/* The waiters of a room, with a doorbell that the test answers. */
#include "core/waits.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define MANY 250 /* a socket holds that many packets */

struct place {
	char dir[32], path[64];
	int bell, peer;
	struct waits l;
	struct waiter w[MANY];
};

static int
open_place(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);

	*state = p;
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/outpost-waits-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof p->path, "%s/s", p->dir);
	assert_null(doorbell_listen(p->path, &p->bell));
	p->l.line = (struct doorbell_client){p->path, -1};
	p->l.epoll = epoll_create1(0);
	p->peer = -1;
	return 0;
}

static void
hang_up(struct place *p)
{
	if (p->peer >= 0)
		(void)close(p->peer);
	p->peer = -1;
}

static int
close_place(void **state)
{
	struct place *p = *state;

	waits_done(&p->l);
	hang_up(p);
	(void)close(p->l.epoll);
	(void)close(p->bell);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

/* Waiter i, of send i + 1 with two rows, is there at now_ms. */
static struct waiter *
enter(struct place *p, unsigned i, int64_t now_ms, int64_t until_ms)
{
	struct waiter *w = &p->w[i];

	*w = (struct waiter){.until_ms = until_ms, .fd = -1, .send = i + 1,
	    .shard = 7, .rows = 2, .one_shard = true,
	    .begun = {{.total = 3, .failed = 1}}};
	waits_add(&p->l, w, now_ms);
	return w;
}

/* The messages that have come to sendd, and in how many packets. */
static unsigned
sendd_hears(struct place *p, struct doorbell_message *last, unsigned *packets)
{
	struct doorbell_packet heard;
	unsigned n = 0;

	*packets = 0;
	if (p->peer < 0)
		p->peer = accept(p->bell, NULL, NULL);
	assert_true(p->peer >= 0);
	for (; doorbell_hear(p->peer, &heard) > 0; ++*packets)
		for (unsigned at = 0; doorbell_next(&heard, &at, last);)
			n++;
	return n;
}

static void
sendd_says(struct place *p, const char *text)
{
	assert_int_equal(send(p->peer, text, strlen(text), 0), strlen(text));
}

/* The only one that has ended now, or NULL. */
static struct waiter *
ended(struct place *p)
{
	struct waiter *w = waits_ended(&p->l);

	if (w != NULL)
		assert_null(w->link);
	return w;
}

/* When the next account is to be read, and whose; it is read as it is. */
static int64_t
next_look(struct place *p, uint64_t *send)
{
	struct send_account *list;
	int64_t now = 0;
	size_t n;

	while (p->l.n_unread == 0) {
		now = waits_next_ms(&p->l);
		assert_true(now != INT64_MAX);
		waits_due(&p->l, now);
	}
	list = waits_unread(&p->l, &n);
	assert_int_equal(n, 1);
	*send = list[0].send;
	free(list);
	return now;
}

static void
hears_the_counts(void **state)
{
	struct place *p = *state;
	struct waiter *one = enter(p, 0, 0, 30000);
	struct waiter *two = enter(p, 1, 0, 30000);
	struct doorbell_message b;
	unsigned packets;

	assert_int_equal(sendd_hears(p, &b, &packets), 2);
	assert_true(b.verb == DOORBELL_WAIT && b.shard == 7 && b.send == 2 &&
	    b.rows == 2);
	sendd_says(p, "nonsense\ndone 77 1 1 1 1 1 1 1 1 1 1 1 1\n"
	    "done 2 1 0 1 0 0 0 0 0 0 0 0 0");
	waits_hear(&p->l, 5);
	assert_ptr_equal(ended(p), two);
	assert_int_equal(two->how, WAITING_ANSWERED);
	assert_true(two->by[0].total == 3 && two->by[0].sent == 1 &&
	    two->by[0].failed == 1 && two->by[0].expired == 1);
	/* numbers that do not fit, or none: the account is read at once */
	sendd_says(p, "done 1 3 0 0 0 0 0 0 0 0 0 0 0");
	waits_hear(&p->l, 6);
	assert_null(ended(p));
	assert_true(waits_next_ms(&p->l) == 6 && one->by[0].sent == 0);
	waits_due(&p->l, 6);
	assert_int_equal(p->l.n_unread, 1);
	/* nothing is left to give up */
	waits_say(&p->l);
	assert_int_equal(sendd_hears(p, &b, &packets), 0);
	waits_gone(&p->l, one);
	waits_say(&p->l);
	assert_int_equal(sendd_hears(p, &b, &packets), 0);
}

/* While sendd is to tell, looks are rare; else they begin soon. The last one is
 * at the end of the time. */
static void
looks_less_and_less(void **state)
{
	static const int64_t told[] = {1000, 3000, 7000, 11000, 15000, 18000};
	static const int64_t alone[] = {5, 12, 22, 37, 59, 92, 141, 214, 323,
	    486, 730, 1096, 1596, 2000};
	struct place *p = *state;
	struct waiter *w = enter(p, 0, 0, 18000);
	struct doorbell_message b;
	unsigned packets;
	uint64_t send;

	for (size_t i = 0; i < nitems(told); i++)
		assert_true(next_look(p, &send) == told[i] && send == 1);
	assert_true(w->last && waits_next_ms(&p->l) == 18500);
	waits_due(&p->l, 18499);
	assert_null(ended(p));
	waits_due(&p->l, 18500);
	assert_ptr_equal(ended(p), w);
	assert_int_equal(w->how, WAITING_PENDING);
	waits_say(&p->l);
	assert_int_equal(sendd_hears(p, &b, &packets), 2);
	assert_true(b.verb == DOORBELL_LEAVE && b.send == 1);

	w = enter(p, 1, 0, 2000);
	sendd_says(p, "else 2");
	waits_hear(&p->l, 0);
	for (size_t i = 0; i < nitems(alone); i++)
		assert_true(next_look(p, &send) == alone[i] && send == 2);
	waits_gone(&p->l, w);
	assert_ptr_equal(ended(p), w);
	assert_int_equal(w->how, WAITING_GONE);
}

/* A new sendd is asked for all again, many in a packet. */
static void
asks_a_new_sendd(void **state)
{
	struct place *p = *state;
	struct doorbell_message b;
	unsigned packets;

	for (unsigned i = 0; i < MANY - 1; i++)
		(void)enter(p, i, 0, 30000);
	assert_int_equal(sendd_hears(p, &b, &packets), MANY - 1);
	assert_int_equal(packets, MANY - 1);
	p->w[7].one_shard = p->w[7].told = false; /* one it cannot tell of */
	hang_up(p);
	waits_hear(&p->l, 100);
	assert_int_equal(p->l.line.fd, -1);
	assert_int_equal(waits_next_ms(&p->l), 105);
	waits_due(&p->l, 105);
	assert_int_equal(p->l.n_unread, MANY - 2);
	assert_int_equal(sendd_hears(p, &b, &packets), MANY - 2);
	assert_true(packets < 5);
	/* and when it is a newcomer who finds the connection dead */
	hang_up(p);
	assert_true(enter(p, MANY - 1, 200, 30000)->told);
	assert_int_equal(sendd_hears(p, &b, &packets), MANY - 1);
}

static unsigned
count_told(const struct place *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MANY; i++)
		n += p->w[i].told;
	return n;
}

/* More than a connection takes while sendd does not read: the rest is asked
 * for later. */
static void
asks_again(void **state)
{
	const int little = 1, much = 1 << 20;
	struct place *p = *state;
	struct doorbell_message b;
	unsigned packets, n;

	(void)enter(p, 0, 0, 30000);
	(void)setsockopt(p->l.line.fd, SOL_SOCKET, SO_SNDBUF, &little,
	    sizeof little);
	for (unsigned i = 1; i < MANY; i++)
		(void)enter(p, i, 0, 30000);
	n = count_told(p);
	assert_in_range(n, 1, MANY / 2);
	assert_int_equal(sendd_hears(p, &b, &packets), n);
	(void)setsockopt(p->l.line.fd, SOL_SOCKET, SO_SNDBUF, &much,
	    sizeof much);
	waits_due(&p->l, 20);
	assert_int_equal(count_told(p), MANY);
	assert_int_equal(sendd_hears(p, &b, &packets), MANY - n);
}

/* All are read by one list; an account that is gone ends the wait, and so does
 * a database that does not answer when the time is over. */
static void
reads_accounts(void **state)
{
	struct place *p = *state;
	struct send_account *list;
	size_t n;

	for (unsigned i = 0; i < 3; i++)
		(void)enter(p, i, 0, i == 2 ? 1000 : 30000);
	waits_due(&p->l, 1000);
	list = waits_unread(&p->l, &n);
	assert_int_equal(n, 3);
	assert_int_equal(p->l.n_unread, 0);
	for (size_t i = 0; i < n; i++)
		list[i].found = list[i].send != 2;
	waits_read(&p->l, list, n, true);
	assert_ptr_equal(ended(p), &p->w[2]);
	assert_int_equal(p->w[2].how, WAITING_PENDING);
	for (size_t i = 0; i < n; i++)
		list[i].by[0] = (struct send_counts){3, 1, 1, 0};
	waits_read(&p->l, list, n, false);
	assert_ptr_equal(ended(p), &p->w[1]);
	assert_int_equal(p->w[1].how, WAITING_PENDING);
	assert_int_equal(p->w[0].by[0].sent, 1); /* as it stands */
	for (size_t i = 0; i < n; i++)
		list[i].answered = true;
	waits_read(&p->l, list, n, false);
	assert_ptr_equal(ended(p), &p->w[0]);
	assert_int_equal(p->w[0].how, WAITING_ANSWERED);
	assert_int_equal(p->l.due.n, 0);
	free(list);
}

static void
ends_in_order(void **state)
{
	struct place *p = *state;
	int64_t last = 0, now;
	unsigned n = 0;

	for (unsigned i = 0; i < MANY; i++)
		(void)enter(p, i, 0, 100 + (i * 7919) % 800);
	while ((now = waits_next_ms(&p->l)) != INT64_MAX) {
		waits_due(&p->l, now);
		for (struct waiter *w = waits_ended(&p->l); w != NULL;
		     w = w->link, n++) {
			assert_true(w->until_ms >= last &&
			    now == w->until_ms + 500);
			last = w->until_ms;
		}
	}
	assert_int_equal(n, MANY);
}

/* All get a last look, and half a second for it. */
static void
hurries(void **state)
{
	struct place *p = *state;
	unsigned n = 0;

	for (unsigned i = 0; i < MANY; i++)
		(void)enter(p, i, 0, 30000);
	waits_hurry(&p->l, 700);
	waits_due(&p->l, 700);
	assert_int_equal(p->l.n_unread, MANY);
	assert_null(ended(p));
	waits_hurry(&p->l, 900); /* not longer, when it is called again */
	waits_due(&p->l, 1200);
	for (struct waiter *w = waits_ended(&p->l); w != NULL; w = w->link)
		n++;
	assert_int_equal(n, MANY);
	assert_int_equal(p->l.n_unread, 0);
}

/* Read the versions of all that watch; how many have ended. */
static unsigned
read_version(struct place *p, int64_t now_ms, uint64_t version)
{
	struct send_account *list;
	unsigned ends = 0;
	size_t n;

	waits_due(&p->l, now_ms);
	list = waits_unread(&p->l, &n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list[i].campaign, 7);
		list[i].found = true;
		list[i].version = version;
	}
	waits_read(&p->l, list, n, false);
	free(list);
	for (struct waiter *w = waits_ended(&p->l); w != NULL; w = w->link)
		ends += w->how == WAITING_ANSWERED;
	return ends;
}

/* Two of one campaign, of which one knows the newer version. */
static void
watches(void **state)
{
	struct place *p = *state;

	for (unsigned i = 0; i < 2; i++) {
		p->w[i] = (struct waiter){.campaign = 7, .version = 40 + i,
		    .until_ms = 10000, .fd = -1};
		waits_watch(&p->l, &p->w[i], 0);
	}
	assert_int_equal(waits_next_ms(&p->l), 500);
	assert_int_equal(read_version(p, 500, 41), 1);
	assert_int_equal(p->l.n_watching, 1);
	assert_int_equal(read_version(p, waits_next_ms(&p->l), 41), 0);
	assert_int_equal(read_version(p, waits_next_ms(&p->l), 42), 1);
	assert_int_equal(p->l.n_watching, 0);
	assert_int_equal(waits_next_ms(&p->l), INT64_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(hears_the_counts),
	    TEST(looks_less_and_less), TEST(asks_a_new_sendd),
	    TEST(asks_again), TEST(reads_accounts), TEST(ends_in_order),
	    TEST(hurries), TEST(watches)};

	return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
