/* SPDX-License-Identifier: MIT */
/* The doorbell's words, and what a responder hears of sendd. Input: a line
 * with the send that is waited for; each further line is a packet. */
#include <sys/socket.h>
#include <unistd.h>

#include "lib/bell.h"
#include "tests/fuzz/fuzz.h"

/* Written again it says the same. */
static bool
read_packet(const char *text, size_t len, struct bell *b)
{
	char again[BELL_MAX + 1];
	struct bell back;
	unsigned n;

	if (!bell_read(text, (unsigned)len, b))
		return false;
	MUST(len <= BELL_MAX && strlen(text) == len);
	n = bell_write(b, again);
	MUST(n <= len && bell_read(again, n, &back));
	MUST(b->word == back.word && b->shard == back.shard &&
	    b->send == back.send && b->rows == back.rows &&
	    b->ms == back.ms);
	return true;
}

/* Gives them all; what must be heard of it. An empty packet is to the reader
 * the end. */
static enum bell_word
packets(struct input *in, int fd, uint64_t about)
{
	enum bell_word word = BELL_RING;
	bool over = false;

	for (unsigned i = 0; i < 100 && in->left > 0; i++) {
		const char *end = memchr(in->at, '\n', in->left);
		size_t len = end != NULL ? (size_t)(end - (const char *)in->at)
					 : in->left;
		const char *text = input_line(in);
		struct bell b;

		MUST(send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len);
		if (len == 0)
			over = true;
		if (!read_packet(text, len, &b) || over || b.send != about ||
		    b.word < BELL_DONE)
			continue;
		word = b.word;
		over = true;
	}
	return word;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint64_t about = strtoull(input_line(&in), NULL, 10);
	struct bell_line line = {NULL, -1};
	enum bell_word wanted;
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	line.fd = pair[0];
	wanted = packets(&in, pair[1], about);
	(void)close(pair[1]);
	MUST(bell_hear(&line, about, clock_mono_ms() + 1000) == wanted);
	MUST(wanted != BELL_RING || line.fd == -1);
	bell_hang_up(&line);
	input_done(&in);
	return 0;
}
