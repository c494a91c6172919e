/* SPDX-License-Identifier: MIT */
/*
 * When a message of a user falls due: whom it reaches is decided now, as for
 * a message that is sent now. One transaction, fenced by the leases of the
 * shards: killed at any moment, the users' rows are there or their devices'.
 */
#ifndef CORE_DUE_H
#define CORE_DUE_H

#include "db/due.h"

struct due_job {
	uint64_t incarnation;
	int64_t lease_ms;
	const struct lease *leases; /* of the shards of the keys */
	size_t n_leases;
	const struct due_key *keys;
	size_t n;
	bool development; /* APNs, of applications that name no environment */
	bool store;	  /* push_message rows too */
};

/* ERR_CONFLICT when a shard is no longer the incarnation's: nothing was
 * written. Rows that are not there any more were settled before, and are
 * passed over. */
const struct err *due_expand(struct db *db, const struct due_job *job);

#endif
