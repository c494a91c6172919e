/* SPDX-License-Identifier: MIT */
/*
 * Histograms with fixed bounds: sendd counts, its heartbeat carries them as
 * JSON, the responders show them. One number per bucket (not cumulative), then
 * the sum of all values.
 */
#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/json.h"

#define HISTOGRAM_MAX 12 /* buckets, the one without a bound included */

struct histogram_kind {
	const char *member; /* its name in the figures */
	unsigned n; /* buckets; the last counts values above all bounds */
	int64_t bounds[HISTOGRAM_MAX - 1]; /* upper bounds, inclusive */
};

/* histogram_answers: microseconds from the start of a request to its whole
 * answer. histogram_tries: tries of a message until it was finished. */
extern const struct histogram_kind histogram_answers, histogram_tries;

struct histogram {
	uint64_t n[HISTOGRAM_MAX];
	uint64_t sum;
};

/* A few comparisons: cheap enough for every message. */
static inline void
histogram_add(struct histogram *h, const struct histogram_kind *k,
    int64_t value)
{
	unsigned i = 0;

	while (i + 1 < k->n && value > k->bounds[i])
		i++;
	h->n[i]++;
	h->sum += value > 0 ? (uint64_t)value : 0;
}

/* The value that this part (0 to 1) of all is not above, by the bounds of its
 * bucket; of the last bucket, the highest bound. 0 when it is empty. */
int64_t histogram_quantile(const struct histogram *h,
    const struct histogram_kind *k, double part);

/* [n, ..., n, sum] */
void histogram_write(const struct histogram *h, const struct histogram_kind *k,
    struct buf *into);

/* False when it is not of this kind: written by another version. */
bool histogram_read(const struct json *j, const struct histogram_kind *k,
    struct histogram *h);

#endif
