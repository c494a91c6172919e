/* SPDX-License-Identifier: MIT */
/*
 * sendd's end of the doorbell, over a socket: whoever waits hears once, and
 * not too early. Input: lines, "p N TEXT" a packet of caller N, "a SEND" an
 * answer of that send, "r SEND" a row of it is read, "h N" caller N goes, "m
 * SHARD" the shard comes or goes.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/doorbell.h"
#include "sendd/admit.h"
#include "sendd/doorbell_server.h"
#include "tests/fuzz/fuzz.h"

#define CALLERS 4
#define SENDS 16 /* that the model follows */
#define WAITS 64

static struct {
	struct {
		char *path;
		struct poller *poller;
		struct shards shards;
		struct scan scan;
		struct doorbell_server *doorbell;
	} s;
	int caller[CALLERS];
	struct wait {
		int caller;
		uint64_t send;
		uint32_t left;
	} waits[WAITS];
	size_t n_waits;
	uint32_t answers[SENDS], reads[SENDS];
	bool lost; /* beyond the model */
} w;

static void
settle(void)
{
	for (int i = 0; i < 3; i++)
		poller_run(w.s.poller, 0);
}

static int
dial(int n)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	if (w.caller[n] >= 0)
		return w.caller[n];
	(void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s",
	    w.s.path);
	w.caller[n] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	MUST(connect(w.caller[n], (struct sockaddr *)&sa, sizeof sa) == 0);
	settle();
	return w.caller[n];
}

static void
model_forget(int n)
{
	size_t kept = 0;

	for (size_t i = 0; i < w.n_waits; i++)
		if (w.waits[i].caller != n)
			w.waits[kept++] = w.waits[i];
	w.n_waits = kept;
}

static void
model_leave(int n, uint64_t send)
{
	size_t kept = 0;

	for (size_t i = 0; i < w.n_waits; i++)
		if (w.waits[i].caller != n || w.waits[i].send != send)
			w.waits[kept++] = w.waits[i];
	w.n_waits = kept;
}

static void
hang_up(int n)
{
	if (w.caller[n] < 0)
		return;
	(void)close(w.caller[n]);
	w.caller[n] = -1;
	model_forget(n);
	settle();
}

/* The caller must hear exactly this now; DOORBELL_RING: nothing. */
static void
hears(int n, enum doorbell_verb word, uint64_t send)
{
	char text[DOORBELL_MAX + 1];
	ssize_t len = recv(w.caller[n], text, sizeof text, MSG_DONTWAIT);
	struct doorbell_message b;

	if (w.lost)
		return;
	if (word == DOORBELL_RING) {
		MUST(len < 0 && errno == EAGAIN);
		return;
	}
	MUST(len > 0 && doorbell_read(text, (unsigned)len, &b));
	MUST(b.verb == word && b.send == send);
}

/* What is waited for is looked at, unless all of it is read. */
static void
model_look(const struct doorbell_message *b)
{
	doorbell_server_look(w.s.doorbell);
	if (!w.lost && b->send < SENDS && b->rows > 0)
		MUST(w.s.scan.rang[b->shard] ==
		    (w.reads[b->send] < b->rows));
}

/* A caller that asks again for a send waits once. */
static void
model_wait(int n, const struct doorbell_message *b)
{
	model_leave(n, b->send);
	if (!w.s.shards.all[b->shard].mine) {
		hears(n, DOORBELL_ELSE, b->send);
	} else if (b->send >= SENDS || w.n_waits == WAITS) {
		w.lost = true;
	} else if (w.answers[b->send] >= b->rows) {
		hears(n, DOORBELL_DONE, b->send);
	} else {
		w.waits[w.n_waits++] = (struct wait){n, b->send,
		    b->rows - w.answers[b->send]};
		hears(n, DOORBELL_RING, 0);
	}
}

static void
packet(int n, const char *text)
{
	struct doorbell_message b;
	size_t len = strlen(text);

	if (len == 0)
		return; /* to the reader the end of the connection */
	memset(w.s.scan.rang, 0, sizeof w.s.scan.rang);
	(void)send(dial(n), text, len, MSG_NOSIGNAL);
	settle();
	if (!doorbell_read(text, (unsigned)len, &b) ||
	    (b.verb != DOORBELL_ALL && b.shard >= OUTBOX_SHARDS)) {
		hears(n, DOORBELL_RING, 0);
	} else if (b.verb == DOORBELL_ALL) {
		MUST(b.ms > SCAN_AHEAD_MAX_MS ||
		    (b.ms > 0 ? w.s.scan.seconds != 0
			      : w.s.scan.look_all));
	} else if (b.verb == DOORBELL_WAIT) {
		model_look(&b);
		model_wait(n, &b);
	} else if (b.verb == DOORBELL_LEAVE) {
		model_leave(n, b.send);
	} else if (b.verb == DOORBELL_SOON || b.verb == DOORBELL_RING) {
		MUST(w.s.scan.rang[b.shard]);
	}
}

static void
answered(uint64_t send)
{
	const struct outcome o = {.kind = OUTCOME_SENT, .row = {.send = send}};
	size_t kept = 0;

	doorbell_server_settled(w.s.doorbell, &o);
	doorbell_server_tell(w.s.doorbell);
	if (send >= SENDS) {
		w.lost = true; /* it may push out what was remembered */
		return;
	}
	w.answers[send]++;
	for (size_t i = 0; i < w.n_waits; i++) {
		struct wait at = w.waits[i];

		if (at.send == send && --at.left == 0)
			hears(at.caller, DOORBELL_DONE, send);
		else
			w.waits[kept++] = at;
	}
	w.n_waits = kept;
}

static void
is_read(uint64_t send)
{
	doorbell_server_read(w.s.doorbell, send);
	if (send < SENDS)
		w.reads[send]++;
	else
		w.lost = true; /* likewise */
}

static void
operation(const char *line)
{
	unsigned long n = *line != '\0' ? strtoul(line + 1, NULL, 10) : 0;

	if (*line == 'p' && strlen(line) > 4)
		packet((int)(n % CALLERS), line + 4);
	else if (*line == 'a')
		answered(n);
	else if (*line == 'r')
		is_read(n);
	else if (*line == 'h')
		hang_up((int)(n % CALLERS));
	else if (*line == 'm')
		w.s.shards.all[n % OUTBOX_SHARDS].mine ^= true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	char path[64];

	memset(&w, 0, sizeof w);
	(void)snprintf(path, sizeof path, "/tmp/outpost-fuzz-bell.%d",
	    (int)getpid());
	w.s.path = path;
	memset(w.caller, 0xff, sizeof w.caller);
	MUST(poller_new(&w.s.poller) == NULL &&
	     doorbell_server_open(w.s.path, doorbell_listen,
	     w.s.poller, &w.s.shards, &w.s.scan, &w.s.doorbell) == NULL);
	for (int i = 0; i < 100 && in.left > 0; i++)
		operation(input_line(&in));
	for (int i = 0; i < CALLERS; i++)
		hang_up(i);
	doorbell_server_close(w.s.doorbell);
	poller_free(w.s.poller);
	input_done(&in);
	return 0;
}
