/* SPDX-License-Identifier: MIT */
#include "core/program.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/thread.h"

#include "core/settings_files.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(leak_sanitizer)
#define SANITIZER_BUILD true
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZER_BUILD true
#endif
#ifndef SANITIZER_BUILD
#define SANITIZER_BUILD false
#endif

#define END_MS 100 /* a call of CGI may be waiting for the end of its process */

static const char *conf_path; /* set once, before any thread */

static void
usage(const struct program *p, FILE *out)
{
	(void)fprintf(out,
	    "usage: %s [options]\n"
	    "  -c FILE  settings (default $OUTPOST_CONF, else "
	    "/etc/outpost/outpost.conf)\n"
	    "  -n       check the settings and end\n"
	    "  -T       print the settings in force and end\n"
	    "  -v       say more (log level debug)\n"
	    "  -V       print the version and end\n"
	    "  -h       print this and end\n%s",
	    p->name, p->usage);
}

void
program_exit(void)
{
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		fatalx("cannot write all of the output");
	exit(0);
}

void
program_end(int status)
{
	if (thread_join_left(END_MS))
		exit(status);
	(void)fflush(NULL);
	_exit(status);
}

static _Noreturn void
misused(const struct program *p)
{
	usage(p, stderr);
	exit(2);
}

struct flags {
	bool check, print, verbose;
};

/* The options that all programs have. -V and -h end the process. */
static bool
take_common(const struct program *p, int letter, struct flags *f)
{
	switch (letter) {
	case 'c':
		conf_path = optarg;
		return true;
	case 'n':
		f->check = true;
		return true;
	case 'T':
		f->print = true;
		return true;
	case 'v':
		f->verbose = true;
		return true;
	case 'V':
		printf("%s %s\n", p->name, OUTPOST_VERSION);
		program_exit();
	case 'h':
		usage(p, stdout);
		program_exit();
	default:
		return false;
	}
}

static void
read_options(const struct program *p, int argc, char *argv[],
    struct flags *f)
{
	static const struct option none[] = {{NULL}};
	const struct option *words = p->words != NULL ? p->words : none;
	char letters[64];
	int letter;

	(void)snprintf(letters, sizeof letters, "c:nTvVh%s", p->extra);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
	while ((letter = getopt_long(argc, argv, letters, words, NULL)) !=
	    -1) {
		if (letter == '?')
			misused(p);
		if (!take_common(p, letter, f))
			p->option(letter, optarg);
	}
	if (optind < argc)
		misused(p);
}

void
program_guard(const struct settings *s)
{
	const struct rlimit none = {0, 0};

	if (s->secrets.core_dumps || SANITIZER_BUILD)
		return;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		fatalx("cannot protect the memory of the process");
	/* a second barrier, which a service manager may forbid */
	(void)setrlimit(RLIMIT_CORE, &none);
}

/* The soft limit is for programs that use select, which none of ours does. */
static void
raise_descriptors(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

uint64_t
program_descriptors(void)
{
	struct rlimit files;

	return getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 0;
}

void
program_start(const struct program *p, int argc, char *argv[],
    struct settings *s)
{
	struct flags f = {false, false, false};
	const struct err *e;

	read_options(p, argc, argv, &f);
	if ((e = settings_check(conf_path, s, f.check ? stderr : NULL)) != NULL)
		fatalx("%s", e->text);
	if (f.check && (e = settings_files(settings_path(conf_path), s,
			    p->short_name, stderr)) != NULL)
		fatalx("%s", e->text);
	if (f.check && p->check != NULL && (e = p->check(s)) != NULL)
		fatalx("%s: %s", settings_path(conf_path), e->text);
	if (f.print)
		settings_print(s, stdout);
	else if (f.check)
		printf("%s: settings OK\n", settings_path(conf_path));
	if (f.print || f.check)
		program_exit();
	program_guard(s);
	raise_descriptors();
	log_open(p->name, s->log.target == 1,
	    f.verbose ? LOG_L_DEBUG : (enum log_level)s->log.level);
	log_set_time((enum log_time)s->log.time);
}

const char *
program_conf(void)
{
	return conf_path;
}
