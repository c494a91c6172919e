/* SPDX-License-Identifier: MIT */
#include "core/histogram.h"

const struct histogram_kind histogram_answers = {"answers", 12,
    {5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
	5000000, 10000000}};
const struct histogram_kind histogram_tries = {"tries", 6, {1, 2, 3, 5, 10}};

int64_t
histogram_quantile(const struct histogram *h, const struct histogram_kind *k,
    double part)
{
	uint64_t all = 0, below = 0;
	unsigned i = 0;
	double rank, low;

	for (unsigned j = 0; j < k->n; j++)
		all += h->n[j];
	if (all == 0)
		return 0;
	rank = part * (double)all;
	while (i + 1 < k->n && (double)(below + h->n[i]) < rank)
		below += h->n[i++];
	if (i + 1 == k->n)
		return k->bounds[i - 1];
	low = i > 0 ? (double)k->bounds[i - 1] : 0;
	return (int64_t)(low + ((double)k->bounds[i] - low) *
	    (rank - (double)below) / (double)h->n[i]);
}

void
histogram_write(const struct histogram *h, const struct histogram_kind *k,
    struct buf *into)
{
	for (unsigned i = 0; i < k->n; i++)
		(void)buf_fmt(into, "%c%llu", i == 0 ? '[' : ',',
		    (unsigned long long)h->n[i]);
	(void)buf_fmt(into, ",%llu]", (unsigned long long)h->sum);
}

bool
histogram_read(const struct json *j, const struct histogram_kind *k,
    struct histogram *h)
{
	int64_t value;

	if (json_len(j) != k->n + 1U)
		return false;
	for (unsigned i = 0; i <= k->n; i++) {
		if ((value = json_int(json_at(j, i), -1)) < 0)
			return false;
		*(i < k->n ? &h->n[i] : &h->sum) = (uint64_t)value;
	}
	return true;
}
