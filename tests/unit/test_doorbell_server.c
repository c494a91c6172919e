/* SPDX-License-Identifier: MIT */
/* sendd's end of the doorbell, and callers who mean no good. */
#include "sendd/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/doorbell.h"
#include "lib/clock.h"
#include "unit.h"

#define MOST 512 /* callers that doorbell_server.c takes */
#define MOST_WAITS 16384 /* likewise */
#define KNOCKS 64	 /* in a turn, likewise */

static int
open_doorbell(void **state)
{
	struct sendd *s = xcalloc(1, sizeof *s);
	char path[] = "/tmp/outpost-doorbell-XXXXXX";

	assert_non_null(mkdtemp(path));
	s->settings.sendd.doorbell = xcalloc(1, sizeof path + 5);
	(void)snprintf(s->settings.sendd.doorbell, sizeof path + 5, "%s/bell",
	    path);
	assert_null(poller_new(&s->poller));
	assert_null(doorbell_server_open(s->settings.sendd.doorbell,
	    doorbell_listen, s->poller, &s->shards, &s->scan, &s->doorbell));
	s->shards.all[7].mine = true;
	*state = s;
	return 0;
}

static int
close_doorbell(void **state)
{
	struct sendd *s = *state;
	char *path = s->settings.sendd.doorbell;

	s->settings.sendd.doorbell = NULL; /* the settings were read again */
	doorbell_server_close(s->doorbell);
	assert_int_equal(access(path, F_OK), -1);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	free(path);
	poller_free(s->poller);
	free(s);
	return 0;
}

static struct doorbell_client
line_to(struct sendd *s)
{
	return (struct doorbell_client){s->settings.sendd.doorbell, -1};
}

static void
say(struct sendd *s, struct doorbell_client *line, enum doorbell_verb word,
    uint64_t send, uint32_t rows)
{
	struct doorbell_message b = {.verb = word, .shard = 7, .send = send,
	    .rows = rows};

	assert_true(doorbell_send(line, &b));
	poller_run(s->poller, 0); /* the knock */
	poller_run(s->poller, 0); /* the word */
}

/* A row of the send has an outcome, which is committed. */
static void
settle_row(struct sendd *s, uint64_t send, enum outcome_kind kind,
    unsigned platform, unsigned attempts)
{
	const struct outcome o = {.kind = kind, .counted = true,
	    .row = {.send = send, .platform = platform, .attempts = attempts}};

	doorbell_server_settled(s->doorbell, &o);
}

/* A single row of the send, in a batch of its own. */
static void
answer(struct sendd *s, uint64_t send)
{
	settle_row(s, send, OUTCOME_SENT, 0, 0);
	doorbell_server_tell(s->doorbell);
}

/* What the line hears of that send; RING: nothing. A socket of this machine has
 * at once what was said. */
static void
hears(struct doorbell_client *line, uint64_t send, enum doorbell_verb wanted)
{
	enum doorbell_verb verb = DOORBELL_RING;
	struct doorbell_packet p;
	struct doorbell_message b;
	int heard = 0;

	while (verb == DOORBELL_RING &&
	    (heard = doorbell_hear(line->fd, &p)) > 0)
		for (unsigned at = 0; doorbell_next(&p, &at, &b);)
			if (b.send == send)
				verb = b.verb;
	if (heard < 0)
		doorbell_close(line);
	assert_int_equal(verb, wanted);
}

/* Does the next read look at the shard? */
static bool
rings(struct sendd *s)
{
	bool rang;

	doorbell_server_look(s->doorbell);
	rang = s->scan.rang[7];
	s->scan.rang[7] = false;
	return rang;
}

