/* SPDX-License-Identifier: MIT */
/* Two ends of a line over the loopback, and who has no business there. */
#include "lib/secure_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "unit.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct place {
	char file[40];
	struct secure_key *key;
	int listener;
	struct sockaddr_in at;
	struct secure_line *dials, *answers;
};

/* The key in a file with that text and mode; NULL: it is refused. */
static struct secure_key *
read_key(struct place *p, const char *text, mode_t mode)
{
	int fd = open(p->file,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct secure_key *key = NULL;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
	return secure_key_read(p->file, &key) == NULL ? key : NULL;
}

static int
open_place(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);
	socklen_t len = sizeof p->at;

	*state = p;
	(void)snprintf(p->file, sizeof p->file, "/tmp/outpost-line-XXXXXX");
	(void)close(mkstemp(p->file));
	assert_non_null(p->key = read_key(p, HEX "\n", 0640));
	p->at = (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&p->at, len), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&p->at,
	    &len), 0);
	return 0;
}

static int
close_place(void **state)
{
	struct place *p = *state;

	secure_line_close(p->dials);
	secure_line_close(p->answers);
	secure_key_free(p->key);
	(void)close(p->listener);
	(void)unlink(p->file);
	free(p);
	return 0;
}

static void
answer(struct place *p)
{
	int fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK);

	assert_true(fd >= 0);
	assert_null(secure_line_answer(p->key, fd, &p->answers));
}

static void
connect_with(struct place *p, const struct secure_key *key)
{
	assert_null(secure_line_dial(key, (struct sockaddr *)&p->at,
	    sizeof p->at, &p->dials));
	answer(p);
}

/* What an end hears within a while, while the other one does its part: as
 * secure_line_hear. */
static int
hears(struct secure_line *l, struct secure_line *other,
    char text[SECURE_LINE_IN + 1])
{
	char none[SECURE_LINE_IN];
	int n = 0;

	for (int i = 0; n == 0 && i < 3000; i++) {
		struct pollfd any[] = {
		    {.fd = secure_line_fd(l), .events = POLLIN},
		    {.fd = secure_line_fd(other), .events = POLLIN}};

		if ((n = secure_line_hear(l, text)) == 0) {
			assert_true(secure_line_hear(other, none) <= 0);
			(void)poll(any, 2, 1);
		}
	}
	if (n > 0)
		text[n] = '\0';
	return n;
}

static void
says(struct secure_line *l, const char *text)
{
	assert_true(secure_line_say(l, text, strlen(text)));
}

/* What is said before the other end has proved itself waits. */
static void
talks(void **state)
{
	char text[SECURE_LINE_IN + 1];
	struct place *p = *state;

	connect_with(p, p->key);
	says(p->dials, "ring 7\nring 8");
	says(p->dials, "soon 9");
	assert_false(secure_line_is_open(p->dials));
	assert_false(secure_line_is_open(p->answers));
	assert_true(hears(p->answers, p->dials, text) > 0);
	assert_string_equal(text, "ring 7\nring 8\nsoon 9");
	assert_true(secure_line_is_open(p->dials) &&
	    secure_line_is_open(p->answers));
	assert_int_equal(secure_line_hear(p->answers, text), 0);
	says(p->answers, "done 5");
	assert_true(hears(p->dials, p->answers, text) > 0);
	assert_string_equal(text, "done 5");
	assert_null(secure_line_why(p->dials));
	/* and one of them goes */
	secure_line_close(p->answers);
	p->answers = NULL;
	for (int i = 0; secure_line_hear(p->dials, text) == 0 && i < 3000; i++)
		(void)poll(NULL, 0, 1);
	assert_non_null(secure_line_why(p->dials));
	assert_false(secure_line_say(p->dials, "x", 1));
	assert_int_equal(errno, EPIPE);
}

/* What another use of OpenSSL in the same thread has left ends no line. */
static void
survives_errors_of_others(void **state)
{
	char text[SECURE_LINE_IN + 1];
	struct place *p = *state;

	connect_with(p, p->key);
	says(p->dials, "first");
	assert_true(hears(p->answers, p->dials, text) > 0);
	ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
	assert_int_equal(secure_line_hear(p->answers, text), 0);
	assert_null(secure_line_why(p->answers));
	/* as little when the socket takes no more */
	memset(text, 'x', sizeof text);
	do
		ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
	while (secure_line_say(p->dials, text, 1000));
	assert_int_equal(errno, EAGAIN);
	assert_null(secure_line_why(p->dials));
	ERR_clear_error();
}

