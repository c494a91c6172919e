/* SPDX-License-Identifier: MIT */
#include "sendd/outcomes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define GATHER_MS 20 /* for up to 20 ms, outcomes nobody waits for gather */
#define SIZE_MIN 1024
#define SMALL_MS 1000 /* for so long batches are smaller than others */
#define SMALL_PART 16 /* by that factor */
#define APART_MAX 250 /* of campaigns, while messages are written apart */

static void
outcomes_reserve(struct pending_outcomes *p, size_t more)
{
	if (p->n + more <= p->size)
		return;
	while (p->n + more > p->size)
		p->size = p->size > 0 ? 2 * p->size : SIZE_MIN;
	p->list = xrealloc(p->list, p->size * sizeof *p->list);
	p->items = xrealloc(p->items, p->size * sizeof *p->items);
}

static bool
is_urgent(const struct outcome *o)
{
	return o->row.key.lane == 0;
}

struct outcome *
outcome_add(struct pending_outcomes *p, struct item *i,
    enum outcome_kind kind, bool counted, int64_t pause_ms,
    const char *reason)
{
	struct outcome *o;

	outcomes_reserve(p, 1);
	p->items[p->n] = i;
	o = &p->list[p->n++];
	*o = (struct outcome){.kind = kind, .row = i->row,
	    .counted = counted, .pause_ms = pause_ms,
	    .reason = reason != NULL ? xstrdup(reason) : NULL,
	    .token = i->token, .user = i->user};
	p->urgent += is_urgent(o);
	p->awaited |= i->awaited;
	queue_settle(p->queue, i); /* the reason may be the body's */
	return o;
}

/* 0, so that the next look begins the waiting, when the list is empty. */
static void
outcomes_wait_since(struct pending_outcomes *p, int64_t since_ms)
{
	p->since_ms = p->n > 0 ? since_ms : 0;
}

/* Messages come one by one, so that often nothing is in flight. */
static bool
have_gathered(const struct pending_outcomes *p, bool awaited, bool idle,
    int64_t now_ms)
{
	return now_ms - p->since_ms >= GATHER_MS ||
	    (p->urgent > 0 ? awaited || p->awaited : idle);
}

bool
outcomes_are_due(struct pending_outcomes *p, size_t batch, bool awaited,
    bool idle, int64_t now_ms)
{
	outcomes_wait_since(p, p->since_ms != 0 ? p->since_ms : now_ms);
	return p->n > 0 && (p->n >= batch || p->again ||
	    have_gathered(p, awaited, idle, now_ms));
}

bool
outcomes_of_messages_are_due(struct pending_outcomes *p, size_t batch,
    bool awaited, int64_t now_ms)
{
	if (p->urgent == 0)
		return false;
	if (p->urgent_ms == 0)
		p->urgent_ms = now_ms;
	return awaited || p->awaited || p->again || p->urgent >= batch ||
	    now_ms - p->urgent_ms >= GATHER_MS;
}

static size_t
few(size_t max)
{
	return max < APART_MAX ? max : APART_MAX;
}

bool
outcomes_of_campaigns_are_due(struct pending_outcomes *p, size_t max,
    int64_t now_ms)
{
	size_t n = p->n - p->urgent;

	outcomes_wait_since(p, p->since_ms != 0 ? p->since_ms : now_ms);
	return n >= few(max) || (n > 0 && (p->again ||
	    now_ms - p->since_ms >= GATHER_MS));
}

bool
outcomes_give_way(struct pending_outcomes *p, int64_t now_ms)
{
	if (p->queue->messages_in_flight == 0 || p->urgent > 0)
		return false;
	if (p->way_ms == 0 || now_ms >= p->way_ms + 2 * OUTCOMES_WAY_MS)
		p->way_ms = now_ms;
	return now_ms < p->way_ms + OUTCOMES_WAY_MS;
}

static bool
is_any(const struct outcome *o, uint64_t send)
{
	(void)o;
	(void)send;
	return true;
}

static bool
is_of_lane_0(const struct outcome *o, uint64_t send)
{
	(void)send;
	return is_urgent(o);
}

static bool
is_of_campaign(const struct outcome *o, uint64_t send)
{
	(void)send;
	return !is_urgent(o);
}

static bool
is_of_send(const struct outcome *o, uint64_t send)
{
	return o->row.send == send;
}

static void
batch_init(struct outcome_batch *b, size_t size)
{
	b->list = xmalloc(size * sizeof *b->list);
	b->items = xmalloc(size * sizeof *b->items);
	b->n = 0;
}

/* Move the first ones that are wanted, until the batch has max. */
static void
outcomes_move(struct pending_outcomes *p, size_t max,
    bool (*is_wanted)(const struct outcome *o, uint64_t send), uint64_t send,
    struct outcome_batch *b)
{
	size_t n = p->n, sifted = p->sifted;