/* What is read while its COMMIT is under way is not read again. */
static void
rings_for_what_is_not_read(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);

	say(s, &line, DOORBELL_RING, 0, 0);
	assert_true(rings(s));
	assert_false(s->scan.hurry); /* nobody waits */
	assert_false(doorbell_server_is_awaited(s->doorbell));
	say(s, &line, DOORBELL_SOON, 0, 0);
	assert_true(rings(s));
	assert_true(s->scan.hurry);
	assert_false(s->scan.look[7]); /* campaigns cannot be meant */
	say(s, &line, DOORBELL_WAIT, 5, 2);
	assert_true(doorbell_server_is_awaited(s->doorbell));
	assert_true(rings(s));
	assert_false(rings(s));
	doorbell_server_read(s->doorbell, 6);
	say(s, &line, DOORBELL_WAIT, 6, 2); /* one of two */
	assert_true(rings(s));
	say(s, &line, DOORBELL_WAIT, 7, 2);
	doorbell_server_read(s->doorbell, 7);
	doorbell_server_read(s->doorbell, 7);
	assert_false(rings(s));
	for (unsigned i = 0; i < 300; i++) /* more than it takes note of */
		say(s, &line, DOORBELL_WAIT, 7, 2);
	assert_true(rings(s));
	doorbell_close(&line);
}

static void
is_for_its_group(void **state)
{
	struct sendd *s = *state;
	struct stat st;

	assert_int_equal(stat(s->settings.sendd.doorbell, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void
tells_who_waits(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client one = line_to(s), two = line_to(s);

	say(s, &one, DOORBELL_WAIT, 5, 2);
	say(s, &two, DOORBELL_WAIT, 5 + 1024, 1); /* falls together with 5 */
	doorbell_server_look(s->doorbell);
	assert_true(s->scan.rang[7]);
	answer(s, 5);
	hears(&one, 5, DOORBELL_RING);
	answer(s, 5);
	hears(&one, 5, DOORBELL_DONE);
	hears(&two, 5 + 1024, DOORBELL_RING);
	answer(s, 5 + 1024);
	hears(&two, 5 + 1024, DOORBELL_DONE);
	answer(s, 6);
	say(s, &one, DOORBELL_WAIT, 6, 1); /* its answer was before */
	hears(&one, 6, DOORBELL_DONE);
	doorbell_close(&one);
	doorbell_close(&two);
}

/* A ring for all is heard by all; one for later not before its second. */
static void
looks_at_all(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);

	say(s, &line, DOORBELL_ALL, 0, 0);
	assert_true(s->scan.look_all);
	s->scan.look_all = false;
	scan_look_in(&s->scan, SCAN_AHEAD_MAX_MS, clock_mono_ms());
	/* the poll comes before */
	scan_look_in(&s->scan, SCAN_AHEAD_MAX_MS + 1, clock_mono_ms());
	assert_true(!s->scan.look_all && s->scan.seconds != 0 &&
	    (s->scan.seconds & (s->scan.seconds - 1)) == 0);
	doorbell_close(&line);
}

/* One packet; returns the number of its messages. */
static unsigned
hear_packet(const struct doorbell_client *line, struct doorbell_message list[],
    unsigned max)
{
	struct doorbell_packet p;
	unsigned at = 0, n = 0;

	if (doorbell_hear(line->fd, &p) <= 0)
		return 0;
	while (n < max && doorbell_next(&p, &at, &list[n]))
		n++;
	return n;
}

/* A connection carries many waits, and a batch is told in one packet. */
static void
tells_a_batch_at_once(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);
	struct doorbell_message heard[101];

	for (uint64_t send = 1; send <= 100; send++)
		say(s, &line, DOORBELL_WAIT, send, 1);
	for (uint64_t send = 1; send <= 50; send++)
		settle_row(s, send, OUTCOME_SENT, 0, 0);
	assert_int_equal(hear_packet(&line, heard, 101), 0);
	doorbell_server_tell(s->doorbell);
	assert_int_equal(hear_packet(&line, heard, 101), 50);
	assert_int_equal(hear_packet(&line, heard, 101), 0);
	answer(s, 100);
	assert_int_equal(hear_packet(&line, heard, 101), 1);
	assert_true(heard[0].send == 100 && heard[0].verb == DOORBELL_DONE);
	doorbell_close(&line);
}

/* The numbers of each outcome, also of the tries after the first, and of what
 * came before somebody asked. */
static void
counts(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);
	struct doorbell_message b;

	settle_row(s, 5, OUTCOME_DEFERRED, 1, 0);
	settle_row(s, 5, OUTCOME_EXPIRED, 0, 0);
	say(s, &line, DOORBELL_WAIT, 5, 5);
	settle_row(s, 5, OUTCOME_REMOVED, 2, 0);
	settle_row(s, 5, OUTCOME_INACTIVE, 2, 0);
	settle_row(s, 5, OUTCOME_SENT, 1, 1); /* the one put off */
	assert_int_equal(hear_packet(&line, &b, 1), 0);
	settle_row(s, 5, OUTCOME_FAILED, 0, 0);
	doorbell_server_tell(s->doorbell);
	assert_int_equal(hear_packet(&line, &b, 1), 1);
	assert_true(b.verb == DOORBELL_DONE && b.send == 5 && b.counted);
	assert_true(b.by[0].sent == 0 && b.by[0].failed == 1 &&
	    b.by[0].expired == 1);
	assert_true(b.by[1].sent == 1 && b.by[1].failed == 0);
	assert_true(b.by[2].sent == 0 && b.by[2].failed == 2);
	doorbell_close(&line);
}

