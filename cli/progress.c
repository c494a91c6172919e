/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"

#define QUIET_MS 1000 /* shorter work shows no progress */
#define SHOW_MS 200

bool
cli_progress(struct cli_progress *p)
{
	int64_t now = clock_mono_ms();

	if (p->since_ms == 0)
		p->since_ms = now;
	if (now - p->since_ms < QUIET_MS || now - p->shown_ms < SHOW_MS ||
	    !isatty(STDERR_FILENO))
		return false;
	p->shown_ms = now;
	return true;
}

void
cli_progress_over(struct cli_progress *p)
{
	if (p->shown_ms != 0)
		(void)fprintf(stderr, "\r%60s\r", "");
	*p = (struct cli_progress){0};
}
