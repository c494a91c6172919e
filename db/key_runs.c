/* SPDX-License-Identifier: MIT */
#include "db/key_runs.h"

#include <stdlib.h>

/* In a batch, the id between those of two rows is mostly the one of a body. It
 * may be a row whose outcome another writer has: its locks are then waited for
 * until its COMMIT. All go through the keys in ascending order, so no two wait
 * for each other. Ids that are further apart may have more such rows between
 * them. */
#define STEP_MAX 2

static int
by_key(const void *a, const void *b)
{
	const struct outbox_key *x = a, *y = b;

	if (x->shard != y->shard)
		return x->shard < y->shard ? -1 : 1;
	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	if (x->due_ms != y->due_ms)
		return x->due_ms < y->due_ms ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Does the key, which is not before the run's last one, continue it? */
static bool
continues(struct key_run *r, const struct outbox_key *k)
{
	uint64_t step = k->id - r->last;

	if (k->shard != r->first.shard || k->lane != r->first.lane ||
	    k->due_ms != r->first.due_ms || step == 0 || step > STEP_MAX ||
	    (r->last != r->first.id && step != r->step))
		return false;
	r->step = step;
	r->last = k->id;
	return true;
}

size_t
key_runs(struct outbox_key *keys, size_t n, struct key_run *runs)
{
	size_t n_runs = 0;

	qsort(keys, n, sizeof *keys, by_key);
	for (size_t i = 0; i < n; i++)
		if (n_runs == 0 || !continues(&runs[n_runs - 1], &keys[i]))
			runs[n_runs++] = (struct key_run){keys[i], keys[i].id,
			    1};
	return n_runs;
}
