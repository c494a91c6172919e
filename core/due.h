/* SPDX-License-Identifier: MIT */
/*
 * A message for a user falls due: its devices are chosen now, by the rules for
 * a message that is sent now. One transaction replaces the user's row by rows
 * of devices, fenced by the leases of the shards: after a crash at any moment
 * either the one or the others are there. A user whose devices cannot be
 * looked up does not hold up the others.
 */
#ifndef CORE_DUE_H
#define CORE_DUE_H

#include "db/due.h"
#include "db/shard.h"

struct due_job {
	uint64_t incarnation;
	int64_t lease_ms;
	const struct lease *leases; /* of the shards of the keys */
	size_t n_leases;
	const struct outbox_key *keys;
	size_t n;
	bool development; /* APNs, of applications that name no environment */
	bool store;	  /* write rows of push_message too */
	bool history;	  /* and of what is not sent */
	/* Output: the number of rows that stay because they themselves cannot
	 * be written, and the latest error of these. */
	size_t n_bad;
	struct err why;
};

/* Replace the rows. ERR_CONFLICT when the incarnation has lost the lease of a
 * shard: the rest was not written. Rows that are gone were settled earlier and
 * are skipped. Rows of users with many devices may be left for another
 * call. */
const struct err *due_expand(struct db *db, struct due_job *job);

#endif
