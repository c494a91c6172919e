/* SPDX-License-Identifier: MIT */
/*
 * Settings from an INI file by table: [section], key = value, # comments.
 * An unknown key, a bad value or an unreadable secret file is an error with
 * file and line. A later line wins over an earlier one; those of a list add
 * up, for libinih's lines are short. It reads, this file checks.
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
	CONF_SECRET,   /* char *: the file's path. Its content is read by
			  conf_secret when it is wanted */
	CONF_NUMBER,   /* int64_t */
	CONF_SIZE,     /* int64_t, bytes: 64k */
	CONF_DURATION, /* int64_t, milliseconds: 30s */
	CONF_RATE,     /* int64_t, a second: 10000/s */
	CONF_SHARE,    /* double, 0 to 1 */
	CONF_FLAG,     /* bool: yes, no */
	CONF_CHOICE,   /* int: index in choices */
	CONF_URL,      /* char *, https:// or http:// */
	CONF_SERVICE,  /* char *, https; to this machine http as well; never
			  empty */
	CONF_PROJECT,  /* the same with one %s */
	CONF_CLASS,    /* char *, a pattern of text_class_match */
	CONF_NETS,     /* char *, a list of lib/net.h; empty is NULL */
	CONF_NAMED_NETS /* the same with a name for each range */
};

struct conf_key {
	const char *name; /* "section.key" */
	enum conf_type type;
	size_t at;		    /* offset in the settings */
	const char *value;	    /* default, as written; "" is none */
	int64_t min, max;	    /* numbers; both 0: no bounds */
	const char *const *choices; /* CONF_CHOICE; NULL-terminated */
	const char *help;	    /* one line */
};

/* Defaults, then the file at path. Texts are allocated (conf_done frees
 * them). ERR_INVALID "path:12: unknown key ..." on the first fault. Of two
 * lines with one key the later holds; that they contradict each other is said
 * on notes, if not NULL. */
const struct err *conf_load(const char *path, const struct conf_key *keys,
    size_t n, void *into, FILE *notes);

/* Free the texts. */
void conf_done(const struct conf_key *keys, size_t n, void *from);

/* What is in force, with the help lines: itself a valid file. */
void conf_print(const struct conf_key *keys, size_t n, const void *from,
    FILE *out);

#endif
