/* SPDX-License-Identifier: MIT */
/*
 * The guard of a credential's devices counts, within a window, the answers that
 * a message is delivered, that a device is gone, and that a device may be gone.
 * When many devices are refused, the fault is more likely ours (a wrong bundle,
 * another project), and a suspicion must not quarantine a device. Pure: time is
 * an argument.
 */
#ifndef SENDD_GUARD_H
#define SENDD_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "push/provider.h"

#include "db/credential_status.h" /* GUARD_MIN */

struct guard_limits {
	int64_t window_ms;
	double share; /* of refused devices among all, 0 to 1 */
};

struct guard {
	int64_t since_ms; /* monotonic: the window's begin */
	unsigned accepted, suspects, gone;
	bool tripped;
};

/* Count an answer of this kind (VERDICT_SENT, _GONE, _SUSPECT; others do not
 * count). Returns whether the device may be quarantined: after hard evidence
 * always; after a suspicion only while the same credential also delivers and
 * the share of refused devices is small. */
bool guard_judge(struct guard *g, enum verdict_kind kind,
    const struct guard_limits *limits, int64_t now_ms);

/* After guard_judge: has the share just become too large, for the first time
 * in this window? Then the guard has tripped, and an alarm is due. */
bool guard_trips(struct guard *g, const struct guard_limits *limits);

#endif
