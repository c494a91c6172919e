/* SPDX-License-Identifier: MIT */
#include "core/doorbell.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static void
writes_and_reads(void **state)
{
	static const struct {
		struct doorbell_message bell;
		const char *text;
	} rows[] = {
	    {{DOORBELL_RING, 63, 0, 0, 0}, "ring 63"},
	    {{DOORBELL_ALL, 0, 0, 0, 0}, "all 0"},
	    {{DOORBELL_ALL, 0, 0, 0, UINT32_MAX}, "all 4294967295"},
	    {{DOORBELL_WAIT, 0, 9223372036854775807, 1000, 0},
		"wait 0 9223372036854775807 1000"},
	    {{DOORBELL_DONE, 0, 17, 0, 0}, "done 17"},
	    {{DOORBELL_ELSE, 0, 17, 0, 0}, "else 17"},
	    {{DOORBELL_LEAVE, 0, 17, 0, 0}, "leave 17"},
	    {{DOORBELL_DONE, 0, 17, 0, 0, true, {{1, 0, 0}, {20, 3, 4294967295},
		 {0, 0, 0}}}, "done 17 1 0 0 20 3 4294967295 0 0 0"},
	    {{DOORBELL_WAIT, 65535, UINT64_MAX, UINT32_MAX, 0},
		"wait 65535 18446744073709551615 4294967295"}};
	char text[DOORBELL_MAX];
	struct doorbell_message b;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		unsigned len = doorbell_write(&rows[i].bell, text);

		assert_int_equal(len, strlen(rows[i].text));
		assert_memory_equal(text, rows[i].text, len);
		CHECK(rows[i].text, doorbell_read(text, len, &b));
		CHECK(rows[i].text, b.verb == rows[i].bell.verb &&
		    b.shard == rows[i].bell.shard &&
		    b.send == rows[i].bell.send &&
		    b.rows == rows[i].bell.rows &&
		    b.ms == rows[i].bell.ms &&
		    b.counted == rows[i].bell.counted &&
		    memcmp(b.by, rows[i].bell.by, sizeof b.by) == 0);
	}
}

static void
refuses(void **state)
{
	static const char *const rows[] = {"", "ring", "ring ", "ring x",
	    "ring -1", "ring 1 ", "ring 1 2", "ring  1", " ring 1", "rings 1",
	    "wait 1", "wait 1 2", "wait 1 2 3 4", "wait 1 2 4294967296",
	    "ring 65536", "done", "done 1 2", "leave", "leave 1 2",
	    "done 1 0 0 0 0 0 0 0 0", "done 1 0 0 0 0 0 0 0 0 0 0",
	    "done 1 0 0 0 0 0 0 0 0 4294967296", "done 1 ", "else 1 0",
	    "done 18446744073709551616",
	    "RING 1", "ring 1\n",
	    "all", "all ", "all 1 2", "all 4294967296", "alls 1"};
	char large[DOORBELL_MAX + 1];
	struct doorbell_message b;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i],
		    !doorbell_read(rows[i], (unsigned)strlen(rows[i]), &b));
	assert_false(doorbell_read("ring 1\0", 7, &b));
	memset(large, '1', sizeof large);
	memcpy(large, "ring ", 5);
	assert_false(doorbell_read(large, sizeof large, &b));
}

/* A packet has many lines; those that are no message are skipped. */
static void
packs(void **state)
{
	struct doorbell_message b = {DOORBELL_WAIT, 63, UINT64_MAX, UINT32_MAX};
	struct doorbell_packet p = {.len = 0};
	unsigned at = 0, n = 0, heard = 0;

	(void)state;
	while (doorbell_put(&p, &b)) {
		b.send--;
		n++;
	}
	assert_in_range(n, DOORBELL_PACKET / 64, DOORBELL_PACKET / 16);
	assert_in_range(p.len, DOORBELL_PACKET - 2 * DOORBELL_MAX,
	    DOORBELL_PACKET);
	while (doorbell_next(&p, &at, &b))
		assert_true(b.send == UINT64_MAX - heard++);
	assert_int_equal(heard, n);
	p.len = (unsigned)snprintf(p.text, sizeof p.text,
	    "\nmore 7\nring 1\n\ndone 2 x\nelse 5\n");
	at = 0;
	assert_true(doorbell_next(&p, &at, &b) && b.verb == DOORBELL_RING);
	assert_true(doorbell_next(&p, &at, &b) && b.verb == DOORBELL_ELSE &&
	    b.send == 5);
	assert_false(doorbell_next(&p, &at, &b));
	p.len = 0;
	at = 0;
	assert_false(doorbell_next(&p, &at, &b));
}

