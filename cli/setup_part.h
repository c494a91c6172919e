/* SPDX-License-Identifier: MIT */
/* The shared part of the steps of "outpost setup". Each step looks first, adds
 * what is missing, and reports whether it changed something. */
#ifndef CLI_SETUP_PART_H
#define CLI_SETUP_PART_H

#include "db/migrate.h"

#include "cli/cli.h"

#define SETUP_GROUP "outpost" /* its members may read the key file */

struct setup {
	struct cli *c;
	const struct settings *settings;
	struct db *db; /* as administrator */
	struct schema schema;
	bool has_tables; /* tables of our version, in use */
	struct json *done, *unchanged, *warnings; /* arrays of sentences */
};

/* Report a step; text is printed at once, because some steps take long. */
void setup_did(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void setup_same(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void setup_warn(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

const struct err *setup_key_file(struct setup *s);
const struct err *setup_tables(struct setup *s);
const struct err *setup_seal(struct setup *s);
const struct err *setup_users(struct setup *s);
const struct err *setup_rights(struct setup *s);
/* --web-user, without which both do nothing; the check changes nothing. */
const struct err *setup_web_check(struct setup *s);
const struct err *setup_web_user(struct setup *s);

#endif
