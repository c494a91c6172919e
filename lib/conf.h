/* SPDX-License-Identifier: MIT */
/*
 * Settings from an INI file, described by a table: [section], key = value, and
 * # for a comment. An unknown key, a bad value or an unreadable secret file is
 * an error with file and line. A later line replaces an earlier one; the lines
 * of a list are appended, because libinih limits the length of a line. libinih
 * parses, this file checks.
 */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"

enum conf_type {
	CONF_TEXT,     /* char *; empty is NULL */
	CONF_PATH,     /* char *, absolute; empty is NULL */
	CONF_SECRET,   /* char *: the file's path. conf_secret reads its
			  content when it is needed */
	CONF_NUMBER,   /* int64_t */
	CONF_SIZE,     /* int64_t, bytes: 64k */
	CONF_DURATION, /* int64_t, milliseconds: 30s */
	CONF_SPAN,     /* as CONF_DURATION, or no for 0s */
	CONF_RATE,     /* int64_t, per second: 10000/s */
	CONF_SHARE,    /* double, 0 to 1 */
	CONF_FLAG,     /* bool: yes, no */
	CONF_CHOICE,   /* int: index in choices */
	CONF_URL,      /* char *, https:// or http:// */
	CONF_SERVICE,  /* char *, https, or http to this machine; never
			  empty */
	CONF_PROJECT,  /* as CONF_SERVICE, with one %s */
	CONF_CLASS,    /* char *, a pattern of text_class_match */
	CONF_NETS,     /* char *, a list of lib/net.h; empty is NULL */
	CONF_NAMED_NETS, /* as CONF_NETS, with a name for each range */
	CONF_HOSTS      /* char *, a list of lib/host.h; empty is NULL */
};

struct conf_key {
	const char *name; /* "section.key" */
	enum conf_type type;
	size_t at;		    /* offset in the settings */
	const char *value;	    /* default, as in a file; "": none */
	int64_t min, max;	    /* numbers; both 0: no bounds */
	const char *const *choices; /* CONF_CHOICE; NULL-terminated */
	const char *help;	    /* one line */
};

/* Set the defaults, then read the file at path. Texts are allocated (conf_done
 * frees them). ERR_INVALID "path:12: unknown key ..." on the first error. If
 * two lines set one key, the later one counts; if their values differ, a
 * warning is written to notes (NULL: none). */
const struct err *conf_load(const char *path, const struct conf_key *keys,
    size_t n, void *into, FILE *notes);

/* Free the texts. */
void conf_done(const struct conf_key *keys, size_t n, void *from);

/* Print the current values with their help lines: a valid settings file. */
void conf_print(const struct conf_key *keys, size_t n, const void *from,
    FILE *out);

#endif
