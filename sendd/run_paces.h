/* SPDX-License-Identifier: MIT */
/*
 * The runs of campaigns that are held back: paused, in their quiet hours, or
 * paced by a rate or a spread. A snapshot of what the database says, with what
 * this sendd has let go since: a sendd has the part of a run's rate that it has
 * of the shards, over which the rows of a run are spread evenly.
 *
 * A message that may not go now is put off until its slot, the moment at which
 * the rate allows it, so that the queue has room for others.
 */
#ifndef SENDD_RUN_PACES_H
#define SENDD_RUN_PACES_H

#include <stdbool.h>
#include <stdint.h>

#include "db/campaign_control.h"
#include "lib/arena.h"
#include "lib/zoneinfo.h"

struct run_pace {
	struct campaign_held is;
	int64_t rests_ms;  /* time of day: it is quiet until then; 0: no */
	double rate;	   /* messages a second of this sendd; 0: no limit */
	double allowance;  /* token bucket; about a second's worth at most */
	double slot_ms;	   /* monotonic: the latest one that is taken */
	int64_t filled_ms; /* monotonic */
};

/* A zone that quiet hours have named. */
struct run_zone {
	struct run_zone *next;
	struct zoneinfo *zone; /* NULL: it cannot be read */
	char name[];
};

struct run_paces {
	struct arena *memory, *fresh_memory;
	struct run_pace *list, *fresh; /* in order of send */
	size_t n, n_fresh;
	/* monotonic: the list is as of then, or later; 0: not read yet */
	int64_t as_of_ms, fresh_as_of_ms;
	struct run_zone *zones; /* read so far */
};

void run_paces_init(struct run_paces *p);
void run_paces_done(struct run_paces *p);

/* Read them, on a db_worker's thread, which alone uses what is fresh meanwhile;
 * run_paces_take then puts them in force. Between the two the cancelled sends
 * are read: what is not held any more may be cancelled. */
const struct err *run_paces_read(struct run_paces *p, struct db *db);

/* part: of all shards, those of this sendd. */
void run_paces_take(struct run_paces *p, double part, int64_t time_ms,
    int64_t mono_ms);

/* Is the list no older than a change of a run may be unknown? If it is older,
 * a run may have been paused, or resumed, meanwhile. */
bool run_paces_are_known(const struct run_paces *p, int64_t mono_ms);

/* Must a message of the send wait, whatever the rate? For how long, in ms; 0:
 * it need not. *paused: because the run is; else in its quiet hours. */
int64_t run_paces_rest_ms(const struct run_paces *p, uint64_t send,
    int64_t time_ms, bool *paused);

/* How often the run was changed so far, as far as is known; 0: it is not held
 * back. For struct outcome. */
uint64_t run_paces_changes(const struct run_paces *p, uint64_t send);

/* Let one go by the rate: 0, or until its slot, in ms. */
int64_t run_paces_ask_ms(struct run_paces *p, uint64_t send, int64_t mono_ms);

#endif
