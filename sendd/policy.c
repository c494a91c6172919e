/* SPDX-License-Identifier: MIT */
#include "sendd/policy.h"

/* A RETRY of what was certainly not processed has a row of its own. */
#define RETRY_UNPROCESSED VERDICT__COUNT

#define OF_MESSAGE (REMEDY_SLOWER | REMEDY_ALARM)
#define OF_WIRE (OF_MESSAGE | REMEDY_CONNECTION)
/* a suspension raises an alarm by itself */
#define OF_CREDENTIAL (REMEDY_SLOWER | REMEDY_CONNECTION | REMEDY_TOKEN)

struct policy_row {
	enum outcome_kind outcome;
	bool counted;
	enum policy_again again;
	enum pace_event event;
	unsigned may;	 /* of what the verdict asks for */
	unsigned always; /* whatever it asks for */
};

/* clang-format off */
static const struct policy_row rows[VERDICT__COUNT + 1] = {
	[VERDICT_SENT] =      {OUTCOME_SENT,     true,  AGAIN_NEVER,   PACE_ACCEPTED, OF_MESSAGE,    0},
	[VERDICT_RETRY] =     {OUTCOME_DEFERRED, true,  AGAIN_LATER,   PACE_NOTHING,  OF_WIRE,       0},
	[RETRY_UNPROCESSED] = {OUTCOME_DEFERRED, false, AGAIN_AT_ONCE, PACE_NOTHING,  OF_WIRE,       0},
	[VERDICT_HOLD] =      {OUTCOME_DEFERRED, false, AGAIN_UNHELD,  PACE_NOTHING,  OF_CREDENTIAL, 0},
	[VERDICT_REJECT] =    {OUTCOME_FAILED,   true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    0},
	[VERDICT_GONE] =      {OUTCOME_FAILED,   true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    REMEDY_QUARANTINE},
	[VERDICT_SUSPECT] =   {OUTCOME_FAILED,   true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    REMEDY_QUARANTINE},
	[VERDICT_EXPIRED] =   {OUTCOME_EXPIRED,  true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    0},
};
/* clang-format on */

struct policy
policy_of(const struct verdict *v)
{
	bool unprocessed = v->kind == VERDICT_RETRY && v->uncounted;
	const struct policy_row *r =
	    &rows[unprocessed ? RETRY_UNPROCESSED : v->kind];

	return (struct policy){.outcome = r->outcome, .counted = r->counted,
	    .again = r->again, .event = r->event,
	    .remedies = (v->cure & r->may) | r->always};
}
