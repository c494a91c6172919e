/* SPDX-License-Identifier: MIT */
#include "sendd/recent_sends.h"

void
answers_count(struct answers *a, const struct outcome *o)
{
	struct doorbell_ended *by = &a->by[o->row.platform % PLATFORM__COUNT];

	a->n += o->row.attempts == 0;
	a->vague |= o->kind == OUTCOME_DEFERRED && !o->counted;
	by->sent += o->kind == OUTCOME_SENT;
	by->expired += o->kind == OUTCOME_EXPIRED;
	by->failed += o->kind == OUTCOME_FAILED ||
	    o->kind == OUTCOME_REMOVED || o->kind == OUTCOME_INACTIVE ||
	    o->kind == OUTCOME_CANCELLED ||
	    o->kind == OUTCOME_REHEARSED;
}

static struct recent_send *
recent_of(struct recent_sends *r, uint64_t send)
{
	struct recent_send *s = &r->all[send % RECENT_SENDS];

	if (s->send != send)
		*s = (struct recent_send){.send = send};
	return s;
}

void
recent_sends_read(struct recent_sends *r, uint64_t send)
{
	recent_of(r, send)->read++;
}

void
recent_sends_answered(struct recent_sends *r, const struct outcome *o)
{
	answers_count(&recent_of(r, o->row.send)->had, o);
}

bool
recent_sends_have(const struct recent_sends *r, uint64_t send, uint32_t rows)
{
	const struct recent_send *s = &r->all[send % RECENT_SENDS];

	return s->send == send && s->read >= rows;
}

const struct answers *
recent_sends_answers(const struct recent_sends *r, uint64_t send)
{
	const struct recent_send *s = &r->all[send % RECENT_SENDS];

	return s->send == send ? &s->had : NULL;
}
