/* SPDX-License-Identifier: MIT */
/* What the long-running programs share: options, settings, log. */
#ifndef CORE_PROGRAM_H
#define CORE_PROGRAM_H

#include "core/settings.h"

struct program {
	const char *name;  /* "push.fcgi" in usage and log */
	const char *short_name; /* "push": %p in the settings */
	const char *usage; /* further options, one line each; or "" */
	const char *extra; /* their getopt letters; or "" */
	void (*option)(int letter, const char *value); /* or NULL */
	/* what -n looks at beyond the settings' own form; or NULL */
	const struct err *(*check)(const struct settings *s);
};

/*
 * Options -c FILE -n -T -v -V -h and the program's own; settings read, log
 * opened. -n (check), -T (print what is in force), -V, -h and errors end the
 * process here; 0, or 2 for wrong usage, 1 for bad settings.
 */
void program_start(const struct program *p, int argc, char *argv[],
    struct settings *s);

/* End with 0 if all that was printed has arrived, else say so and end with
 * 1: a full disk must not pass for a short answer. */
void program_exit(void) __attribute__((noreturn));

/*
 * Keep the process's memory from others, unless [secrets] core_dumps: no core
 * file, and no debugger, /proc/PID/mem or environ for others of the same
 * user. To be called before a secret is read. Built with a sanitizer, which
 * needs to look at itself, it does nothing.
 */
void program_guard(const struct settings *s);

/* The path given by -c, or NULL: for reading the settings again. */
const char *program_conf(void);

#endif
