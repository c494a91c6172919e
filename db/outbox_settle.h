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
	OUTCOME_REMOVED,  /* failed: the device was removed or changed */
	OUTCOME_INACTIVE, /* failed: personal, and the device is inactive now */
	OUTCOME__COUNT
};

struct outcome {
	enum outcome_kind kind;
	struct outbox_row row; /* attempts: without this one */
	bool again; /* an earlier COMMIT of it had no answer */
	bool counted;	   /* a try was used up */
	int64_t pause_ms;  /* DEFERRED: due again after this time */
	const char *reason;	 /* as the provider spells it, or NULL */
	const char *provider_id; /* SENT, or NULL */
	/* quarantine the device if it was registered before this moment; 0: do
	 * not quarantine it */
	int64_t gone_ms;
	const char *token;
};

/* Write all outcomes in one transaction, which also renews the leases of their
 * shards; leases: those shards. This is the fence: ERR_CONFLICT when the
 * incarnation no longer owns one of them; then nothing was written, and
 * shard_list shows the owners.
 * stored: push_message rows may exist. history: write the history of messages
 * too. */
const struct err *outbox_settle(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n_leases,
    const struct outcome *outcomes, size_t n, bool stored, bool history);

#endif
