/* SPDX-License-Identifier: MIT */
/* The options that say when a campaign's run begins and how fast it sends. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "cli/cli.h"
#include "core/campaign_timing.h"

#define RUN_OPTIONS                                                            \
	{"at", "TIME", "begin then: 2026-12-24T18:00:00+01:00",                \
	    .audited = true},                                                  \
	    {"spread", "DURATION", "send evenly over so long: 2h",             \
		.audited = true},                                              \
	    {"rate", "N", "at most so many messages a second",                 \
		.audited = true},                                              \
	    {"quiet", "FROM-TO", "not in these hours: 22:00-07:30",            \
		.audited = true},                                              \
	    {"zone", "ZONE", "of the quiet hours: Europe/Prague",              \
		.audited = true}

/* The timing that the options ask for. */
const struct err *run_options_read(struct cli *c, struct run_timing *out);

#endif
