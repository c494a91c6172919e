/* SPDX-License-Identifier: MIT */
/* Long work shows its progress on stderr when that is a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_progress { /* zeroed at first */
	int64_t since_ms, shown_ms;
};

/* Is it time to show the progress? It is after a second, then every 200 ms. */
bool cli_progress(struct cli_progress *p);

/* The work is over: clear the line. */
void cli_progress_over(struct cli_progress *p);

#endif
