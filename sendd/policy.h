/* SPDX-License-Identifier: MIT */
/*
 * What a verdict means, as a table: for the message (its outcome, whether it
 * was a try, when it goes again), for the credential (what its pace learns)
 * and what is done about the cause. Pure; completion.c does as it says.
 */
#ifndef SENDD_POLICY_H
#define SENDD_POLICY_H

#include "db/outbox_settle.h"
#include "push/provider.h"
#include "sendd/pace.h"

/* When a message goes again. */
enum policy_again {
	AGAIN_NEVER, /* its outcome is final */
	AGAIN_LATER, /* after our backoff, and not before the provider's wish */
	AGAIN_AT_ONCE, /* a few times; then put off for a moment */
	AGAIN_UNHELD   /* when the credential is cured, or no more suspended */
};

/* What is done about the cause, a set. The first four are what a verdict's
 * cures ask for. */
enum remedy {
	REMEDY_TOKEN = CURE_TOKEN,           /* another access token */
	REMEDY_CONNECTION = CURE_CONNECTION, /* new connections */
	REMEDY_SLOWER = CURE_SLOWER,         /* half the window */
	REMEDY_ALARM = CURE_OPERATOR,        /* tell a person */
	REMEDY_QUARANTINE = 16 /* the device, if the guard agrees */
};

struct policy {
	enum outcome_kind outcome; /* when it does not go again from memory */
	bool counted;		   /* a try was used up */
	enum policy_again again;
	enum pace_event event;
	unsigned remedies; /* set of enum remedy */
};

struct policy policy_of(const struct verdict *v);

#endif