/* A row that is held is answered, and again when it is tried: whoever waits
 * must read the account. */
static void
does_not_count_twice(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);
	const struct outcome held = {.kind = OUTCOME_DEFERRED,
	    .row = {.send = 5}};
	struct doorbell_message b;

	say(s, &line, DOORBELL_WAIT, 5, 2);
	doorbell_server_settled(s->doorbell, &held);
	answer(s, 5);
	assert_int_equal(hear_packet(&line, &b, 1), 1);
	assert_true(b.verb == DOORBELL_DONE && b.send == 5 && !b.counted);
	doorbell_close(&line);
}

/* A wait that is given up, or whose shard is lost. */
static void
ends_waits(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s), other = line_to(s);

	say(s, &line, DOORBELL_WAIT, 5, 1);
	say(s, &other, DOORBELL_WAIT, 5, 1);
	say(s, &line, DOORBELL_LEAVE, 5, 0);
	answer(s, 5);
	hears(&line, 5, DOORBELL_RING);
	hears(&other, 5, DOORBELL_DONE);
	settle_row(s, 6, OUTCOME_SENT, 0, 0);
	say(s, &line, DOORBELL_WAIT, 6, 2);
	s->shards.all[7].mine = false;
	doorbell_server_lost(s->doorbell);
	hears(&line, 6, DOORBELL_ELSE);
	say(s, &line, DOORBELL_WAIT, 6, 2);
	hears(&line, 6, DOORBELL_ELSE);
	/* it comes back; what was answered elsewhere is not known */
	s->shards.all[7].mine = true;
	say(s, &line, DOORBELL_WAIT, 6, 2);
	answer(s, 6);
	hears(&line, 6, DOORBELL_RING);
	doorbell_close(&line);
	doorbell_close(&other);
}

/* Who does not listen for a while hears all when it does. */
static void
tells_it_later(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);
	struct doorbell_message heard[400];
	unsigned n = 0, more;

	for (uint64_t send = 1; send <= 1000; send++) {
		say(s, &line, DOORBELL_WAIT, send, 1);
		answer(s, send);
	}
	do {
		while ((more = hear_packet(&line, heard, 400)) > 0)
			n += more;
		poller_run(s->poller, 0);
	} while ((more = hear_packet(&line, heard, 400)) > 0 &&
	    (n += more) < 1000);
	assert_int_equal(n, 1000);
	doorbell_close(&line);
}

/* However many it asks for, memory is bounded: the rest is to poll. When a
 * caller goes, there is room for others. */
static void
takes_so_many_waits(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s), other = line_to(s);

	for (uint64_t send = 1; send <= MOST_WAITS; send++)
		say(s, &line, DOORBELL_WAIT, send, 1);
	hears(&line, MOST_WAITS, DOORBELL_RING);
	say(s, &line, DOORBELL_WAIT, 1, 1); /* again, not one more */
	say(s, &line, DOORBELL_WAIT, MOST_WAITS + 1, 1);
	hears(&line, MOST_WAITS + 1, DOORBELL_ELSE);
	doorbell_close(&line);
	say(s, &other, DOORBELL_WAIT, 5, 1);
	answer(s, 5);
	hears(&other, 5, DOORBELL_DONE);
	doorbell_close(&other);
}

