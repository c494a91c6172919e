/* SPDX-License-Identifier: MIT */
/*
 * The tables: made, taken over from the published server, and brought from
 * version to version. The scripts are linked into the program. For setup
 * only, on a connection of db_open_admin.
 *
 * New tables are built in a database of their own beside the real one and
 * put in place by a single statement: killed at any moment, the real one
 * holds all of the old or all of the new, and setup can be run again.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

enum schema_kind {
	SCHEMA_NONE,	  /* no tables */
	SCHEMA_PUBLISHED, /* of the published server, MySQL edition */
	SCHEMA_OURS	  /* of the version told */
};

struct schema {
	const char *database; /* set by the caller */
	bool exists;	      /* the database */
	bool leftover;	      /* of a setup that was killed */
	enum schema_kind kind;
	unsigned version;
};

/* One setup at a time: waits for another's end, at most 30 s (ERR_BUSY). */
const struct err *migrate_lock(struct db *db, const char *database);

/* What is there. ERR_INVALID when it is too old to be moved (before 1.4),
 * ERR_CONFLICT when it is newer than this program. */
const struct err *migrate_look(struct db *db, struct schema *s);

/* Which sendds work on the tables as they are, by their heartbeat within a
 * lease: tell(arg, name, host), the host "" where the tables have none. */
const struct err *migrate_alive(struct db *db, const struct schema *s,
    int64_t lease_ms,
    void (*tell)(void *arg, const char *name, const char *host), void *arg);

/* What bringing tokens into one spelling has done to devices in this run. */
struct migrated {
	uint64_t merged;    /* removed: the token was registered later */
	uint64_t set_aside; /* in quarantine: what they have is no token */
};
const struct err *migrate_tokens(struct db *db, struct migrated *m);

/* Remove what a killed setup has left. */
const struct err *migrate_tidy(struct db *db, const struct schema *s);

const struct err *migrate_create_database(struct db *db,
    const struct schema *s);

/* All tables; those of SCHEMA_PUBLISHED move in, their times read in zone
 * ("+01:00", or a name that MariaDB knows). The connection uses the database
 * afterwards. */
const struct err *migrate_create(struct db *db, const struct schema *s,
    const char *zone);

/* From one version of ours to the next. */
const struct err *migrate_step(struct db *db, const struct schema *s,
    unsigned to);

/* USE, for statements of sql.c on this connection. */
const struct err *migrate_use(struct db *db, const struct schema *s);

#endif