/* --- over a real socket ----------------------------------------------- */

struct place {
	char dir[32], path[64];
	int fd;
};

static int
listen_somewhere(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);

	*state = p;
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/outpost-bell-XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	(void)snprintf(p->path, sizeof p->path, "%s/s", p->dir);
	p->fd = -1;
	return doorbell_listen(p->path, &p->fd) == NULL ? 0 : -1;
}

static int
forget_place(void **state)
{
	struct place *p = *state;

	if (p->fd >= 0)
		(void)close(p->fd);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void
says_and_hears(void **state)
{
	struct place *p = *state;
	struct doorbell_client line = {p->path, -1};
	struct doorbell_message b = {DOORBELL_WAIT, 3, 17, 2, 0};
	char longer[DOORBELL_PACKET + 1];
	struct doorbell_packet heard;
	unsigned at = 0;
	struct stat st;
	int peer;

	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_true(doorbell_send(&line, &b));
	peer = accept(p->fd, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(doorbell_hear(peer, &heard), 1);
	assert_int_equal(heard.len, 11);
	assert_memory_equal(heard.text, "wait 3 17 2", 11);
	assert_int_equal(doorbell_hear(peer, &heard), 0);
	heard.len = 7;
	memcpy(heard.text, "done 17", 7);
	assert_true(doorbell_say(peer, &heard));
	assert_int_equal(doorbell_hear(line.fd, &heard), 1);
	assert_true(doorbell_next(&heard, &at, &b) && b.send == 17);
	/* one byte too many */
	memset(longer, '1', sizeof longer);
	memcpy(longer, "done 17\n", 8);
	assert_int_equal(send(peer, longer, sizeof longer, 0), sizeof longer);
	assert_int_equal(doorbell_hear(line.fd, &heard), 1);
	assert_int_equal(heard.len, 0);
	(void)close(peer);
	assert_int_equal(doorbell_hear(line.fd, &heard), -1);
	assert_false(doorbell_say(line.fd, &heard));
	/* the line died: it is made anew */
	assert_true(doorbell_send(&line, &b));
	doorbell_close(&line);
}

/* Who rings names a shard, several, or all: a message each. */
static void
rings(void **state)
{
	static const char *const wanted[] = {"ring 5", "ring 62", "ring 63",
	    "ring 0", "ring 1", "all 0", "all 0", "all 250", "all 0"};
	struct place *p = *state;
	struct doorbell_client line = {p->path, -1};
	int peer;

	assert_true(doorbell_ring(&line, 5, 1));
	assert_true(doorbell_ring(&line, 62, 4));
	assert_true(doorbell_ring(&line, 9, 0)); /* none */
	assert_true(doorbell_ring(&line, 9, 64));
	assert_true(doorbell_ring(&line, 9, 5000));
	assert_true(doorbell_ring_all(&line, 250));
	assert_true(doorbell_ring_all(&line, 0));
	peer = accept(p->fd, NULL, NULL);
	assert_true(peer >= 0);
	for (size_t i = 0; i < nitems(wanted); i++) {
		char text[DOORBELL_MAX + 1] = {0};

		assert_true(recv(peer, text, DOORBELL_MAX, MSG_DONTWAIT) > 0);
		assert_string_equal(text, wanted[i]);
	}
	(void)close(peer);
	doorbell_close(&line);
}

static void
nobody_is_there(void **state)
{
	struct place *p = *state;
	struct doorbell_client line = {p->path, -1}, none = {NULL, -1};
	struct doorbell_message b = {DOORBELL_RING, 1, 0, 0, 0};
	int fd = -1;

	/* one that answers is not replaced */
	assert_non_null(doorbell_listen(p->path, &fd));
	assert_int_equal(fd, -1);
	(void)close(p->fd);
	p->fd = -1;
	assert_false(doorbell_send(&line, &b));
	assert_false(doorbell_send(&none, &b));
	assert_false(doorbell_dial(&line));
	/* a dead one's socket is */
	assert_null(doorbell_listen(p->path, &p->fd));
	assert_true(doorbell_send(&line, &b));
	doorbell_close(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_and_reads),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(packs),
	    cmocka_unit_test_setup_teardown(says_and_hears, listen_somewhere,
		forget_place),
	    cmocka_unit_test_setup_teardown(rings, listen_somewhere,
		forget_place),
	    cmocka_unit_test_setup_teardown(nobody_is_there, listen_somewhere,
		forget_place),
	};

	return cmocka_run_group_tests_name("bell", tests, NULL, NULL);
}
