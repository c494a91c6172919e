/* SPDX-License-Identifier: MIT */
/* What is said at the doorbell, and what a waiting room hears of sendd. Input:
 * a line with the send that is waited for; each further line is a packet, in
 * which a tab stands for the end of a line. */
#include <sys/socket.h>
#include <unistd.h>

#include "core/waits.h"
#include "tests/fuzz/fuzz.h"

/* Written again it says the same. */
static bool
read_packet(const char *text, size_t len, struct doorbell_message *b)
{
	char again[DOORBELL_MAX + 1];
	struct doorbell_message back;
	unsigned n;

	if (!doorbell_read(text, (unsigned)len, b))
		return false;
	MUST(len <= DOORBELL_MAX);
	n = doorbell_write(b, again);
	MUST(n <= len && doorbell_read(again, n, &back));
	MUST(b->verb == back.verb && b->shard == back.shard &&
	    b->send == back.send && b->rows == back.rows &&
	    b->ms == back.ms && b->counted == back.counted &&
	    memcmp(b->by, back.by, sizeof b->by) == 0);
	return true;
}

/* Do its numbers fit a send of three rows? */
static bool
fits(const struct doorbell_message *b)
{
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if ((uint64_t)b->by[p].sent + b->by[p].failed +
		    b->by[p].expired > 3)
			return false;
	return b->verb == DOORBELL_DONE && b->counted;
}

/* Does a line of the packet end the wait? */
static bool
ends(const struct doorbell_packet *p, uint64_t about)
{
	struct doorbell_message b;
	bool over = false;

	for (unsigned at = 0; at < p->len;) {
		const char *line = p->text + at;
		const char *end = memchr(line, '\n', p->len - at);
		size_t len = end != NULL ? (size_t)(end - line) : p->len - at;

		if (read_packet(line, len, &b) && b.send == about)
			over |= fits(&b);
		at += (unsigned)len + 1;
	}
	return over;
}

/* Gives them all; must the wait be over? An empty packet is to the reader the
 * end. */
static bool
packets(struct input *in, int fd, uint64_t about)
{
	bool over = false, closed = false;

	for (unsigned i = 0; i < 100 && in->left > 0; i++) {
		const char *text = input_line(in);
		struct doorbell_packet p = {.len = (unsigned)strlen(text)};

		if (p.len > sizeof p.text)
			continue;
		for (unsigned k = 0; k < p.len; k++)
			p.text[k] = text[k] == '\t' ? '\n' : text[k];
		MUST(send(fd, p.text, p.len, MSG_NOSIGNAL) == (ssize_t)p.len);
		closed |= p.len == 0;
		over |= !closed && ends(&p, about);
	}
	return over;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct waits l = {.epoll = -1};
	struct doorbell_packet asked;
	struct waiter w = {.until_ms = 1000, .fd = -1, .rows = 3,
	    .send = strtoull(input_line(&in), NULL, 10), .one_shard = true,
	    .begun = {{0}}};
	int pair[2];
	bool over;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		w.begun[p].total = 3;
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	l.line.fd = pair[0];
	waits_add(&l, &w, 0);
	/* read, for who closes with unread data takes back what it has said */
	MUST(w.told && doorbell_hear(pair[1], &asked) == 1);
	over = packets(&in, pair[1], w.send);
	(void)close(pair[1]);
	waits_hear(&l, 1);
	MUST(l.line.fd == -1 && !w.told && (l.due.n == 0) == over);
	MUST(waits_ended(&l) == (over ? &w : NULL));
	waits_done(&l);
	input_done(&in);
	return 0;
}
