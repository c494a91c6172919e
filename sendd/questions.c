/* SPDX-License-Identifier: MIT */
#include "sendd/questions.h"

#include "lib/clock.h"

void
questions_add(struct questions *q, const struct doorbell_message *wait,
    struct scan *scan)
{
	if (q->n == QUESTIONS)
		scan_ring(scan, wait->shard);
	else
		q->list[q->n++] = (struct question){wait->send, wait->shard,
		    wait->rows};
}

bool
questions_are_open(const struct questions *q,
    const struct recent_sends *recent)
{
	for (unsigned i = 0; i < q->n; i++)
		if (!recent_sends_have(recent, q->list[i].send,
			q->list[i].rows))
			return true;
	return false;
}

void
questions_ring(struct questions *q, const struct recent_sends *recent,
    struct scan *scan)
{
	for (unsigned i = 0; i < q->n; i++) {
		const struct question *one = &q->list[i];

		if (recent_sends_have(recent, one->send, one->rows))
			scan_rang(scan, one->shard, clock_mono_ms());
		else
			scan_ring(scan, one->shard);
	}
	q->n = 0;
}
