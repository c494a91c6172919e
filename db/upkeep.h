/* SPDX-License-Identifier: MIT */
/*
 * Which programs maintain the tables, and when each was through with it last.
 * A round of maintenance may hold a lease; it only saves work, for what two
 * rounds do at the same time is right too.
 */
#ifndef DB_UPKEEP_H
#define DB_UPKEEP_H

#include "db/db.h"

#define UPKEEP_PROGRAMS 2 /* sendd, and outpost maintain */
#define UPKEEP_NAME 17

/* Take the program's lease for lease_ms, or renew it; owner: a random number,
 * not 0. *got is false while another owner has it. */
const struct err *upkeep_take(struct db *db, const char *program,
    uint64_t owner, int64_t lease_ms, bool *got);
const struct err *upkeep_give(struct db *db, const char *program,
    uint64_t owner);

/* A round is over, and has removed so many rows. */
const struct err *upkeep_ran(struct db *db, const char *program,
    uint64_t rows);

struct upkeep {
	char program[UPKEEP_NAME]; /* "maintain", "sendd" */
	int64_t ended_ms;	   /* of its last whole round; 0: never */
	uint64_t rows;		   /* that it removed */
};

/* *n of them, in order of their names. */
const struct err *upkeep_list(struct db *db,
    struct upkeep list[UPKEEP_PROGRAMS], size_t *n);

#endif
