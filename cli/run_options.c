/* SPDX-License-Identifier: MIT */
#include "cli/run_options.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"

/* "22:00-07:30" */
static const struct err *
split_quiet(struct cli *c, struct timing_asked *asked)
{
	const char *quiet = cli_value(c, "quiet"), *dash;

	asked->quiet_zone = cli_value(c, "zone");
	if (quiet == NULL)
		return NULL;
	if ((dash = strchr(quiet, '-')) == NULL)
		return cli_misused(c, "--quiet takes FROM-TO, as 22:00-07:30");
	asked->quiet_from = arena_text(c->mem, quiet, (size_t)(dash - quiet));
	asked->quiet_to = dash + 1;
	return NULL;
}

const struct err *
run_options_read(struct cli *c, struct run_timing *out)
{
	struct timing_asked asked = {.spread = cli_value(c, "spread")};
	const char *at = cli_value(c, "at"), *rate = cli_value(c, "rate");
	const struct err *e;

	if (at != NULL && !clock_parse(at, &asked.send_at_ms))
		return cli_misused(c, "--at takes a time with its zone");
	if (rate != NULL &&
	    !text_i64(rate, 1, CAMPAIGN_RATE_MAX, &asked.rate))
		return cli_misused(c, "--rate takes a number from 1 to %d",
		    CAMPAIGN_RATE_MAX);
	if ((e = split_quiet(c, &asked)) != NULL)
		return e;
	return campaign_timing(&asked, clock_now_ms(), out);
}
