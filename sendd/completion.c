/* SPDX-License-Identifier: MIT */
#include "sendd/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/id.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"
#include "sendd/delivery.h"

#define REPEAT_PAUSE_MS 250

/* A message that is sent again at once has no outcome yet; a campaign of a
 * million devices is no million lines. */
static enum log_level
level_of(const struct item *i, bool again)
{
	return again || i->row.key.lane > 0 ? LOG_L_DEBUG : LOG_L_INFO;
}

/* The log line of an outcome. */
static void
log_item(const struct credential *c, const struct item *i, bool again,
    const char *what, const char *took, const char *why)
{
	enum log_level level = level_of(i, again);
	char token[10];

	if (log_level() < level)
		return;
	text_mask(i->token, token);
	(level == LOG_L_DEBUG ? log_debug : log_info)(
	    "%s message=%llu row=%llu provider=%s app=%s device=%lld "
	    "token=%s try=%u%s%s%s%s",
	    what, (unsigned long long)i->row.send,
	    (unsigned long long)i->row.key.id, c->provider->name,
	    c->told->app_id,
	    (long long)i->row.device, token, i->row.attempts + 1U, took,
	    why[0] != '\0' ? " why=\"" : "", QUOTED(why),
	    why[0] != '\0' ? "\"" : "");
}

static void
log_verdict(const struct credential *c, const struct item *i,
    const struct verdict *v, int64_t took_ms)
{
	char took[24];

	(void)snprintf(took, sizeof took, " %lldms", (long long)took_ms);
	log_item(c, i, v->kind == VERDICT_HOLD || v->uncounted,
	    verdict_name(v->kind), took, v->why);
}

void
completion_unsent(struct completion *k, const struct credential *c,
    struct item *i, enum outcome_kind kind, bool counted, const char *why)
{
	char quoted[200];

	text_quote(why, quoted, sizeof quoted);
	log_item(c, i, false,
	    verdict_name(
		kind == OUTCOME_EXPIRED ? VERDICT_EXPIRED : VERDICT_REJECT),
	    "", quoted);
	outcome_add(k->pending, i, kind, counted, 0, why);
}

void
completion_rehearsed(struct completion *k, const struct credential *c,
    struct item *i)
{
	log_item(c, i, false, "rehearsed", "", "");
	outcome_add(k->pending, i, OUTCOME_REHEARSED, true, 0, "rehearsed");
}

/* By our backoff, and at least by the provider's Retry-After. What was no try
 * grows no count: its pause grows with its age, over a restart, too. */
static int64_t
pause_ms(const struct completion *k, const struct item *i,
    const struct verdict *v, bool counted)
{
	const struct settings *set = k->settings;
	int64_t min_ms = set->sendd.retry_min_ms;
	int64_t age_ms = clock_now_ms() - id_second(i->row.key.id) * 1000;
	uint32_t random;

	if (!counted && age_ms > min_ms)
		min_ms = age_ms;
	crypto_random(&random, sizeof random);
	return backoff_ms(counted ? i->row.attempts + 1U : 1, min_ms,
	    set->sendd.retry_max_ms, (int64_t)v->after_s * 1000, random);
}

static void
go_later(struct completion *k, struct item *i, const struct verdict *v,
    const struct policy *p)
{
	outcome_add(k->pending, i, p->outcome, p->counted,
	    pause_ms(k, i, v, p->counted), v->why);
}

/* Certainly not processed: send again at once, and no try is used up. After
 * several times in a row the item is deferred, so that a dead connection does
 * not keep it in memory. */
static void
go_at_once(struct completion *k, struct item *i, const struct verdict *v,
    const struct policy *p)
{
	if (v->after_s == 0 && ++i->repeats <= REPEAT_MAX) {
		queue_requeue(k->queue, i);
		return;
	}
	outcome_add(k->pending, i, p->outcome, p->counted,
	    v->after_s > 0 ? (int64_t)v->after_s * 1000
			   : (int64_t)REPEAT_PAUSE_MS * i->repeats,
	    v->why);
}

/* Requeue the item when the cause was cured; else defer it for as long as the
 * credential is suspended. */
static void
go_unheld(struct completion *k, struct credential *c, struct item *i,
    const struct verdict *v, const struct policy *p)
{
	if (credential_refused(k->credentials, c, v, p, i->asked_ms))
		queue_requeue(k->queue, i);
	else
		outcome_add(k->pending, i, p->outcome, p->counted,
		    credential_pause_ms(c) + credential_scatter_ms(c), v->why);
}

