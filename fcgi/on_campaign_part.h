/* SPDX-License-Identifier: MIT */
/* What the calls about campaigns share. */
#ifndef FCGI_ON_CAMPAIGN_PART_H
#define FCGI_ON_CAMPAIGN_PART_H

#include "db/campaign.h"

#include "fcgi/call.h"
#include "fcgi/handlers.h"

#define CAMPAIGN_UNKNOWN "Campaign with entered ID does not exist"

/* The campaign of the path. A caller whom its application does not let in is
 * answered that it does not exist. */
const struct err *campaign_of_path(struct call *c, struct campaign *campaign);

#endif
