/* SPDX-License-Identifier: MIT */
/*
 * An errand: a run of sendd with an end, on a host that has no daemon. cron
 * starts one for a time ("outpost deliver"), which does all that sendd does; a
 * call that waits for its send starts one for the rows of that send. Either has
 * one thread and one connection to the database.
 *
 * An errand for a time has a name of its own, INSTANCE/deliver-N, and leaves as
 * soon as it sees a daemon. One for a send has no name and no heartbeat, so
 * that nobody shares the shards with it anew: it takes the free shards that it
 * needs, and gives them back.
 *
 * Times are monotonic, in ms.
 */
#ifndef SENDD_ERRAND_H
#define SENDD_ERRAND_H

#include "sendd/leases.h"

struct errand {
	int64_t for_ms; /* 0: there is no errand, this is a daemon */
	uint64_t send;	/* only the rows of this send; 0: what is due */
	int64_t close_ms; /* no request begins after this moment */
	int64_t end_ms;	  /* the process ends about then */
	int64_t alive_ms; /* [sendd] lease, which the others have */
	int64_t look_ms;  /* when the database is asked again what is left */
	bool over;	  /* nothing is left, or there is a daemon */

	/* borrowed from struct sendd */
	const struct settings *settings;
	struct db *db;
	struct leases *leases;
	struct shards *shards;
	struct scan *scan;
	const struct queue *queue;
};

#define ERRAND_MIN_MS 2000

/* It begins now. Settings that are for a daemon change: shorter leases, so that
 * no caller waits long for a killed errand; smaller chunks of campaigns. */
void errand_begin(struct errand *e, struct settings *s);

/* Take a name, or none for a send. e->over, and no name: there is a daemon. As
 * claim_name otherwise; ERR_CONFLICT: enough errands are at work. */
const struct err *errand_claim(struct errand *e, struct identity *id,
    struct poller *poller, const bool *ending, bool *told);

/* The work in the database of a round: the leases of a send, what is left. */
const struct err *errand_tick(struct errand *e);

/* Is it time to end? */
bool errand_is_over(const struct errand *e);

/* When errand_tick or errand_is_over has something to do. */
int64_t errand_due_ms(const struct errand *e);

#endif