/* If the time of the evidence is in the future, the time of the request is
 * used: a provider's clock that is ahead of ours must not quarantine a device
 * that is registered again meanwhile. */
static int64_t
gone_since(const struct item *i, const struct verdict *v)
{
	return v->gone_ms != 0 && v->gone_ms <= clock_now_ms() ? v->gone_ms
							       : i->asked_ms;
}

static void
finish_message(struct completion *k, struct item *i, const struct verdict *v,
    const struct policy *p, bool device_is_lost)
{
	bool sent = p->outcome == OUTCOME_SENT;
	struct outcome *o = outcome_add(k->pending, i, p->outcome, p->counted,
	    0, sent ? NULL : v->why);

	if (sent && k->settings->message.storage && v->id[0] != '\0')
		o->provider_id = xstrdup(v->id);
	if (device_is_lost) {
		o->gone_ms = gone_since(i, v);
		k->figures->gone++;
	}
}

/* A key that is refused for several devices is our fault, and not theirs: then
 * the verdict is HOLD. A device that has another key than the one that is right
 * for others fails alone. *other has either verdict. */
static const struct verdict *
doubt_key(struct credential *c, const struct item *i, const struct verdict *v,
    struct verdict *other)
{
	*other = *v;
	other->after_s = 0; /* a hold has a rhythm of its own */
	if ((v->cure & CURE_KEY) == 0)
		return v;
	if ((v->cure & CURE_SUBSCRIBE) != 0 && guard_trusts_key(&c->guard)) {
		other->kind = VERDICT_REJECT;
		other->cure = 0;
		return other;
	}
	if (!credential_key_refused(c, i->row.device))
		return v;
	other->kind = VERDICT_HOLD;
	other->uncounted = true;
	return other;
}

void
completion_verdict(struct completion *k, struct credential *c, struct item *i,
    const struct verdict *v, int64_t took_ms)
{
	struct verdict other;
	struct policy p;
	bool device_is_lost;

	v = doubt_key(c, i, v, &other);
	p = policy_of(v);
	log_verdict(c, i, v, took_ms);
	device_is_lost = credential_learn(k->credentials, c, v, &p);
	switch (p.again) {
	case AGAIN_NEVER:
		finish_message(k, i, v, &p, device_is_lost);
		break;
	case AGAIN_LATER:
		go_later(k, i, v, &p);
		break;
	case AGAIN_AT_ONCE:
		go_at_once(k, i, v, &p);
		break;
	case AGAIN_UNHELD:
		go_unheld(k, c, i, v, &p);
	}
}

static void
note_answer(struct last_answer *a, const struct exchange *x,
    const struct verdict *v, int64_t now_us)
{
	if (x->end != EXCHANGE_ANSWERED)
		return;
	a->at_ms = now_us / 1000;
	a->status = x->status;
	if (v->kind == VERDICT_SENT)
		a->why[0] = '\0';
	else
		text_quote(v->why, a->why, sizeof a->why);
}

/* How long the provider took, for the figures and for what may fly. */
static void
note_time(struct completion *k, struct credential *c,
    const struct delivery *d, const struct exchange *x, int64_t took_us)
{
	histogram_add(&k->figures->answers[c->provider->platform],
	    &histogram_answers, took_us);
	congestion_answered(&c->congestion, took_us, d->few,
	    c->pace.in_flight, x->started_us + took_us);
}

void
completion_delivered(void *owner, struct exchange *x)
{
	struct delivery *d = owner;
	struct completion *k = d->completion;
	struct credential *c = d->credential;
	struct verdict one, *v = &one;
	int64_t took_us = clock_mono_us() - x->started_us;

	if (x->end == EXCHANGE_ANSWERED)
		note_time(k, c, d, x, took_us);
	if (d->n > 1)
		v = xcalloc(d->n, sizeof *v);
	memset(v, 0, d->n * sizeof *v);
	c->provider->judge(x, d->targets, d->n, v);
	note_answer(&k->figures->last[c->provider->platform], x, v,
	    x->started_us + took_us);
	pace_ended(&c->pace);
	for (unsigned i = 0; i < d->n; i++) {
		/* a provider that does not answer is overloaded */
		if (x->end == EXCHANGE_UNKNOWN)
			v[i].cure |= CURE_SLOWER;
		completion_verdict(k, c, d->items[i], &v[i], took_us / 1000);
	}
	if (v != &one)
		free(v);
	delivery_free(d);
}

void
completion_collect(struct completion *k)
{
	struct exchange *x;

	while ((x = wires_finished(&k->credentials->wires)) != NULL)
		x->done(x->owner, x);
}
