/* SPDX-License-Identifier: MIT */
/*
 * APNs, FCM, HMS, their token servers and the services of Web Push in one
 * process, for tests: as strict as the real ones are said to be, and rude when
 * a token asks for it.
 *
 *   provider -d DIR [-p PORT] [-l LEDGER] [-f] [-v] [-S streams]
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/text.h"
#include "tests/fake/keys.h"
#include "tests/fake/ledger.h"
#include "tests/fake/server.h"
#include "tests/fake/verify.h"

static void
usage(void)
{
	(void)fprintf(stderr, "usage: provider -d DIR [-p PORT] [-l LEDGER] "
	    "[-f] [-v] [-S streams]\n");
	exit(2);
}

static int64_t
number(const char *s, int64_t max)
{
	int64_t n;

	if (!text_i64(s, 0, max, &n))
		usage();
	return n;
}

static void
read_options(int argc, char **argv, struct fake *f, const char **ledger)
{
	int c, level = LOG_L_NOTICE;

	while ((c = getopt(argc, argv, "d:p:l:fvS:")) != -1) {
		if (c == 'd')
			f->dir = optarg;
		else if (c == 'p')
			f->port = (int)number(optarg, 65535);
		else if (c == 'l')
			*ledger = optarg;
		else if (c == 'f')
			f->fast = true;
		else if (c == 'v')
			level = LOG_L_DEBUG;
		else if (c == 'S')
			f->streams = (uint32_t)number(optarg, 1000000);
		else
			usage();
	}
	if (f->dir == NULL || optind != argc || f->streams == 0)
		usage();
	log_open("provider", 0, (enum log_level)level);
}

/* Absolute from here on: provider.json tells paths to others. */
static const struct err *
open_dir(struct fake *f)
{
	static char path[PATH_MAX];

	if (mkdir(f->dir, 0700) == -1 && errno != EEXIST)
		return err_errno("%s", f->dir);
	if (realpath(f->dir, path) == NULL)
		return err_errno("%s", f->dir);
	f->dir = path;
	return NULL;
}

static const struct err *
run(struct fake *f, const char *ledger)
{
	struct server *s = NULL;
	const struct err *e;

	if ((e = open_dir(f)) != NULL)
		return e;
	(void)unlink(keys_path(f, "provider.json"));
	if ((e = keys_open(f)) != NULL)
		return e;
	if (ledger != NULL && !f->fast &&
	    (e = ledger_open(ledger, &f->ledger)) != NULL)
		return e;
	e = server_open(f, keys_path(f, "server.pem"),
	    keys_path(f, "server.key"), &s);
	if (e == NULL)
		e = keys_publish(f);
	arena_reset(f->arena);
	if (e == NULL) {
		log_notice("ready port=%d", f->port);
		e = server_run(s);
	}
	server_close(s);
	return e;
}

int
main(int argc, char **argv)
{
	struct fake f = {.streams = 500, .expires_in = 3599};
	const char *ledger = NULL;
	const struct err *e;

	read_options(argc, argv, &f, &ledger);
	(void)snprintf(f.mode.name, sizeof(f.mode.name), "normal");
	f.arena = arena_new();
	f.verify = verify_new();
	e = run(&f, ledger);
	if (e != NULL)
		log_err("failed error=\"%s\"", e->text);
	ledger_close(f.ledger);
	browser_close(&f.browser);
	verify_free(f.verify);
	arena_free(f.arena);
	free(f.tries);
	return e != NULL;
}
