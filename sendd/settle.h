/* SPDX-License-Identifier: MIT */
#ifndef SENDD_SETTLE_H
#define SENDD_SETTLE_H

#include "sendd/db_worker.h"
#include "sendd/doorbell_server.h"
#include "sendd/figures.h"
#include "sendd/leases.h"
#include "sendd/outcomes.h"
#include "sendd/tally.h"

struct settler {
	const struct settings *settings;
	struct db_worker *worker;
	const struct identity *identity;
	struct leases *leases;
	struct shards *shards; /* a transaction renews their leases */
	struct queue *queue;
	struct scan *scan; /* what is put off is read when it is due */
	struct pending_outcomes *pending;
	struct figures *figures;
	struct tallies *tallies;
	struct doorbell_server *doorbell;
	uint64_t losses; /* of shards, as far as outcomes are sifted for */
};

/* The writer's work: write a batch of outcomes. */
db_worker_fn settle_write;

/* Take in the batch that was written, and give the next one to the writer when
 * it is due; now: whether it is due or not. */
const struct err *settle(struct settler *s, bool now);

/* Is there no outcome that waits or is being written? */
bool settle_is_empty(const struct settler *s);

#endif
