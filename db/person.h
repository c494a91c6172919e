/* SPDX-License-Identifier: MIT */
/*
 * Persons: what is held of a user, in all tables, and its removal. A table
 * that holds users is a part here (95-person.t looks for others). The texts of
 * the audit trail stay; they name a user by a hash (core/person_name.h).
 */
#ifndef DB_PERSON_H
#define DB_PERSON_H

#include "db/db.h"

enum person_part {
	PERSON_DEVICES,
	PERSON_ACTIVATIONS,
	PERSON_WAITING, /* rows of the outbox: the user's, or of a device */
	PERSON_HISTORY,
	PERSON_MESSAGES, /* where they are stored */
	PERSON_CAMPAIGNS,
	PERSON_INBOX,
	PERSON_PARTS
};

/* "devices", as it is told. */
const char *person_part_name(enum person_part part);

/* How many rows there are of each part. It reads the whole outbox. */
const struct err *person_count(struct db *db, const char *user_id,
    uint64_t n[PERSON_PARTS]);

/* Called for each row, with the columns of the part's statement in sql.c. */
typedef void person_take(const struct rows *r, void *arg);

/* Read at most limit rows of a part, from an offset on; *n: how many. */
const struct err *person_read(struct db *db, enum person_part part,
    const char *user_id, int64_t limit, int64_t offset, person_take *take,
    void *arg, uint64_t *n);

/* --- removing --------------------------------------------------------- */

/* Put the user's devices into quarantine: nothing is queued for them any more,
 * and after two seconds nothing is sent to them (I-15). */
const struct err *person_stop(struct db *db, const char *user_id);

/* Remove a portion of a part, in one transaction; *n: rows, 0: there is none
 * left. Not of PERSON_WAITING: see db/outbox_remove.h. */
const struct err *person_remove(struct db *db, enum person_part part,
    const char *user_id, uint64_t *n);

#endif
