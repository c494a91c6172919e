/* SPDX-License-Identifier: MIT */
/* When a campaign's run begins and how fast it sends, as a caller says it: the
 * same for the API and the command. */
#ifndef CORE_CAMPAIGN_TIMING_H
#define CORE_CAMPAIGN_TIMING_H

#include "db/run_timing.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#define CAMPAIGN_RATE_MAX 1000000

struct timing_asked {
	int64_t send_at_ms; /* 0: not asked */
	const char *spread; /* "2h"; NULL: not */
	int64_t rate;	    /* messages a second; 0: not */
	const char *quiet_from, *quiet_to; /* "22:00"; all three or none */
	const char *quiet_zone;		   /* "Europe/Prague" */
};

/* Texts of out are those of asked. ERR_INVALID: the sentence says what is
 * wrong. */
const struct err *campaign_timing(const struct timing_asked *asked,
    int64_t now_ms, struct run_timing *out);

/* The same members, in JSON. */
void campaign_timing_view(struct arena *a, struct json *into,
    const struct run_timing *t);

#endif
