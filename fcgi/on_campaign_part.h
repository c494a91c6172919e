/* SPDX-License-Identifier: MIT */
/* The shared part of the calls about campaigns. */
#ifndef FCGI_ON_CAMPAIGN_PART_H
#define FCGI_ON_CAMPAIGN_PART_H

#include "db/campaign.h"

#include "core/campaign_timing.h"

#include "fcgi/call.h"
#include "fcgi/handlers.h"

#define CAMPAIGN_UNKNOWN "Campaign with entered ID does not exist"

/* What send/live and run ask for. */
struct campaign_run_in {
	bool again;
	struct timing_asked timing;
};

/* Read the campaign of the path. For a caller that is not bound to the
 * campaign's application, the campaign does not exist. */
const struct err *campaign_of_path(struct call *c, struct campaign *campaign);

/* For calls that succeed without a campaign too. *there: it exists, and the
 * caller may use its application. */
const struct err *campaign_if_any(struct call *c, bool *there);

/* The integration that calls; NULL: unknown. */
const char *campaign_caller(const struct call *c);

#endif
