/* SPDX-License-Identifier: MIT */
#include "sendd/turns.h"

/* One turn for each line; true when one of them can go on. A line that gets
 * something only now has its turn in the next round. */
static bool
give_round(struct queue *q, unsigned lane, turn_fn *turn, void *arg)
{
	bool again = false;

	for (unsigned n = queue_lines(q, lane); n > 0; n--) {
		struct queue_line *l = queue_next_line(q, lane);

		if (l == NULL)
			break;
		again |= turn(l, lane, arg);
	}
	return again;
}

void
turns_give(struct queue *q, turn_fn *turn, void *arg)
{
	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		while (give_round(q, lane, turn, arg))
			;
}
