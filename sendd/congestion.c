/* SPDX-License-Identifier: MIT */
#include "sendd/congestion.h"

#define LEARN 32 /* answers: each counts for one part of the mean */
#define GROW 800 /* in a second, or in proportion where answers take less */
#define GROW_LESS_US 20000

static void
learn(double *mean_us, int64_t took_us)
{
	if (*mean_us > 0)
		*mean_us += ((double)took_us - *mean_us) / LEARN;
	else
		*mean_us = (double)took_us;
}

static void
cut(struct congestion *g, unsigned in_flight, int64_t now_us)
{
	if ((double)(now_us - g->cut_us) < g->mean_us)
		return;
	g->cut_us = now_us;
	/* it is not their number, then: the provider may be slower for good */
	if (g->most > 0 && g->most <= CONGESTION_FEW)
		g->few_us += (g->mean_us - g->few_us) / 8;
	if (g->most > in_flight)
		g->most = in_flight;
	g->most /= 2;
	if (g->most < CONGESTION_FEW)
		g->most = CONGESTION_FEW;
}

/* So much in a second, or less where answers come soon: a provider that is near
 * needs no more, and a limit at its most again before the next message comes
 * would be none. It doubles at most in the time in which all that fly are
 * answered. */
static void
grow(struct congestion *g)
{
	double by = GROW * (g->mean_us / 1e6) / g->most;

	if (g->mean_us < GROW_LESS_US)
		by *= g->mean_us / GROW_LESS_US;
	g->most += by < 1 ? by : 1;
}

void
congestion_answered(struct congestion *g, int64_t took_us, bool few,
    unsigned in_flight, int64_t now_us)
{
	learn(&g->mean_us, took_us);
	if (few)
		learn(&g->few_us, took_us);
	if (!(g->few_us > 0))
		return;
	if (!(g->most > 0))
		g->most = CONGESTION_START;
	if (g->mean_us > 2 * g->few_us + CONGESTION_LATE_US)
		cut(g, in_flight, now_us);
	else if (g->most < CONGESTION_MAX)
		grow(g);
}

unsigned
congestion_room(const struct congestion *g, unsigned in_flight, unsigned n)
{
	unsigned most = g->most > 0 ? (unsigned)g->most : CONGESTION_START;
	unsigned left = most > in_flight ? most - in_flight : 0;
	return n < left ? n : left;
}
