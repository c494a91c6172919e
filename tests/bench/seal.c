/* SPDX-License-Identifier: MIT */
/*
 * The bare cost of Web Push: messages of a usual size, encrypted by as many
 * threads as there are processors, and nothing else.
 *
 *   seal N
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/text.h"
#include "push/webpush_cipher.h"

#define THREADS_MAX 64
#define LEN 250 /* bytes of a message */

static uint64_t each; /* messages of a thread */

static void *
seal_many(void *arg)
{
	const struct cipher_for *to = arg;
	unsigned char body[CIPHER_RECORD], salt[CIPHER_SALT];

	memset(body, 'x', sizeof body);
	for (uint64_t i = 0; i < each; i++) {
		struct crypto_pair *pair = crypto_pair_new();

		crypto_random(salt, sizeof salt);
		if (cipher_seal(pair, salt, to, body, LEN,
			cipher_padded(LEN)) == 0)
			fatalx("the point is not on the curve");
		crypto_pair_free(pair);
	}
	return NULL;
}

static double
cpu_us(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void
measure(long threads)
{
	struct crypto_pair *browser = crypto_pair_new();
	int64_t begin_us = clock_mono_us();
	pthread_t all[THREADS_MAX];
	struct cipher_for to = {{0}, {0}};
	double seconds, n = (double)each * (double)threads;

	crypto_pair_point(browser, to.point);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&all[i], NULL, seal_many, &to) != 0)
			fatalx("no thread");
	for (long i = 0; i < threads; i++)
		(void)pthread_join(all[i], NULL);
	seconds = (double)(clock_mono_us() - begin_us) / 1e6;
	printf("%.0f messages/s, %.1f us CPU each\n", n / seconds,
	    cpu_us() / n);
	crypto_pair_free(browser);
}

int
main(int argc, char *argv[])
{
	long threads = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t n;

	if (argc != 2 || !text_u64(argv[1], 100000000, &n))
		fatalx("usage: seal N");
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	each = n / (uint64_t)threads;
	measure(threads);
	return 0;
}
