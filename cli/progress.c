/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"

#define QUIET_MS 1000 /* shorter work needs no progress told */
#define TELL_MS 200

bool
cli_progress(struct cli_progress *p)
{
	int64_t now = clock_mono_ms();

	if (p->since_ms == 0)
		p->since_ms = now;
	if (now - p->since_ms < QUIET_MS || now - p->told_ms < TELL_MS ||
	    !isatty(STDERR_FILENO))
		return false;
	p->told_ms = now;
	return true;
}

void
cli_progress_over(struct cli_progress *p)
{
	if (p->told_ms != 0)
		(void)fprintf(stderr, "\r%60s\r", "");
	*p = (struct cli_progress){0};
}
