/* SPDX-License-Identifier: MIT */
/*
 * The tables: created, imported from the published server, and migrated from
 * version to version. The scripts are linked into the program. For setup
 * only, on a connection of db_open_admin.
 *
 * New tables are built in a separate database and moved into the real one
 * atomically, by one RENAME: if setup is killed at any moment, the real one
 * has all old tables or all new ones, and setup can be run again.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

enum schema_kind {
	SCHEMA_NONE,	  /* no tables */
	SCHEMA_PUBLISHED, /* of the published server, MySQL edition */
	SCHEMA_OURS	  /* of this product; see version */
};

struct schema {
	const char *database; /* set by the caller */
	bool exists;	      /* the database exists */
	bool leftover;	      /* the database of a killed setup exists */
	enum schema_kind kind;
	unsigned version; /* 0 of ours: a setup in place was stopped */
	bool credentials; /* there is a table of applications */
	bool taken; /* SCHEMA_NONE: other tables have names like ours */
	bool in_place; /* set by the caller: no second database may be made */
};

/* Find out which tables exist. ERR_INVALID when they are too old to be imported
 * (before 1.4), ERR_CONFLICT when they are newer than this program. */
const struct err *migrate_look(struct db *db, struct schema *s);

/* The sendds that work on these tables, those with a heartbeat within a lease:
 * calls tell(arg, name, host); host is "" where the tables lack the column. */
const struct err *migrate_alive(struct db *db, const struct schema *s,
    int64_t lease_ms,
    void (*tell)(void *arg, const char *name, const char *host), void *arg);

/* Effects on devices of converting tokens to their canonical form. */
struct migrated {
	uint64_t merged;    /* removed: the token was registered again later */
	uint64_t set_aside; /* put into quarantine: the token is invalid */
};
const struct err *migrate_tokens(struct db *db, struct migrated *m);

/* Remove the tables of a setup in place that was stopped; s has none then.
 * ERR_CONFLICT when they hold applications: a restored copy whose table of the
 * versions is empty looks the same, and loses nothing. */
const struct err *migrate_clear(struct db *db, struct schema *s);

/* Remove the leftover database of a killed setup. */
const struct err *migrate_tidy(struct db *db, const struct schema *s);

const struct err *migrate_create_database(struct db *db,
    const struct schema *s);

/* Create all tables; those of SCHEMA_PUBLISHED are imported, with their times
 * read in zone ("+01:00", or a name that MariaDB knows). Afterwards the
 * connection uses the database. In place, without a second database: programs
 * see no tables of theirs before the last statement, and the next setup clears
 * what one that was stopped has left. */
const struct err *migrate_create(struct db *db, const struct schema *s,
    const char *zone);

/* Migrate from one version of our schema to the next. */
const struct err *migrate_step(struct db *db, const struct schema *s,
    unsigned to);

/* USE, for statements of sql.c on this connection. */
const struct err *migrate_use(struct db *db, const struct schema *s);

#endif
