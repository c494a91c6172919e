/* SPDX-License-Identifier: MIT */
/* Nodes that take no more connections. */
#include "db/db_part.h"

#include "lib/clock.h"

#define FULL_MS 2000	  /* a node that is full is tried again after this, */
#define FULL_MAX_MS 60000 /* and after twice as long each time, up to this */

/* Who leaves a good connection to be refused prepares all anew at the next
 * node. */
void
db_note_full(struct db *db)
{
	int64_t now_ms = clock_mono_ms();
	int64_t *until_ms = &db->full_until_ms[db->node];
	int64_t *pause_ms = &db->full_ms[db->node];

	if (now_ms < *until_ms)
		return;
	*pause_ms = *pause_ms == 0 ? FULL_MS : 2 * *pause_ms;
	if (*pause_ms > FULL_MAX_MS)
		*pause_ms = FULL_MAX_MS;
	*until_ms = now_ms + *pause_ms;
}

unsigned
db_full_places(const struct db *db)
{
	int64_t now_ms = clock_mono_ms();
	unsigned places = 0;

	for (size_t i = 0; i < db->nodes.n; i++)
		if (now_ms < db->full_until_ms[i])
			places |= 1U << i;
	return places;
}
