/* SPDX-License-Identifier: MIT */
/*
 * Rows into the queue. A db_worker reads what scan.c asks for, and makes the
 * items, while the wires work; what is in the queue already is skipped by id.
 */
#ifndef SENDD_ADMIT_H
#define SENDD_ADMIT_H

#include "sendd/credential.h"
#include "sendd/db_worker.h"
#include "sendd/scan.h"

/* All of it is the owner's of sendd. */
struct admission {
	const struct settings *settings;
	struct db *db; /* for the bodies that many rows share */
	struct db_worker *reader;
	struct queue *queue;
	struct shards *shards;
	struct scan *scan;
	struct credential_table *credentials;
	struct bodies *bodies;
};

/* The reader's work: fills a job of admit() from the outbox. */
db_worker_fn admit_read;

/* Collect what was read and, unless sendd is about to end, ask for more while
 * there is room. */
const struct err *admit(struct admission *a, bool ending);

#endif
