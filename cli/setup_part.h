/* SPDX-License-Identifier: MIT */
/* What the parts of "outpost setup" share. Each part looks first, changes
 * what is missing, and says which of the two it was. */
#ifndef CLI_SETUP_PART_H
#define CLI_SETUP_PART_H

#include "db/migrate.h"

#include "cli/cli.h"

#define SETUP_GROUP "outpost" /* whose members read the key file */

struct setup {
	struct cli *c;
	const struct settings *settings;
	struct db *db; /* as administrator */
	struct schema schema;
	bool has_tables; /* of our version, and they are in use */
	struct json *done, *unchanged, *warnings; /* arrays of sentences */
};

/* Tell at once, for some of it takes long. */
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

#endif
