/* SPDX-License-Identifier: MIT */
/*
 * guess SECRET: how long it takes to hash a guess at that secret and to hold
 * it against the integration's row, by how many of its first characters are
 * right. The kinds take turns; prints "RIGHT NANOSECONDS" lines: medians.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"

#include "db/integration.h"

#define SAMPLES 2001
#define AT_ONCE 200 /* guesses a sample: the clock's own step is coarse */
#define LENGTH (INTEGRATION_SECRET - 1)

static const size_t kinds[] = {0, 10, 22, 42};

static double
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* n characters right, the next one wrong, the rest by chance. */
static void
make_guess(const char *secret, size_t n, char guess[INTEGRATION_SECRET])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
				     "ghijklmnopqrstuvwxyz0123456789-_";
	unsigned char chance[INTEGRATION_SECRET];

	crypto_random(chance, sizeof chance);
	memcpy(guess, secret, INTEGRATION_SECRET);
	for (size_t i = n; i < LENGTH; i++)
		guess[i] = digits[chance[i] % 64];
	if (guess[n] == secret[n])
		guess[n] = guess[n] == 'A' ? 'B' : 'A';
}

static double
sample(const struct integration *row, const char *secret, size_t n)
{
	char guesses[AT_ONCE][INTEGRATION_SECRET], hash[INTEGRATION_HASH];
	double begin;
	int found = 0;

	for (size_t i = 0; i < AT_ONCE; i++)
		make_guess(secret, n, guesses[i]);
	begin = now_ns();
	for (size_t i = 0; i < AT_ONCE; i++) {
		integration_hash(guesses[i], hash);
		found += integration_has(row, hash);
	}
	if (found > 0)
		fatalx("a wrong secret was taken");
	return (now_ns() - begin) / AT_ONCE;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	static double times[nitems(kinds)][SAMPLES];
	struct integration row = {.id = 1};

	if (argc != 2 || strlen(argv[1]) != LENGTH)
		fatalx("usage: guess SECRET, of %d characters", LENGTH);
	integration_hash(argv[1], row.hash);
	for (size_t s = 0; s < SAMPLES; s++)
		for (size_t k = 0; k < nitems(kinds); k++)
			times[(k + s) % nitems(kinds)][s] = sample(&row,
			    argv[1], kinds[(k + s) % nitems(kinds)]);
	for (size_t k = 0; k < nitems(kinds); k++) {
		qsort(times[k], SAMPLES, sizeof times[k][0], by_size);
		printf("%zu %.1f\n", kinds[k], times[k][SAMPLES / 2]);
	}
	return 0;
}
