/* SPDX-License-Identifier: MIT */
/* The shared part of the calls about campaigns. */
#ifndef FCGI_ON_CAMPAIGN_PART_H
#define FCGI_ON_CAMPAIGN_PART_H

#include "db/campaign.h"

#include "fcgi/call.h"
#include "fcgi/handlers.h"

#define CAMPAIGN_UNKNOWN "Campaign with entered ID does not exist"

/* Read the campaign of the path. For a caller that is not bound to the
 * campaign's application, the campaign does not exist. */
const struct err *campaign_of_path(struct call *c, struct campaign *campaign);

#endif
