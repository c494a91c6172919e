/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz drivers share. A driver is one file: libFuzzer calls its
 * LLVMFuzzerTestOneInput with bytes of its making, over and over in one
 * process, and watches which branches they reach.
 *
 *	int
 *	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
 *	{
 *		struct input in = {data, size};
 *		char *line = input_line(&in);
 *
 *		... give it to our code, and MUST(what always holds) ...
 *		input_done(&in);
 *		return 0;
 *	}
 *
 * - MUST says more than "does not crash": compare with a second, simpler
 *   computation, or go there and back again.
 * - Whatever is read comes from an exact copy on the heap (input_...), so
 *   that one byte too many is found.
 * - Nothing is kept from one input to the next, nothing depends on the hour:
 *   the clock stands, random bytes are no such.
 * - Inputs are lines of text where that is possible, so that seeds can be
 *   read. Seeds are in corpus/NAME/, words that help in NAME.dict; both are
 *   found by name, and so is the driver: there is no list.
 * - What belongs to the world (database, libcurl, TLS, sockets) is replaced
 *   at link time: the driver defines the functions of that one file.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define FUZZ_NOW_MS 1764000000000 /* 2025-11-24T16:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(is_so)                                                          \
	do {                                                                 \
		if (!(is_so))                                                \
			fuzz_fail(__FILE__, __LINE__, #is_so);               \
	} while (0)

static inline void __attribute__((noreturn))
fuzz_fail(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* Every line of the log is formatted; the runner throws them away. */
static void __attribute__((constructor))
fuzz_start(void)
{
	clock_set(FUZZ_NOW_MS);
	log_open("fuzz", 0, LOG_L_DEBUG);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* libcrypto's, for our code: the same each time. */
int
RAND_bytes(unsigned char *bytes, int n)
{
	memset(bytes, 0x5a, (size_t)n);
	return 1;
}

/* --- input ------------------------------------------------------------ */

#define INPUT_TEXTS 256

struct input {
	const uint8_t *at;
	size_t left;
	char *owned[INPUT_TEXTS];
	unsigned n;
};

/* 0 at the end. */
static inline unsigned
input_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

/* A copy of the next len bytes, or of what is left, with NUL behind; valid
 * until input_done. */
static inline char *
input_text(struct input *in, size_t len)
{
	char *copy;

	if (len > in->left || in->n == INPUT_TEXTS - 1)
		len = in->left;
	if (in->n == INPUT_TEXTS) /* the last one has taken all */
		return in->owned[in->n - 1] + strlen(in->owned[in->n - 1]);
	copy = xmalloc(len + 1);
	memcpy(copy, in->at, len);
	copy[len] = '\0';
	in->at += len;
	in->left -= len;
	return in->owned[in->n++] = copy;
}

/* Up to the next line feed, which is skipped; "" at the end. */
static inline char *
input_line(struct input *in)
{
	const uint8_t *end = in->left > 0 ? memchr(in->at, '\n', in->left)
					  : NULL;
	char *line = input_text(in, end != NULL ? (size_t)(end - in->at)
						: in->left);

	if (end != NULL && in->left > 0)
		(void)input_byte(in);
	return line;
}

static inline char *
input_rest(struct input *in, size_t *len)
{
	*len = in->left;
	return input_text(in, in->left);
}

static inline void
input_done(struct input *in)
{
	while (in->n > 0)
		free(in->owned[--in->n]);
}

/* --- second opinions -------------------------------------------------- */

/* The character that p begins with, and its bytes; 0 when there is none
 * (RFC 3629, by its values instead of its table). */
static inline size_t
utf8_next(const unsigned char *p, size_t left, uint32_t *c)
{
	static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
	size_t n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3
		: *p >> 3 == 30 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	*c = n == 1 ? *p : *p & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return n;
}

/* Printable ASCII only. */
static inline bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

#endif
