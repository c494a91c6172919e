/* SPDX-License-Identifier: MIT */
/*
 * Sending a campaign to all its users, as the API and `outpost campaign send`
 * do it: compose its run, start that (campaign_start in db/campaign.h), and
 * queue what is quickly queued; sendd does the rest.
 */
#ifndef CORE_CAMPAIGN_H
#define CORE_CAMPAIGN_H

#include "core/doorbell.h"
#include "lib/json.h"
#include "core/settings.h"

#include "db/campaign.h"
#include "db/campaign_run.h"

/* The message as the API got it. ERR_FAULT when the row holds none. */
const struct err *campaign_message(struct arena *a,
    const struct campaign *campaign, struct json **message);

/* Fills the run but for what only its caller knows: again, key, request.
 * Always HIGH, neither personal nor silent. */
const struct err *campaign_compose(const struct settings *s, struct arena *a,
    const struct campaign *campaign, struct campaign_run *run);

/* Queue for a second or so, until stop(arg) says to end (stop may be NULL),
 * and ring. The run is durable before: a failure here leaves more to sendd,
 * and is none of the caller's. */
typedef bool campaign_stop(const void *arg);
const struct err *campaign_queue(struct db *db,
    const struct campaign_run *run, struct doorbell_client *line,
    campaign_stop *stop, const void *arg);

#endif
