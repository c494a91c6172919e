/* SPDX-License-Identifier: MIT */
#include "sendd/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/id.h"
#include "lib/mem.h"
#include "sendd/compare.h"
#include "sendd/delivery.h"
#include "sendd/turns.h"

#define OPERATOR_HOLDS_MS 100 /* between two reads of the holds */

static const struct template *
template_of(const struct dispatcher *s, const struct credential *c,
    const struct item *i, const char **refusal)
{
	/* cppcheck-suppress CastIntegerToAddressAtReturn ; it is a pointer */
	return body_template(i->body, s->memory, c->provider,
	    provider_how(c->settings), refusal);
}

/* The outcome of an item that needs no request. */
struct unsent {
	enum outcome_kind kind;
	bool counted;
	const char *why;
};

/* However old it is, a message is tried so often before it is given up: it may
 * have waited for its run, for a hold to end, or for a sendd. */
#define TRIES_LEAST 8

/* Does the message itself rule out a request? */
static bool
is_not_to_be_sent(const struct dispatcher *s, const struct credential *c,
    const struct item *i, struct unsent *u)
{
	const char *refusal;
	const struct template *t = template_of(s, c, i, &refusal);
	int64_t age_ms = s->now_ms - id_second(i->row.key.id) * 1000;

	if (cancelled_has(s->cancelled, i->row.send))
		*u = (struct unsent){OUTCOME_CANCELLED, false, "cancelled"};
	else if (t == NULL)
		*u = (struct unsent){OUTCOME_FAILED, true, refusal};
	else if (t->expires_ms != 0 && t->expires_ms <= s->now_ms)
		*u = (struct unsent){OUTCOME_EXPIRED, false,
		    "validity is over"};
	else if (age_ms > s->settings->sendd.give_up_ms &&
	    i->row.attempts >= TRIES_LEAST)
		*u = (struct unsent){OUTCOME_FAILED, false, "given up"};
	else
		return false;
	return true;
}

/* Does a change of its device rule out a request? */
static bool
is_for_nobody(const struct item *i, struct unsent *u)
{
	static const enum outcome_kind outcomes[TARGET__COUNT] = {
	    [TARGET_REFUSED] = OUTCOME_FAILED,
	    [TARGET_INACTIVE] = OUTCOME_INACTIVE,
	    [TARGET_REMOVED] = OUTCOME_REMOVED};

	if (i->fate == TARGET_GOES)
		return false;
	*u = (struct unsent){outcomes[i->fate], false, target_reason(i->fate)};
	return true;
}

static bool
is_ours(const struct dispatcher *s, const struct item *i)
{
	return shards_may_send(s->shards, i->row.key.shard, i->epoch,
	    clock_mono_ms());
}

static void
put_off_by_run(struct dispatcher *s, struct item *i, int64_t pause_ms,
    const char *why)
{
	outcome_add(s->completion->pending, i, OUTCOME_DEFERRED, false,
	    pause_ms, why)->run_changes =
	    run_paces_changes(s->runs, i->row.send);
}

/* Does the run of a campaign hold the item back? Then it is put off. */
static bool
rests(struct dispatcher *s, struct item *i)
{
	bool paused;
	int64_t pause_ms = i->row.key.lane == 0 ? 0
	    : run_paces_rest_ms(s->runs, i->row.send, s->now_ms, &paused);

	if (pause_ms > 0)
		put_off_by_run(s, i, pause_ms,
		    paused ? "paused" : "quiet hours");
	return pause_ms > 0;
}

/* The same for its rate; an item that is not put off counts. */
static bool
exceeds_rate(struct dispatcher *s, struct item *i)
{
	int64_t pause_ms = i->row.key.lane == 0 ? 0
	    : run_paces_ask_ms(s->runs, i->row.send, clock_mono_ms());

	if (pause_ms > 0)
		put_off_by_run(s, i, pause_ms, "the rate of its campaign");
	return pause_ms > 0;
}

/* May the item, which was taken from the queue, be sent now? If not, it is
 * dropped, finished, put off, or set aside to be compared. */
static bool
may_go(struct dispatcher *s, struct credential *c, struct item *i)
{
	bool not_sent;
	struct unsent u;

	if (!is_ours(s, i)) {
		queue_drop(s->queue, i);
		return false;
	}
	not_sent = is_not_to_be_sent(s, c, i, &u);
	if (!not_sent && rests(s, i))
		return false;
	if (!not_sent && compare_is_old(i)) {
		queue_set_aside(s->queue, i);
		return false;
	}
	if (!not_sent && !is_for_nobody(i, &u))
		return !exceeds_rate(s, i);
	completion_unsent(s->completion, c, i, u.kind, u.counted, u.why);
	return false;
}

