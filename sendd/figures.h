/* SPDX-License-Identifier: MIT */
/* Counters of sendd's own work since its start, for the heartbeat. */
#ifndef SENDD_FIGURES_H
#define SENDD_FIGURES_H

#include "core/histogram.h"
#include "push/provider.h"

/* What a provider has answered last. */
struct last_answer {
	int64_t at_ms; /* monotonic; 0: nothing yet */
	int status;
	char why[80]; /* it was not accepted; "" otherwise */
};

struct figures {
	uint64_t sent, failed, expired, cancelled, deferred, rehearsed;
	uint64_t gone, lost;
	uint64_t loops;
	struct histogram answers[PLATFORM__COUNT], tries[PLATFORM__COUNT];
	struct last_answer last[PLATFORM__COUNT];
};

#endif