static void
survives_nonsense(void **state)
{
	static const char *const words[] = {"", "wait", "wait 64 1 1",
	    "ring 65535", "done 5", "wait 7 0 0", "\xff\xfe", "ring 7 7"};
	struct sendd *s = *state;
	struct doorbell_client line = line_to(s);
	char large[4096];

	say(s, &line, DOORBELL_RING, 0, 0);
	memset(large, '7', sizeof large);
	for (size_t i = 1; i < nitems(words); i++)
		assert_true(send(line.fd, words[i], strlen(words[i]), 0) > 0);
	assert_true(send(line.fd, large, sizeof large, 0) > 0);
	poller_run(s->poller, 0);
	say(s, &line, DOORBELL_WAIT, 9, 1);
	answer(s, 9);
	hears(&line, 9, DOORBELL_DONE);
	doorbell_close(&line);
}

/* One who never stops talking does not keep sendd from its work. */
static void
listens_in_turns(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client loud = line_to(s), other = line_to(s);

	say(s, &loud, DOORBELL_RING, 0, 0);
	say(s, &other, DOORBELL_RING, 0, 0);
	for (int i = 0; i < 70; i++)
		assert_int_equal(send(loud.fd, "wait 7 1 1", 10, MSG_DONTWAIT),
		    10);
	assert_int_equal(send(loud.fd, "wait 7 2 1", 10, MSG_DONTWAIT), 10);
	poller_run(s->poller, 0);
	answer(s, 2); /* which was not heard yet */
	hears(&loud, 2, DOORBELL_RING);
	poller_run(s->poller, 0);
	hears(&loud, 2, DOORBELL_DONE);
	doorbell_close(&loud);
	doorbell_close(&other);
}

/* Both ends of so many lines; valgrind does not give that many. */
static bool
has_descriptors(rlim_t n)
{
	struct rlimit files;

	(void)getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur >= n)
		return true;
	files.rlim_cur = n;
	return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

/* More than it takes are hung up on; when one goes, there is room. */
static void
takes_so_many(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client lines[MOST], late = line_to(s);

	if (!has_descriptors(2 * MOST + 100))
		return;
	for (size_t i = 0; i < MOST; i++) {
		lines[i] = line_to(s);
		say(s, &lines[i], DOORBELL_RING, 0, 0);
	}
	say(s, &late, DOORBELL_WAIT, 3, 1);
	answer(s, 3);
	hears(&late, 3, DOORBELL_RING); /* it is hung up on */
	assert_int_equal(late.fd, -1);
	doorbell_close(&lines[0]);
	poller_run(s->poller, 0);
	say(s, &late, DOORBELL_WAIT, 4, 1);
	answer(s, 4);
	hears(&late, 4, DOORBELL_DONE);
	for (size_t i = 1; i < MOST; i++)
		doorbell_close(&lines[i]);
	doorbell_close(&late);
}

/* Many who come at once are let in over several turns: sendd has other things
 * to do. */
static void
lets_in_by_turns(void **state)
{
	struct sendd *s = *state;
	struct doorbell_client lines[KNOCKS + 1];
	struct doorbell_message ring = {.verb = DOORBELL_RING};

	for (size_t i = 0; i <= KNOCKS; i++) {
		lines[i] = line_to(s);
		ring.shard = i < KNOCKS ? 8 : 7;
		assert_true(doorbell_send(&lines[i], &ring));
	}
	poller_run(s->poller, 0);
	poller_run(s->poller, 0); /* all but the last are heard */
	assert_true(s->scan.rang[8]);
	assert_false(rings(s));
	poller_run(s->poller, 0);
	assert_true(rings(s));
	for (size_t i = 0; i <= KNOCKS; i++)
		doorbell_close(&lines[i]);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, open_doorbell, close_doorbell)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(is_for_its_group),
	    TEST(tells_who_waits), TEST(rings_for_what_is_not_read),
	    TEST(looks_at_all),
	    TEST(tells_a_batch_at_once), TEST(counts),
	    TEST(does_not_count_twice), TEST(ends_waits),
	    TEST(tells_it_later),
	    TEST(takes_so_many_waits), TEST(survives_nonsense),
	    TEST(listens_in_turns), TEST(takes_so_many),
	    TEST(lets_in_by_turns)};

	return cmocka_run_group_tests_name("doorbell", tests, NULL, NULL);
}