static void
keeps_it_secret(void **state)
{
	char text[SECURE_LINE_IN + 1];
	struct place *p = *state;
	ssize_t n;

	connect_with(p, p->key);
	says(p->dials, "first");
	assert_true(hears(p->answers, p->dials, text) > 0);
	says(p->dials, "second");
	n = recv(secure_line_fd(p->answers), text, SECURE_LINE_IN, MSG_PEEK);
	assert_true(n > 0);
	assert_null(memmem(text, (size_t)n, "second", 6));
	assert_true(hears(p->answers, p->dials, text) > 0);
	assert_string_equal(text, "second");
}

/* Neither end hears anything of one that has another key. */
static void
refuses_another_key(void **state)
{
	char text[SECURE_LINE_IN + 1];
	struct place *p = *state;
	struct secure_key *other = read_key(p, OTHER, 0600);

	connect_with(p, other);
	says(p->dials, "ring 7");
	assert_int_equal(hears(p->answers, p->dials, text), -1);
	assert_int_equal(hears(p->dials, p->answers, text), -1);
	assert_false(secure_line_is_open(p->answers) ||
	    secure_line_is_open(p->dials));
	assert_non_null(secure_line_why(p->dials));
	secure_line_close(p->dials);
	p->dials = NULL;
	secure_key_free(other);
}

static void
refuses_what_is_no_tls(void **state)
{
	static const char words[] = "ring 7\nring 7\nring 7\nring 7\n";
	char text[SECURE_LINE_IN];
	struct place *p = *state;
	int fd = socket(AF_INET, SOCK_STREAM, 0), n = 0;

	assert_int_equal(connect(fd, (struct sockaddr *)&p->at, sizeof p->at),
	    0);
	answer(p);
	assert_int_equal(send(fd, words, sizeof words - 1, 0),
	    sizeof words - 1);
	for (int i = 0; n == 0 && i < 3000; i++)
		if ((n = secure_line_hear(p->answers, text)) == 0)
			(void)poll(NULL, 0, 1);
	assert_int_equal(n, -1);
	(void)close(fd);
}

/* A bound on what waits for a peer that does not read; it gets all of what was
 * taken, in order. */
static void
waits_for_the_peer(void **state)
{
	char line[1000], text[SECURE_LINE_IN + 1];
	struct place *p = *state;
	size_t taken = 0, heard = 0;
	int n;

	memset(line, 'x', sizeof line);
	connect_with(p, p->key);
	says(p->dials, "first");
	assert_true(hears(p->answers, p->dials, text) > 0);
	while (secure_line_say(p->dials, line, sizeof line))
		assert_true(++taken < 100000);
	assert_int_equal(errno, EAGAIN);
	assert_true(secure_line_is_blocked(p->dials));
	while (heard < taken * (sizeof line + 1)) {
		assert_true((n = hears(p->answers, p->dials, text)) > 0);
		heard += (size_t)n + 1;
	}
	assert_int_equal(heard, taken * (sizeof line + 1));
	assert_int_equal(secure_line_hear(p->dials, text), 0);
	assert_false(secure_line_is_blocked(p->dials));
}

static void
bounds_a_line(void **state)
{
	char text[SECURE_LINE_IN + 1];
	struct place *p = *state;

	memset(text, 'x', sizeof text);
	connect_with(p, p->key);
	assert_true(secure_line_say(p->dials, text, SECURE_LINE_IN - 1));
	assert_int_equal(hears(p->answers, p->dials, text),
	    SECURE_LINE_IN - 1);
	assert_true(secure_line_say(p->dials, text, SECURE_LINE_IN));
	assert_int_equal(hears(p->answers, p->dials, text), -1);
}

static void
reads_keys(void **state)
{
	static const char *const bad[] = {"", "\n", "00", HEX "00",
	    "0x" HEX, " " HEX, "\n" HEX};
	struct place *p = *state;
	struct secure_key *key;

	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], read_key(p, bad[i], 0600) == NULL);
	assert_null(read_key(p, HEX "\n", 0644));
	assert_non_null(key = read_key(p, HEX, 0600));
	secure_key_free(key);
	(void)unlink(p->file);
	assert_non_null(secure_key_read(p->file, &key));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(talks),
	    TEST(survives_errors_of_others), TEST(keeps_it_secret),
	    TEST(refuses_another_key), TEST(refuses_what_is_no_tls),
	    TEST(waits_for_the_peer), TEST(bounds_a_line), TEST(reads_keys)};

	return cmocka_run_group_tests_name("secure_line", tests, NULL, NULL);
}
