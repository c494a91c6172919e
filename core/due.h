/* SPDX-License-Identifier: MIT */
/*
 * When a message of a user falls due: whom it reaches is decided now, as for
 * a message that is sent now. One transaction, fenced by the leases of the
 * shards: killed at any moment, the users' rows are there or their devices'.
 * A user who cannot be looked up does not hold up the others.
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
	bool store;	  /* push_message rows too */
	/* out: rows that stay, because writing them failed by what they are;
	 * and how the latest did */
	size_t n_bad;
	struct err why;
};

/* ERR_CONFLICT when a shard is no longer the incarnation's: the rest was not
 * written. Rows that are not there any more were settled before, and are
 * passed over; some that have many devices may be left for another call. */
const struct err *due_expand(struct db *db, struct due_job *job);

#endif
