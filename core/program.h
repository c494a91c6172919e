/* SPDX-License-Identifier: MIT */
/* What the long-running programs share: options, settings, log. */
#ifndef CORE_PROGRAM_H
#define CORE_PROGRAM_H

#include <getopt.h>
#include <stdint.h>

#include "core/settings.h"

struct program {
	const char *name;  /* "push.fcgi" in usage and log */
	const char *short_name; /* "push": %p in the settings */
	const char *usage; /* further options, one line each; or "" */
	const char *extra; /* their getopt letters; or "" */
	const struct option *words; /* for getopt_long, each with a letter; or
				       NULL */
	void (*option)(int letter, const char *value); /* or NULL */
	/* further checks for -n, beyond the settings' form; or NULL */
	const struct err *(*check)(const struct settings *s);
};

/*
 * Read the options -c FILE -n -T -v -V -h and the program's own; read the
 * settings; open the log. -n (check), -T (print the settings), -V, -h and
 * errors end the process here, with status 0, 2 for wrong usage, or 1 for bad
 * settings. The soft limit of open descriptors is raised to the hard one.
 */
void program_start(const struct program *p, int argc, char *argv[],
    struct settings *s);

/* End with 0 if all output was written; otherwise report that and end with 1:
 * after a full disk, a short output must not look complete. */
void program_exit(void) __attribute__((noreturn));

/* End with that status at the end of main. Threads that were left
 * (lib/thread.h) get a moment to end; one that hangs is not waited for. */
void program_end(int status) __attribute__((noreturn));

/*
 * Keep the memory of the process from others, unless [secrets] core_dumps is
 * set: no core file; and other processes of the same user have no debugger, no
 * /proc/PID/mem and no environ. Call it before a secret is read. A build with
 * a sanitizer, which reads its own memory that way, skips this.
 */
void program_guard(const struct settings *s);

/* How many descriptors this process may have open; 0 when that is unknown. */
uint64_t program_descriptors(void);

/* The path given by -c, or NULL: to read the settings again. */
const char *program_conf(void);

#endif
