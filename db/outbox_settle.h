/* SPDX-License-Identifier: MIT */
/* Settling: the outcomes of a batch of rows, written in one transaction. */
#ifndef DB_OUTBOX_SETTLE_H
#define DB_OUTBOX_SETTLE_H

#include "db/db.h"
#include "db/outbox.h"
#include "db/shard.h"

enum outcome_kind {
	OUTCOME_SENT,
	OUTCOME_FAILED,
	OUTCOME_EXPIRED,
	OUTCOME_DEFERRED,
	OUTCOME_REMOVED,  /* failed: the device is not what it was */
	OUTCOME_INACTIVE, /* failed: personal, and not active by now */
	OUTCOME__COUNT
};

struct outcome {
	enum outcome_kind kind;
	struct outbox_row row; /* its attempts: before this one */
	bool again; /* an earlier attempt to write it had no answer */
	/* what happened */
	bool counted;	   /* a try was used up */
	int64_t pause_ms;  /* DEFERRED: due again after */
	const char *reason;	 /* provider's word, or NULL */
	const char *provider_id; /* SENT, or NULL */
	/* quarantine: on evidence before this moment; 0: leave the device */
	int64_t gone_ms;
	const char *token;
};

/* Write all outcomes in one transaction, which also renews the leases of their
 * shards; leases: those shards. ERR_CONFLICT when the incarnation no longer
 * owns one of them: nothing was written then, and shard_list shows the owners.
 * stored: push_message rows may exist. */
const struct err *outbox_settle(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n_leases,
    const struct outcome *outcomes, size_t n, bool stored);

#endif
