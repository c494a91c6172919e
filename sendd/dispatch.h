/* SPDX-License-Identifier: MIT */
/* Starting deliveries. An item that is expired, refused or held gets its
 * outcome here, without a request. */
#ifndef SENDD_DISPATCH_H
#define SENDD_DISPATCH_H

#include "sendd/cancelled.h"
#include "sendd/completion.h"
#include "sendd/run_paces.h"
#include "sendd/scan.h"
#include "sendd/sealer.h"
#include "sendd/shards.h"

struct dispatcher {
	const struct settings *settings;
	struct queue *queue;
	const struct shards *shards;
	const struct scan *scan;
	struct credential_table *credentials;
	const struct cancelled_sends *cancelled;
	struct run_paces *runs;
	struct completion *completion;
	struct exchange_stock *exchanges;
	struct sealer *sealer;
	struct arena *memory; /* while a template is made */
	int64_t now_ms; /* time of day, read once per call */
};

/* Start all deliveries that may start now. */
void dispatch(struct dispatcher *d);

/* Put requests that have been sealed on their wires; unless current, they go
 * back, for it is not known what was cancelled or held meanwhile. */
void dispatch_sealed(struct dispatcher *d, bool current);

#endif
