/* SPDX-License-Identifier: MIT */
/* Finished exchanges, and what the verdict on each item means: by the scope
 * of the failure, for the message, the device or the whole credential. */
#include "sendd/sendd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"
#include "sendd/delivery.h"

#define REPEAT_PAUSE_MS 250

/* The line of an outcome. What goes again at once has none yet, and is told
 * to whoever looks closely. */
static void
say(const struct credential *c, const struct item *i, bool again,
    const char *what, const char *took, const char *why)
{
	char token[10];

	if (log_level() < (again ? LOG_L_DEBUG : LOG_L_INFO))
		return;
	text_mask(i->token, token);
	(again ? log_debug : log_info)(
	    "%s message=%llu row=%llu provider=%s app=%s device=%lld "
	    "token=%s try=%u%s%s%s%s",
	    what, (unsigned long long)i->row.send,
	    (unsigned long long)i->row.key.id, c->provider->name, c->app_id,
	    (long long)i->row.device, token, i->row.attempts + 1U, took,
	    why[0] != '\0' ? " why=\"" : "", QUOTED(why),
	    why[0] != '\0' ? "\"" : "");
}

static void
say_outcome(const struct credential *c, const struct item *i,
    const struct verdict *v, int64_t took_ms)
{
	char took[24];

	(void)snprintf(took, sizeof took, " %lldms", (long long)took_ms);
	say(c, i, v->kind == VERDICT_HOLD || v->uncounted,
	    verdict_name(v->kind), took, v->why);
}

void
completion_unsent(struct sendd *s, const struct credential *c, struct item *i,
    enum outcome_kind kind, bool counted, const char *why)
{
	char told[200];

	verdict_quote(told, sizeof told, why);
	say(c, i, false, verdict_name(kind == OUTCOME_EXPIRED ? VERDICT_EXPIRED
		: VERDICT_REJECT), "", told);
	outcome_add(&s->pending, i, kind, counted, 0, why);
}

/* Not before the provider's wish; a row that only suffers from our pace
 * waits with the rest. */
static void
retry(struct sendd *s, struct item *i, const struct verdict *v)
{
	uint32_t random;

	crypto_random(&random, sizeof random);
	outcome_add(&s->pending, i, OUTCOME_DEFERRED, true,
	    backoff_ms(i->row.attempts + 1U, s->settings.sendd.retry_min_ms,
		s->settings.sendd.retry_max_ms, (int64_t)v->after_s * 1000,
		random),
	    v->why);
}

/* Certainly not processed: again at once, no try used up. Many times in a
 * row: through the database, so that a dead connection empties the hand. */
static void
repeat(struct sendd *s, struct item *i, const struct verdict *v)
{
	if (v->after_s == 0 && ++i->repeats <= REPEAT_MAX) {
		queue_requeue(&s->queue, i);
		return;
	}
	outcome_add(&s->pending, i, OUTCOME_DEFERRED, false,
	    v->after_s > 0 ? (int64_t)v->after_s * 1000
			   : (int64_t)REPEAT_PAUSE_MS * i->repeats,
	    v->why);
}

/* A cure is tried once, and what suffered goes again at once; the second
 * time the credential is held. */
static void
hold(struct sendd *s, struct credential *c, struct item *i,
    const struct verdict *v)
{
	if ((v->cure & (CURE_TOKEN | CURE_CONNECTION)) != 0 && !c->cured &&
	    c->state == CREDENTIAL_READY) {
		c->cured = true;
		c->cured_ms = clock_now_ms();
		credential_cure(&s->credentials, c, v->cure);
		queue_requeue(&s->queue, i);
		return;
	}
	/* those that flew with the first say nothing about the cure */
	if (c->cured && c->state != CREDENTIAL_SUSPENDED &&
	    i->asked_ms <= c->cured_ms) {
		queue_requeue(&s->queue, i);
		return;
	}
	credential_suspend(c, v->why, v->after_s);
	outcome_add(&s->pending, i, OUTCOME_DEFERRED, false,
	    credential_pause_ms(c), v->why);
}

