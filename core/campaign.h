/* SPDX-License-Identifier: MIT */
/*
 * Sending a campaign to all its users, the same for the API and for `outpost
 * campaign send`: compose the run, start it (campaign_start in
 * db/campaign_run.h), and queue for about a second; sendd queues the rest.
 */
#ifndef CORE_CAMPAIGN_H
#define CORE_CAMPAIGN_H

#include "core/send.h"
#include "core/settings.h"
#include "lib/json.h"
#include "lib/text.h"

#include "db/campaign.h"
#include "db/campaign_figures.h"
#include "db/campaign_run.h"

/* The message as the API received it; without a tree, the part of the row's
 * text that it takes. ERR_FAULT when the row holds none. */
const struct err *campaign_message_text(const struct campaign *campaign,
    struct bytes *message);
const struct err *campaign_message(struct arena *a,
    const struct campaign *campaign, struct json **message);

/* Fill the run, except the members that only the caller knows: again, key,
 * request. The message is always HIGH, neither personal nor silent; without a
 * validUntil it is valid while the run is spread, and then as any other.
 * ERR_INVALID: its validUntil is not behind that. */
const struct err *campaign_compose(const struct settings *s, struct arena *a,
    const struct campaign *campaign, const struct run_timing *timing,
    struct campaign_run *run);

enum campaign_set {
	CAMPAIGN_SET,
	CAMPAIGN_SET_BEGUN, /* not: its start cannot be changed any more */
	CAMPAIGN_SET_NO_RUN /* not: no run is in progress */
};

/* Give the campaign's run another timing; its start only if that has one. The
 * campaign, which was read before, is read again when nothing was set: its
 * state says why. Another spread than before counts from now, or from a start
 * that is still to come. The message is not composed again: its validity
 * follows from the timing with which the run was started. ERR_INVALID: it would
 * be over then, or before the end of the spread. */
const struct err *campaign_set(struct db *db, struct arena *a,
    struct campaign *campaign, const struct run_timing *timing,
    enum campaign_set *did);

/* Counts, and a run with its figures, in JSON: the same members by the API and
 * the command. */
void campaign_counts_view(struct json *into, const struct run_counts *n);
void campaign_run_view(struct arena *a, struct json *into,
    const struct run_figures *r);

/* Queue for about a second, or until c->stop returns true, and ring the
 * doorbells, those of other machines, too (core/far_ring.h has how long that
 * may take); for less if the run's steward (db/campaign_step.h) takes it over.
 * In a cluster only ring, because the steward may work at another node, and so
 * for a run that its start has queued. The run is durable already: after a
 * failure here sendd has more to queue, so the caller need not fail. */
const struct err *campaign_queue(const struct send_context *c,
    const struct campaign_run *run);

#endif
