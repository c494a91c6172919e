/* SPDX-License-Identifier: MIT */
#include "sendd/guard.h"

static unsigned
guard_refused(const struct guard *g)
{
	return g->suspects + g->gone;
}

static bool
guard_is_over(const struct guard *g, const struct guard_limits *limits)
{
	unsigned all = g->accepted + guard_refused(g);

	return all > 0 &&
	    (double)guard_refused(g) / all > limits->share;
}

bool
guard_judge(struct guard *g, enum verdict_kind kind,
    const struct guard_limits *limits, int64_t now_ms)
{
	if (now_ms - g->since_ms > limits->window_ms) {
		g->since_ms = now_ms;
		g->accepted = g->suspects = g->gone = 0;
		g->tripped = false;
	}
	if (kind == VERDICT_SENT) {
		g->key_accepted = true;
		g->key_refused = 0;
	}
	g->accepted += kind == VERDICT_SENT;
	g->suspects += kind == VERDICT_SUSPECT;
	g->gone += kind == VERDICT_GONE;
	if (kind == VERDICT_SUSPECT)
		return g->accepted > 0 && !guard_is_over(g, limits);
	return kind == VERDICT_GONE;
}

bool
guard_trips(struct guard *g, const struct guard_limits *limits)
{
	if (g->tripped || guard_refused(g) < GUARD_MIN ||
	    !guard_is_over(g, limits))
		return false;
	g->tripped = true;
	return true;
}

bool
guard_key_refused(struct guard *g, int64_t device)
{
	uint16_t bits = (uint16_t)device;

	for (unsigned i = 0; i < g->key_refused; i++)
		if (g->key_of[i] == bits)
			return guard_doubts_key(g);
	if (!guard_doubts_key(g))
		g->key_of[g->key_refused++] = bits;
	return guard_doubts_key(g);
}

bool
guard_trusts_key(const struct guard *g)
{
	return g->key_accepted;
}

bool
guard_doubts_key(const struct guard *g)
{
	return g->key_refused == GUARD_KEY_MIN;
}

void
guard_key_changed(struct guard *g)
{
	g->key_accepted = false;
	g->key_refused = 0;
}
