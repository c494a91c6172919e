/* SPDX-License-Identifier: MIT */
#ifndef SENDD_SETTLE_H
#define SENDD_SETTLE_H

#include "sendd/db_worker.h"
#include "sendd/doorbell_server.h"
#include "sendd/figures.h"
#include "sendd/leases.h"
#include "sendd/outcomes.h"
#include "sendd/done_at.h"
#include "sendd/tally.h"

#define SETTLE_WORKERS 3

struct settler {
	const struct settings *settings;
	struct db_worker *worker;
	struct db_worker *second;   /* helps with what is much; or NULL */
	struct db_worker *messages; /* writes theirs alone; or NULL */
	const struct identity *identity;
	struct leases *leases;
	struct shards *shards; /* a transaction renews their leases */
	struct queue *queue;
	struct scan *scan; /* what is put off is read when it is due */
	struct pending_outcomes *pending;
	/* Those that a row locked by somebody else kept from being written.
	 * They are tried by one send, then some more at a time until one is
	 * locked again: so a row that stays locked holds up only the outcomes
	 * of its send. */
	struct pending_outcomes blocked;
	int64_t blocked_until_ms; /* monotonic: none of them is tried before */
	unsigned blocked_tries;	  /* that have failed in a row */
	size_t blocked_part;	  /* how many are tried; 0: one send */
	int64_t rest_until_ms;	  /* monotonic: campaigns wait that long */
	int64_t messages_since_ms; /* the same: the latest batch of those */
	uint64_t locked_send;	  /* whose row was locked last; or 0 */
	bool tried_blocked;	  /* the worker's latest batch was of them */
	struct figures *figures;
	struct tallies *tallies;
	struct doorbell_server *doorbell;
	uint64_t losses; /* of shards, as far as outcomes are sifted for */
	struct done_at settled_at; /* a reading waits for that */
	struct done_at *read_at;
	/* as of node_returns, when each of the workers was sent there */
	unsigned returns[SETTLE_WORKERS];
};

/* The writer's work: write a batch of outcomes. */
db_worker_fn settle_write;

/* Take in the batch that was written, and give the next one to the writer when
 * it is due; now: whether it is due or not. */
const struct err *settle(struct settler *s, bool now);

/* Is there no outcome that waits or is being written? */
bool settle_is_empty(const struct settler *s);

/* When settle has something to do: monotonic, in ms. */
int64_t settle_due_ms(const struct settler *s, int64_t now_ms);


#endif
