/* SPDX-License-Identifier: MIT */
/* What became of a row of the outbox. */
#ifndef DB_OUTCOME_H
#define DB_OUTCOME_H

#include "db/outbox.h"

enum outcome_kind {
	OUTCOME_SENT,
	OUTCOME_FAILED,
	OUTCOME_EXPIRED,
	OUTCOME_DEFERRED,
	OUTCOME_REMOVED,  /* failed: the device was removed or changed */
	OUTCOME_INACTIVE, /* failed: personal, and the device is inactive now */
	OUTCOME_CANCELLED, /* failed: its send was cancelled */
	OUTCOME_REHEARSED, /* failed: made and not sent, [sendd] dry_run */
	OUTCOME__COUNT
};

struct outcome {
	enum outcome_kind kind;
	struct outbox_row row; /* attempts: without this one */
	bool again; /* an earlier COMMIT of it had no answer */
	bool expected; /* its row was carried, and may still be written */
	bool counted;	   /* a try was used up */
	int64_t pause_ms;  /* DEFERRED: due again after this time */
	/* DEFERRED because of its run: which change of the run the sendd knew
	 * (campaign_control.h); 0: for another reason */
	uint64_t run_changes;
	const char *reason;	 /* as the provider spells it, or NULL */
	const char *provider_id; /* SENT, or NULL */
	/* quarantine the device if it was registered before this moment; 0: do
	 * not quarantine it */
	int64_t gone_ms;
	const char *token;
	const char *user; /* as it was read with the row, or NULL */
};

#endif
