/* SPDX-License-Identifier: MIT */
/* How far a campaign is: its latest run, its figures, and why messages were not
 * sent. The same for the API and the command. */
#ifndef CORE_CAMPAIGN_STATUS_H
#define CORE_CAMPAIGN_STATUS_H

#include "db/campaign.h"
#include "db/campaign_figures.h"
#include "lib/json.h"

struct campaign_status {
	uint64_t version; /* another one after each change */
	struct campaign campaign;
	bool has_run;
	struct run_figures run;
	struct run_outcome *outcomes;
	size_t n_outcomes;
};

/* ERR_MISSING: there is no such campaign. */
const struct err *campaign_status(struct db *db, struct arena *a, int64_t id,
    struct campaign_status *out);

/* The part of the devices that is queued, in per cent. */
int64_t campaign_queued_percent(const struct campaign *c);

void campaign_status_view(struct arena *a, struct json *into,
    const struct campaign_status *s);

#endif