/* Collect the next items with the same body, which may share one request. Stop
 * when a full request of items is set aside: those come back first. */
static void
fill_delivery(struct dispatcher *s, struct credential *c, unsigned lane,
    struct delivery *d)
{
	unsigned aside = c->line.comparing + d->size;
	struct item *i;

	while (d->n < d->size && c->line.comparing < aside &&
	    (i = queue_peek(&c->line, lane)) != NULL) {
		if (d->n > 0 && i->body != d->items[0]->body)
			break;
		(void)queue_next(s->queue, &c->line, lane);
		if (!may_go(s, c, i))
			continue;
		i->asked_ms = s->now_ms;
		d->items[d->n++] = i;
	}
}

/* The request cannot be made. If our authorization is at fault, the credential
 * is suspended. An invalid token fails alone: the other items of the request
 * are sent again, each in its own request. */
static void
unaddressable(struct dispatcher *s, struct credential *c, struct delivery *d,
    const struct err *e)
{
	bool ours = e->code != ERR_INVALID; /* our authorization, not a token */
	char why[200];

	(void)snprintf(why, sizeof why, "%.199s", e->text);
	if (ours)
		credential_suspend(c, why, 0);
	for (unsigned k = 0; k < d->n; k++) {
		struct item *i = d->items[k];

		if (ours) {
			outcome_add(s->completion->pending, i,
			    OUTCOME_DEFERRED, false, credential_pause_ms(c),
			    why);
		} else if (d->n == 1) {
			completion_unsent(s->completion, c, i, OUTCOME_FAILED,
			    true, why);
		} else {
			i->repeats = REPEAT_ALONE;
			queue_requeue(s->queue, i);
		}
	}
	d->n = 0;
}

static void
launch(struct dispatcher *s, struct delivery *d, unsigned lane)
{
	struct credential *c = d->credential;

	if (c->provider->seal == NULL) {
		pool_start(credential_pool(s->credentials, c), d->x);
		return;
	}
	d->x->started_us = clock_mono_us(); /* for one that is never started */
	c->sealing++;
	sealer_add(s->sealer, d->x, c->provider->seal, lane);
}

/* The request is made, and that is all: its items are finished. */
static void
rehearse(struct dispatcher *s, struct credential *c, struct delivery *d)
{
	for (unsigned k = 0; k < d->n; k++)
		completion_rehearsed(s->completion, c, d->items[k]);
	d->n = 0;
}

static bool
start_delivery(struct dispatcher *s, struct credential *c, struct delivery *d)
{
	const char *refusal;
	const struct template *t = template_of(s, c, d->items[0], &refusal);
	struct authorization authorization = credential_authorization(c);
	const struct err *e;

	if (s->settings->sendd.dry_run) /* there is no access token */
		authorization.authorization = "a rehearsal";
	delivery_targets(d);
	e = provider_address(c->provider, c->settings, t, &authorization,
	    d->targets, d->n, s->now_ms, d->x);
	if (e != NULL) {
		unaddressable(s, c, d, e);
		return false;
	}
	if (s->settings->sendd.dry_run) {
		rehearse(s, c, d);
		return false;
	}
	d->x->timeout_ms = (unsigned)c->settings->response_timeout_ms;
	d->x->done = completion_delivered;
	d->x->owner = d;
	d->completion = s->completion;
	d->credential = c;
	d->few = c->pace.in_flight < CONGESTION_FEW;
	pace_started(&c->pace, d->n, clock_mono_ms());
	for (unsigned k = 0; k < d->n; k++)
		queue_fly(s->queue, d->items[k]);
	launch(s, d, d->items[0]->row.key.lane);
	return true;
}

static void
deliver_next(struct dispatcher *s, struct credential *c, unsigned lane)
{
	const struct item *first = queue_peek(&c->line, lane);
	unsigned size = credential_batch(c);
	struct delivery *d;

	if (first != NULL && first->repeats >= REPEAT_ALONE)
		size = 1;
	d = delivery_new(s->exchanges, size);
	fill_delivery(s, c, lane, d);
	if (d->n == 0 || !start_delivery(s, c, d))
		delivery_free(d);
}

/* The item was read after the operators' holds: the hold may be over, so read
 * the holds again before the item is deferred. */
