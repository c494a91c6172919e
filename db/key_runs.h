/* SPDX-License-Identifier: MIT */
/*
 * Keys of rows of the outbox as runs: ids that follow one another at one
 * distance. The messages of a batch lie so (db/outbox_send.c), and a statement
 * on a run of them costs less than one on a list.
 */
#ifndef DB_KEY_RUNS_H
#define DB_KEY_RUNS_H

#include "db/outbox.h"

/* Exactly the ids first.id, first.id + step, and so on to last. */
struct key_run {
	struct outbox_key first;
	uint64_t last, step;
};

/* Sort the keys, and divide them into runs; runs: room for n. Returns how many
 * there are. */
size_t key_runs(struct outbox_key *keys, size_t n, struct key_run *runs);

#endif
