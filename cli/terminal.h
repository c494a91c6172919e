/* SPDX-License-Identifier: MIT */
/* A person at a terminal, who is asked for one line at a time. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_LINE 4097 /* what a terminal's line can have, and NUL */

/* Are stdin and stdout a terminal, so that somebody reads and answers? */
bool terminal_is(void);

/* Print the prompt, and read a line without its line feed. False at the end of
 * the input (Ctrl-D). */
bool terminal_line(const char *prompt, char line[TERMINAL_LINE]);

/* The same for a secret: what is typed is not shown. False on Ctrl-C, too. */
bool terminal_secret(const char *prompt, char line[TERMINAL_LINE]);

#endif