static void
lose_device(struct sendd *s, struct credential *c, struct item *i,
    const struct verdict *v)
{
	bool believed = credential_guard(&s->credentials, c, v->kind);
	struct outcome *o;

	o = outcome_add(&s->pending, i, OUTCOME_FAILED, true, 0, v->why);
	if (!believed)
		return;
	o->gone_ms = v->gone_ms != 0 ? v->gone_ms : i->asked_ms;
	/* a provider's clock ahead of ours must not cost a device that is
	 * registered again meanwhile */
	if (o->gone_ms > clock_now_ms())
		o->gone_ms = i->asked_ms;
	s->figures.gone++;
}

static void
sent(struct sendd *s, struct credential *c, struct item *i,
    const struct verdict *v)
{
	struct outcome *o;

	(void)credential_guard(&s->credentials, c, VERDICT_SENT);
	c->probing = false;
	c->cured = false;
	c->hold_count = 0;
	if (c->window > 0 && ++c->window > 2000)
		c->window = 0;
	o = outcome_add(&s->pending, i, OUTCOME_SENT, true, 0, NULL);
	if (s->settings.message.storage && v->id[0] != '\0')
		o->provider_id = xstrdup(v->id);
}

void
completion_verdict(struct sendd *s, struct credential *c, struct item *i,
    const struct verdict *v, int64_t took_ms)
{
	say_outcome(c, i, v, took_ms);
	if ((v->cure & CURE_SLOWER) != 0)
		c->window = c->in_flight / 2 + 1;
	if (v->kind != VERDICT_HOLD && v->kind != VERDICT_RETRY)
		c->probing = false;
	if (v->kind != VERDICT_HOLD && (v->cure & CURE_OPERATOR) != 0)
		credential_alarm(c, v->why); /* a hold has its own */
	switch (v->kind) {
	case VERDICT_SENT:
		sent(s, c, i, v);
		break;
	case VERDICT_RETRY:
		if ((v->cure & CURE_CONNECTION) != 0)
			credential_cure(&s->credentials, c, CURE_CONNECTION);
		if (v->uncounted)
			repeat(s, i, v);
		else
			retry(s, i, v);
		break;
	case VERDICT_HOLD:
		hold(s, c, i, v);
		break;
	case VERDICT_GONE:
	case VERDICT_SUSPECT:
		lose_device(s, c, i, v);
		break;
	case VERDICT_EXPIRED:
		outcome_add(&s->pending, i, OUTCOME_EXPIRED, true, 0, v->why);
		break;
	default:
		outcome_add(&s->pending, i, OUTCOME_FAILED, true, 0, v->why);
	}
}

void
completion_delivered(void *owner, struct exchange *x)
{
	struct delivery *d = owner;
	struct sendd *s = d->sendd;
	struct credential *c = d->credential;
	struct verdict one, *v = &one;
	int64_t took_us = clock_mono_us() - x->started_us;

	if (x->end == EXCHANGE_ANSWERED)
		histogram_add(&s->figures.answers[c->provider->platform],
		    &histogram_answers, took_us);
	if (d->n > 1)
		v = xcalloc(d->n, sizeof *v);
	memset(v, 0, d->n * sizeof *v);
	c->provider->judge(x, d->targets, d->n, v);
	c->in_flight--;
	for (unsigned i = 0; i < d->n; i++) {
		/* a provider that does not answer has enough to do */
		if (x->end == EXCHANGE_UNKNOWN)
			v[i].cure |= CURE_SLOWER;
		completion_verdict(s, c, d->items[i], &v[i], took_us / 1000);
	}
	if (v != &one)
		free(v);
	delivery_free(d);
}

void
collect(struct sendd *s)
{
	struct exchange *x;

	while ((x = wires_finished(&s->credentials.wires)) != NULL)
		x->done(x->owner, x);
}
