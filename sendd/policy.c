/* SPDX-License-Identifier: MIT */
#include "sendd/policy.h"

/* A RETRY of what was certainly not processed has a row of its own. */
#define RETRY_UNPROCESSED VERDICT__COUNT
/* So has that of a key that is refused: the message is not at fault, and how
 * long the key is wrong must not decide on it. It waits until it expires. */
#define RETRY_KEY (VERDICT__COUNT + 1)
#define ROWS (VERDICT__COUNT + 2)

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
static const struct policy_row rows[ROWS] = {
	[VERDICT_SENT] =      {OUTCOME_SENT,     true,  AGAIN_NEVER,   PACE_ACCEPTED, OF_MESSAGE,    0},
	[VERDICT_RETRY] =     {OUTCOME_DEFERRED, true,  AGAIN_LATER,   PACE_NOTHING,  OF_WIRE,       0},
	[RETRY_UNPROCESSED] = {OUTCOME_DEFERRED, false, AGAIN_AT_ONCE, PACE_NOTHING,  OF_WIRE,       0},
	[RETRY_KEY] =         {OUTCOME_DEFERRED, false, AGAIN_LATER,   PACE_NOTHING,  OF_WIRE,       0},
	[VERDICT_HOLD] =      {OUTCOME_DEFERRED, false, AGAIN_UNHELD,  PACE_NOTHING,  OF_CREDENTIAL, 0},
	[VERDICT_REJECT] =    {OUTCOME_FAILED,   true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    0},
	[VERDICT_GONE] =      {OUTCOME_FAILED,   true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    REMEDY_QUARANTINE},
	[VERDICT_SUSPECT] =   {OUTCOME_FAILED,   true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    REMEDY_QUARANTINE},
	[VERDICT_EXPIRED] =   {OUTCOME_EXPIRED,  true,  AGAIN_NEVER,   PACE_ANSWERED, OF_MESSAGE,    0},
};
/* clang-format on */

static const struct policy_row *
row_of(const struct verdict *v)
{
	if (v->kind != VERDICT_RETRY)
		return &rows[v->kind];
	if ((v->cure & CURE_KEY) != 0)
		return &rows[RETRY_KEY];
	return &rows[v->uncounted ? RETRY_UNPROCESSED : VERDICT_RETRY];
}

struct policy
policy_of(const struct verdict *v)
{
	const struct policy_row *r = row_of(v);

	return (struct policy){.outcome = r->outcome, .counted = r->counted,
	    .again = r->again, .event = r->event,
	    .remedies = (v->cure & r->may) | r->always};
}
