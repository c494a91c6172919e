/* SPDX-License-Identifier: MIT */
#include "sendd/skew.h"

#include <stdlib.h>

#define WAY_MS 250  /* of a row from node to node, and within a busy one */
#define DRIFT_MS 1 /* of two clocks from one look to the next */

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What contradicts all that was known is the truth: a clock was set. */
void
skew_note(struct skew *s, int64_t said_ms, int64_t before_ms, int64_t after_ms)
{
	struct skew now = {said_ms - after_ms - WAY_MS,
	    said_ms - before_ms + WAY_MS, true};
	int64_t low = larger(now.low_ms, s->low_ms - DRIFT_MS);
	int64_t high = -larger(-now.high_ms, -s->high_ms - DRIFT_MS);

	if (s->known && low <= high) {
		now.low_ms = low;
		now.high_ms = high;
	}
	*s = now;
}

int64_t
skew_sure(const struct skew *s)
{
	if (!s->known || (s->low_ms < SKEW_MIN_MS && s->high_ms > -SKEW_MIN_MS))
		return 0;
	return s->low_ms + (s->high_ms - s->low_ms) / 2;
}

static int
compare_ms(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int64_t
skew_middle(int64_t *list, size_t n)
{
	qsort(list, n, sizeof *list, compare_ms);
	return list[(n - 1) / 2];
}
