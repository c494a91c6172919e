/* SPDX-License-Identifier: MIT */
/*
 * Admission of rows to the queue. A db_worker reads the parts that scan.c
 * chooses, and makes the items, while the wires work; rows that are in the
 * queue already are recognised by their id and skipped.
 */
#ifndef SENDD_ADMIT_H
#define SENDD_ADMIT_H

#include <stdatomic.h>

#include "sendd/credential.h"
#include "sendd/db_worker.h"
#include "sendd/doorbell_server.h"
#include "sendd/leases.h"
#include "sendd/outcomes.h"
#include "sendd/scan.h"
#include "sendd/done_at.h"

/* The pointers are borrowed from struct sendd. */
struct admission {
	const struct settings *settings;
	struct db_worker *reader;
	struct queue *queue;
	const struct pending_outcomes *pending;
	struct shards *shards;
	struct scan *scan;
	const struct leases *leases;
	struct credential_table *credentials;
	struct bodies *bodies;
	struct doorbell_server *doorbell;
	uint64_t send; /* only its rows are read; 0: all */
	/* the lease under which each shard was read last */
	uint64_t read_epochs[OUTBOX_SHARDS];
	int64_t epochs_ms[OUTBOX_SHARDS]; /* since when: monotonic */
	/* when a row of lane 0 was placed last */
	int64_t placed_ms[OUTBOX_SHARDS];
	int64_t asked_ms; /* monotonic: the latest reading began */
	bool ending;
	struct done_at read_at; /* the settler waits for that */
	struct done_at *settled_at;
	/* somebody rings: campaigns wait for the next reading. Set by the main
	 * thread, read by the reader */
	atomic_bool hurry;
};

/* The reader's work: fills a job of admit() from the outbox. */
db_worker_fn admit_read;

/* Place a row of which the doorbell was told, as if it had been read when its
 * device was looked up. False: it must be read, for it may have been, or by an
 * owner of its shard before us, or the database does not answer now. arg: the
 * admission */
bool admit_carried(const struct carried_row *c, void *arg);

/* Collect the rows that were read and, unless sendd is about to end, submit the
 * next reading while there is room. */
const struct err *admit(struct admission *a, bool ending);

#endif