static bool
awaits_operator_holds(struct dispatcher *s, const struct credential *c,
    const struct item *i)
{
	int64_t next_ms =
	    s->credentials->operator_holds.asked_ms + OPERATOR_HOLDS_MS;

	if (!c->operator_hold || i == NULL ||
	    i->compared_ms < s->credentials->operator_holds.asked_ms)
		return false;
	if (next_ms < s->credentials->refresh_due_ms)
		s->credentials->refresh_due_ms = next_ms;
	return true;
}

/* Defer the items that wait for a held credential, so that others have room in
 * the queue. No try is used up, because the message is not at fault. A
 * cancelled message is finished, as it needs no credential. */
static void
put_off(struct dispatcher *s, struct credential *c, unsigned lane)
{
	int64_t pause = credential_pause_ms(c);
	struct item *i;

	if (c->state == CREDENTIAL_NONE && !c->operator_hold)
		credential_alarm(c, c->told->why); /* only if a message waits */
	while (!awaits_operator_holds(s, c, queue_peek(&c->line, lane)) &&
	    (i = queue_next(s->queue, &c->line, lane)) != NULL)
		if (!is_ours(s, i))
			queue_drop(s->queue, i);
		else if (cancelled_has(s->cancelled, i->row.send))
			completion_unsent(s->completion, c, i,
			    OUTCOME_CANCELLED, false, "cancelled");
		else
			outcome_add(s->completion->pending, i, OUTCOME_DEFERRED,
			    false, pause + credential_scatter_ms(c),
			    credential_held_why(c));
}

static bool
take_turn(struct queue_line *l, unsigned lane, void *arg)
{
	struct dispatcher *s = arg;
	struct credential *c = l->credential;
	unsigned n;

	if (s->cancelled->asked_ms == 0 || (lane > 0 &&
	    !run_paces_are_known(s->runs, clock_mono_ms())))
		return false;
	if (!credential_ready(s->credentials, c)) {
		if (credential_is_held(c))
			put_off(s, c, lane);
		return false;
	}
	n = credential_may_send(s->credentials, c);
	if (lane > 0 && scan_callers_come(s->scan, clock_mono_ms()))
		n = credential_room_beside(c, n);
	if (c->provider->seal != NULL && n > sealer_room(s->sealer))
		n = sealer_room(s->sealer);
	for (unsigned k = 0; k < n && k < TURN_DELIVERIES &&
	    queue_peek(l, lane) != NULL && !pace_is_spent(&c->pace); k++)
		deliver_next(s, c, lane);
	return n > TURN_DELIVERIES;
}

/* What may_go asked, except for what no standstill changes. */
static bool
item_may_still_go(const struct dispatcher *s, const struct item *i)
{
	bool paused;

	return is_ours(s, i) && !cancelled_has(s->cancelled, i->row.send) &&
	    !compare_is_too_old(i) && (i->row.key.lane == 0 ||
	    run_paces_rest_ms(s->runs, i->row.send, clock_now_ms(), &paused)
		== 0);
}

/* May a sealed request still be sent? After a standstill its shards may be
 * another's, a device somebody else's, a send cancelled, a run paused, and an
 * application held. Its items go back, and take the way of all others. */
static bool
may_still_go(const struct dispatcher *s, const struct delivery *d)
{
	if (d->credential->operator_hold)
		return false;
	for (unsigned k = 0; k < d->n; k++)
		if (!item_may_still_go(s, d->items[k]))
			return false;
	return true;
}

/* Its credential may have been changed meanwhile: without one the request stays
 * here. */
void
dispatch_sealed(struct dispatcher *s, bool current)
{
	struct exchange *x;

	while ((x = sealer_finished(s->sealer)) != NULL) {
		struct delivery *d = x->owner;
		struct credential *c = d->credential;

		c->sealing--;
		if (x->end == EXCHANGE_OPEN && c->state == CREDENTIAL_NONE)
			exchange_fail(x, EXCHANGE_UNSENT, "no credential");
		if (x->end == EXCHANGE_OPEN && !(current && may_still_go(s, d)))
			exchange_fail(x, EXCHANGE_UNSENT, "must not go");
		if (x->end == EXCHANGE_OPEN)
			pool_start(credential_pool(s->credentials, c), x);
		else
			x->done(d, x);
	}
}

void
dispatch(struct dispatcher *s)
{
	s->now_ms = clock_now_ms();
	turns_give(s->queue, take_turn, s);
	dispatch_sealed(s, true); /* some, if the main thread itself seals */
	wires_flush(&s->credentials->wires);
}
