/* SPDX-License-Identifier: MIT */
/* Counters of sendd's own work since its start, for the heartbeat. */
#ifndef SENDD_FIGURES_H
#define SENDD_FIGURES_H

#include "core/histogram.h"
#include "push/provider.h"

struct figures {
	uint64_t sent, failed, expired, deferred, gone, lost;
	uint64_t loops;
	struct histogram answers[PLATFORM__COUNT], tries[PLATFORM__COUNT];
};

#endif
