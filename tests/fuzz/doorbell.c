/* SPDX-License-Identifier: MIT */
/* The doorbell's words, and what a responder hears of sendd. Input: a line
 * with the send that is waited for; each further line is a packet. */
#include <sys/socket.h>
#include <unistd.h>

#include "core/doorbell.h"
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
	MUST(len <= DOORBELL_MAX && strlen(text) == len);
	n = doorbell_write(b, again);
	MUST(n <= len && doorbell_read(again, n, &back));
	MUST(b->verb == back.verb && b->shard == back.shard &&
	    b->send == back.send && b->rows == back.rows &&
	    b->ms == back.ms && b->counted == back.counted &&
	    memcmp(b->by, back.by, sizeof b->by) == 0);
	return true;
}

/* Gives them all; what must be heard of it. An empty packet is to the reader
 * the end. */
static enum doorbell_verb
packets(struct input *in, int fd, uint64_t about)
{
	enum doorbell_verb word = DOORBELL_RING;
	bool over = false;

	for (unsigned i = 0; i < 100 && in->left > 0; i++) {
		const char *end = memchr(in->at, '\n', in->left);
		size_t len = end != NULL ? (size_t)(end - (const char *)in->at)
					 : in->left;
		const char *text = input_line(in);
		struct doorbell_message b;

		MUST(send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len);
		if (len == 0)
			over = true;
		if (!read_packet(text, len, &b) || over || b.send != about ||
		    b.verb < DOORBELL_DONE)
			continue;
		word = b.verb;
		over = true;
	}
	return word;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint64_t about = strtoull(input_line(&in), NULL, 10);
	struct doorbell_client line = {NULL, -1};
	enum doorbell_verb wanted;
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	line.fd = pair[0];
	wanted = packets(&in, pair[1], about);
	(void)close(pair[1]);
	MUST(doorbell_wait(&line, about, clock_mono_ms() + 1000) == wanted);
	MUST(wanted != DOORBELL_RING || line.fd == -1);
	doorbell_close(&line);
	input_done(&in);
	return 0;
}
