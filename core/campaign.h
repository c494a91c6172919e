/* SPDX-License-Identifier: MIT */
/*
 * Sending a campaign to all its users, as the API and `outpost campaign send`
 * do it: compose its run, start that (campaign_start in db/campaign_run.h), and
 * queue what is quickly queued; sendd does the rest.
 */
#ifndef CORE_CAMPAIGN_H
#define CORE_CAMPAIGN_H

#include "core/send.h"
#include "core/settings.h"
#include "lib/json.h"

#include "db/campaign.h"
#include "db/campaign_run.h"

/* The message as the API got it. ERR_FAULT when the row holds none. */
const struct err *campaign_message(struct arena *a,
    const struct campaign *campaign, struct json **message);

/* Fills the run but for what only its caller knows: again, key, request.
 * Always HIGH, neither personal nor silent. */
const struct err *campaign_compose(const struct settings *s, struct arena *a,
    const struct campaign *campaign, struct campaign_run *run);

/* Queue for a second or so, until the context says to stop, and ring. The run
 * is durable before: a failure here only leaves more to sendd, and the caller
 * need not fail for it. */
const struct err *campaign_queue(const struct send_context *c,
    const struct campaign_run *run);

#endif
