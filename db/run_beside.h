/* SPDX-License-Identifier: MIT */
/*
 * Two connections that write two stretches of a run at the same time, the one
 * behind the other: MariaDB works for a connection with one core. The first
 * connection goes through the run as if it were alone (campaign_queue_step). On
 * the way it offers the stretch behind its own to the second one
 * (campaign_queue_beside), which writes the rows of that stretch, but records
 * the progress only when that of the first one is seen: so the run is always
 * where it says, whichever of them is killed. Both are made durable together,
 * for a row lock is held up to a COMMIT, and not until that is on the disk.
 */
#ifndef DB_RUN_BESIDE_H
#define DB_RUN_BESIDE_H

#include "db/run_stretch.h"

/* What the two tell each other, each in a thread of its own. */
struct run_beside;

struct run_beside *run_beside_new(void);
void run_beside_free(struct run_beside *b); /* takes NULL */

/* Another pair of stretches begins. Only while neither thread is at work. */
void run_beside_begin(struct run_beside *b);

/* By the first one. What to write beside its own stretch: so many devices of
 * those that s has, at most. The second time it changes nothing. Then that its
 * own rows are written, and its COMMIT comes. Then the end, which must come,
 * even without the others. */
void run_beside_offer(struct run_beside *b, const struct run_stretch *s,
    int64_t devices);
void run_beside_note_written(struct run_beside *b);
void run_beside_end(struct run_beside *b);

/* By the second one, which waits: was one offered? Then: were the rows of the
 * first stretch written? They may have been rolled back since. */
bool run_beside_offered(struct run_beside *b, struct run_stretch *s,
    int64_t *devices);
bool run_beside_written(struct run_beside *b);

#endif
