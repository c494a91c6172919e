/* SPDX-License-Identifier: MIT */
#include "sendd/settle_note.h"

#include "lib/log.h"

static void
count_outcome(struct figures *f, struct tallies *t, const struct outcome *o)
{
	uint64_t *counters[OUTCOME__COUNT] = {[OUTCOME_SENT] = &f->sent,
	    [OUTCOME_FAILED] = &f->failed, [OUTCOME_EXPIRED] = &f->expired,
	    [OUTCOME_DEFERRED] = &f->deferred, [OUTCOME_REMOVED] = &f->failed,
	    [OUTCOME_INACTIVE] = &f->failed,
	    [OUTCOME_CANCELLED] = &f->cancelled,
	    [OUTCOME_REHEARSED] = &f->rehearsed};
	const struct outbox_row *row = &o->row;

	++*counters[o->kind];
	tally_add(t, row->app, row->platform, o->kind, o->reason);
	if (o->kind != OUTCOME_DEFERRED && row->platform < PLATFORM__COUNT)
		histogram_add(&f->tries[row->platform], &histogram_tries,
		    (int64_t)row->attempts + o->counted);
}

static void
log_settled(const struct outcome *o, const struct item *i, const char *node)
{
	log_debug("settled message=%llu row=%llu shard=%u epoch=%llu node=%s%s",
	    (unsigned long long)o->row.send, (unsigned long long)o->row.key.id,
	    o->row.key.shard, (unsigned long long)i->epoch, node,
	    o->again ? " again" : "");
}

void
settle_note(struct figures *f, struct tallies *t, const struct outcome *o,
    const struct item *i, const char *node)
{
	count_outcome(f, t, o);
	if (log_level() >= LOG_L_DEBUG)
		log_settled(o, i, node);
}
