/* SPDX-License-Identifier: MIT */
#include "db/run_tally.h"

#include <stdlib.h>
#include <string.h>

#include "db/campaign_figures.h"
#include "db/counter.h"
#include "lib/mem.h"

struct run_share {
	uint64_t send, n;
	unsigned platform;
	enum outcome_kind kind;
	char reason[COUNTER_REASON];
};

/* tells: the reason says more than the word. */
static const struct {
	const char *word;
	bool tells;
} words[OUTCOME__COUNT] = {
    [OUTCOME_FAILED] = {"failed", true}, [OUTCOME_EXPIRED] = {"expired"},
    [OUTCOME_REMOVED] = {"removed"}, [OUTCOME_INACTIVE] = {"inactive"},
    [OUTCOME_CANCELLED] = {"cancelled"}, [OUTCOME_REHEARSED] = {"rehearsed"}};

void
run_tally_init(struct run_tally *t, size_t max)
{
	*t = (struct run_tally){.max = max};
}

void
run_tally_done(struct run_tally *t)
{
	free(t->list);
}

void
run_tally_reset(struct run_tally *t)
{
	t->n = 0;
}

static int
compare_shares(const void *a, const void *b)
{
	const struct run_share *x = a, *y = b;

	if (x->send != y->send)
		return x->send < y->send ? -1 : 1;
	if (x->platform != y->platform)
		return x->platform < y->platform ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->reason, y->reason);
}

/* Most outcomes are like the one before. */
void
run_tally_add(struct run_tally *t, const struct outcome *o)
{
	struct run_share one = {o->row.send, 1, o->row.platform, o->kind, ""};

	if (words[o->kind].word == NULL || o->row.key.lane == 0)
		return;
	if (words[o->kind].tells && o->reason != NULL)
		counter_reason(o->reason, one.reason);
	if (t->list == NULL)
		t->list = xcalloc(t->max, sizeof *t->list);
	if (t->n > 0 && compare_shares(&t->list[t->n - 1], &one) == 0)
		t->list[t->n - 1].n++;
	else
		t->list[t->n++] = one;
}

/* Add up those that are alike. */
static void
merge_shares(struct run_tally *t)
{
	size_t n = 0;

	qsort(t->list, t->n, sizeof *t->list, compare_shares);
	for (size_t i = 1; i < t->n; i++)
		if (compare_shares(&t->list[n], &t->list[i]) == 0)
			t->list[n].n += t->list[i].n;
		else
			t->list[++n] = t->list[i];
	t->n = n + 1;
}

const struct err *
run_tally_post(struct db *db, struct run_tally *t)
{
	struct run_outcome *list;
	const struct err *e;

	if (t->n == 0)
		return NULL;
	merge_shares(t);
	list = xcalloc(t->n, sizeof *list);
	for (size_t i = 0; i < t->n; i++) {
		const struct run_share *s = &t->list[i];

		list[i] = (struct run_outcome){s->send, s->platform,
		    words[s->kind].word, s->reason, s->n};
	}
	e = run_outcomes_post(db, list, t->n);
	free(list);
	return e;
}