	p->n = 0;
	p->urgent = 0;
	p->awaited = p->again = false;
	for (size_t k = 0; k < n; k++)
		if (b->n < max && is_wanted(&p->list[k], send)) {
			p->sifted -= k < sifted;
			b->items[b->n] = p->items[k];
			b->list[b->n++] = p->list[k];
		} else {
			p->urgent += is_urgent(&p->list[k]);
			p->awaited |= p->items[k]->awaited;
			p->items[p->n] = p->items[k];
			p->list[p->n++] = p->list[k];
		}
	if (p->urgent == 0)
		p->urgent_ms = 0;
}

void
outcomes_take(struct pending_outcomes *p, size_t max, int64_t now_ms,
    struct outcome_batch *b)
{
	size_t others = max; /* than urgent ones */
	size_t small = (max + SMALL_PART - 1) / SMALL_PART;

	p->alone = p->urgent > 0 && !p->alone;
	if (p->alone) {
		p->alone_ms = now_ms;
		others = 0;
	} else if (p->alone_ms != 0 && now_ms - p->alone_ms < SMALL_MS) {
		others = small;
	}
	batch_init(b, p->n < max ? p->n : max);
	/* places are left for the others, however many urgent ones there are */
	if (p->urgent > 0)
		outcomes_move(p, p->alone ? max : max - small, is_of_lane_0, 0,
		    b);
	if (others > 0)
		outcomes_move(p, max - b->n < others ? max : b->n + others,
		    is_any, 0, b);
	outcomes_wait_since(p, now_ms);
}

/* Those that stay have waited since the same time as before. */
void
outcomes_take_messages(struct pending_outcomes *p, size_t max,
    struct outcome_batch *b)
{
	batch_init(b, p->urgent < max ? p->urgent : max);
	outcomes_move(p, max, is_of_lane_0, 0, b);
	outcomes_wait_since(p, p->since_ms);
}

void
outcomes_take_campaigns(struct pending_outcomes *p, size_t max,
    int64_t now_ms, struct outcome_batch *b)
{
	max = few(max);
	batch_init(b, p->n < max ? p->n : max);
	outcomes_move(p, max, is_of_campaign, 0, b);
	outcomes_wait_since(p, now_ms);
}

void
outcomes_take_send(struct pending_outcomes *p, size_t max,
    struct outcome_batch *b)
{
	batch_init(b, p->n < max ? p->n : max);
	outcomes_move(p, max, is_of_send, p->list[0].row.send, b);
}

void
outcomes_take_oldest(struct pending_outcomes *p, size_t max,
    struct outcome_batch *b)
{
	batch_init(b, p->n < max ? p->n : max);
	outcomes_move(p, max, is_any, 0, b);
}

static void
put_back(struct pending_outcomes *p, const struct outcome_batch *b, size_t k)
{
	p->urgent += is_urgent(&b->list[k]);
	p->awaited |= b->items[k]->awaited;
	p->list[p->n] = b->list[k];
	p->items[p->n++] = b->items[k];
}

void
outcomes_take_back(struct pending_outcomes *p, struct outcome_batch *b)
{
	outcomes_reserve(p, b->n);
	for (size_t k = 0; k < b->n; k++) {
		b->list[k].again = true;
		put_back(p, b, k);
	}
	p->again = true;
	b->n = 0;
}

void
outcomes_set_aside(struct pending_outcomes *p, struct outcome_batch *b,
    uint64_t send)
{
	size_t kept = 0;

	outcomes_reserve(p, b->n);
	for (size_t k = 0; k < b->n; k++)
		if (is_of_send(&b->list[k], send)) {
			put_back(p, b, k);
		} else {
			b->items[kept] = b->items[k];
			b->list[kept++] = b->list[k];
		}
	b->n = kept;
}

void
outcomes_sift(struct pending_outcomes *p, bool anew,
    outcome_is_ours *is_ours, outcome_lost *lost, void *arg)
{
	size_t kept = anew ? 0 : p->sifted;

	for (size_t k = kept; k < p->n; k++)
		if (is_ours(&p->list[k], p->items[k], arg)) {
			p->list[kept] = p->list[k];
			p->items[kept++] = p->items[k];
		} else {
			p->urgent -= is_urgent(&p->list[k]);
			outcome_done(&p->list[k]);
			lost(p->items[k], arg);
		}
	p->n = p->sifted = kept;
	if (p->urgent == 0)
		p->urgent_ms = 0;
	outcomes_wait_since(p, p->since_ms);
}

void
outcome_done(struct outcome *o)
{
	free((void *)(uintptr_t)o->reason);
	free((void *)(uintptr_t)o->provider_id);
}

void
outcome_batch_done(struct outcome_batch *b)
{
	free(b->list);
	free(b->items);
	*b = (struct outcome_batch){0};
}

void
outcomes_done(struct pending_outcomes *p)
{
	for (size_t k = 0; k < p->n; k++)
		outcome_done(&p->list[k]);
	free(p->list);
	free(p->items);
	*p = (struct pending_outcomes){0};
}
