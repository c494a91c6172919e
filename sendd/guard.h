/* SPDX-License-Identifier: MIT */
/*
 * The guard of a credential's devices counts, within a window, the answers that
 * a message is delivered, that a device is gone, and that a device may be gone.
 * When many devices are refused, the fault is more likely ours (a wrong bundle,
 * another project), and a suspicion must not quarantine a device. It tells also
 * whether a key that is refused is wrong for all devices, or for some. Pure:
 * time is an argument.
 */
#ifndef SENDD_GUARD_H
#define SENDD_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "push/provider.h"

#include "db/credential_status.h" /* GUARD_MIN */

/* That many devices are refused for the key, one after the other, before it is
 * the key that is wrong: a device that has subscribed with another one, or two,
 * must not stop the others. */
#define GUARD_KEY_MIN 3

struct guard_limits {
	int64_t window_ms;
	double share; /* of refused devices among all, 0 to 1 */
};

struct guard {
	int64_t since_ms; /* monotonic: the window's begin */
	unsigned accepted, suspects, gone;
	bool tripped;
	bool key_accepted; /* a message was, since the key is this one */
	unsigned char key_refused; /* devices since a message was accepted */
	uint16_t key_of[GUARD_KEY_MIN]; /* the low bits of their ids: if two
					   have the same, one more is needed */
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

/* Count a device that is refused for the key. Returns guard_doubts_key. */
bool guard_key_refused(struct guard *g, int64_t device);

/* Has a message been accepted under this key? Then it is right for some. */
bool guard_trusts_key(const struct guard *g);

/* Is the key wrong? Yes from GUARD_KEY_MIN devices on, until a message is
 * accepted (guard_judge) or the key is another one (guard_key_changed). */
bool guard_doubts_key(const struct guard *g);
void guard_key_changed(struct guard *g);

#endif
