/* SPDX-License-Identifier: MIT */
#include "sendd/minutes.h"

#include <string.h>

/* What was rehearsed or put off is not over; what was cancelled is nobody's
 * failure, and there may be 100,000 of it in a minute. */
static const int ended_as[OUTCOME__COUNT] = {
    [OUTCOME_SENT] = MINUTE_SENT, [OUTCOME_FAILED] = MINUTE_FAILED,
    [OUTCOME_EXPIRED] = MINUTE_EXPIRED, [OUTCOME_DEFERRED] = -1,
    [OUTCOME_REMOVED] = MINUTE_FAILED, [OUTCOME_INACTIVE] = MINUTE_FAILED,
    [OUTCOME_CANCELLED] = -1, [OUTCOME_REHEARSED] = -1};

void
minutes_take(struct minutes *m, const struct tallies *t)
{
	for (const struct tally *one = t->first; one != NULL; one = one->next)
		if (one->platform < PLATFORM__COUNT && ended_as[one->kind] >= 0)
			m->ended[one->platform][ended_as[one->kind]] += one->n;
}

static void
list_count(struct minute_count *list, size_t *n, unsigned platform,
    unsigned what, uint64_t count)
{
	if (count > 0)
		list[(*n)++] = (struct minute_count){.platform = platform,
		    .what = what, .n = count};
}

size_t
minutes_list(const struct minutes *m, const struct figures *f,
    struct minute_count list[MINUTES_MAX])
{
	size_t n = 0;

	for (unsigned p = 0; p < PLATFORM__COUNT; p++) {
		for (unsigned i = 0; i < MINUTES_ENDED; i++)
			list_count(list, &n, p, i, m->ended[p][i]);
		for (unsigned i = 0; i < histogram_answers.n; i++)
			list_count(list, &n, p, MINUTE_ANSWERS + i,
			    f->answers[p].n[i] - m->written[p].n[i]);
	}
	return n;
}

void
minutes_written(struct minutes *m,
    const struct histogram answers[PLATFORM__COUNT], int64_t now_ms)
{
	memset(m->ended, 0, sizeof m->ended);
	memcpy(m->written, answers, sizeof m->written);
	m->due_ms = now_ms + MINUTES_MS;
}
