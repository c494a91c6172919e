/* SPDX-License-Identifier: MIT */
/*
 * Completion of messages: when a request is over, by the verdict on it and the
 * policy for that verdict (policy.h); and without a request.
 */
#ifndef SENDD_COMPLETION_H
#define SENDD_COMPLETION_H

#include "sendd/credential.h"
#include "sendd/figures.h"
#include "sendd/outcomes.h"

struct completion {
	const struct settings *settings;
	struct queue *queue;
	struct credential_table *credentials;
	struct pending_outcomes *pending;
	struct figures *figures;
};

/* Call the done function of each exchange that is over. */
void completion_collect(struct completion *k);

/* The done function of the exchange of a delivery. */
void completion_delivered(void *delivery, struct exchange *x);

/* Apply the verdict on one item to the item, its device and its credential. The
 * item must be in flight. */
void completion_verdict(struct completion *k, struct credential *c,
    struct item *i, const struct verdict *v, int64_t took_ms);

/* Finish an item without a request, for that reason: any kind but SENT and
 * DEFERRED. */
void completion_unsent(struct completion *k, const struct credential *c,
    struct item *i, enum outcome_kind kind, bool counted, const char *why);

/* Its request was made, and is not sent: [sendd] dry_run. */
void completion_rehearsed(struct completion *k, const struct credential *c,
    struct item *i);

#endif
