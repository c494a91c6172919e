/* SPDX-License-Identifier: MIT */
/*
 * The policy for each verdict, as a table: for the message (its outcome,
 * whether it was a try, when it is sent again), for the credential (the event
 * for its pace), and the remedies. Pure; completion.c carries it out.
 */
#ifndef SENDD_POLICY_H
#define SENDD_POLICY_H

#include "db/outbox_settle.h"
#include "push/provider.h"
#include "sendd/pace.h"

/* When a message is sent again. */
enum policy_again {
	AGAIN_NEVER, /* its outcome is final */
	AGAIN_LATER, /* after our backoff, and the provider's Retry-After; if it
			was no try, after as long again as it has waited */
	AGAIN_AT_ONCE, /* a few times; then deferred for a short time */
	AGAIN_UNHELD   /* when the credential is cured, or not suspended */
};

/* Remedies for the cause, a set. The first four are cures of a verdict. */
enum remedy {
	REMEDY_TOKEN = CURE_TOKEN,           /* another access token */
	REMEDY_CONNECTION = CURE_CONNECTION, /* new connections */
	REMEDY_SLOWER = CURE_SLOWER,         /* half the window */
	REMEDY_ALARM = CURE_OPERATOR,        /* log an alarm */
	REMEDY_QUARANTINE = 32 /* the device, if the guard agrees */
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
