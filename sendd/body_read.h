/* SPDX-License-Identifier: MIT */
/*
 * The part of a reading job that reads the bodies which its rows share, all by
 * one statement: the main thread, which places the rows, asks for none. Nobody
 * but the main thread knows which of them are in memory, so a body of a
 * campaign is read with each of its jobs.
 */
#ifndef SENDD_BODY_READ_H
#define SENDD_BODY_READ_H

#include "db/db.h"
#include "lib/hash.h"
#include "sendd/body.h"

/* All zeros: none. */
struct body_reading {
	uint64_t *ids; /* wanted, each once */
	size_t n, size;
	struct hash wanted; /* the same */
	struct hash found;  /* struct body, by id */
};

/* A row has the body of that id. */
void body_reading_want(struct body_reading *r, uint64_t id);

/* The worker's part: read the wanted bodies. */
const struct err *body_reading_run(struct db *db, struct body_reading *r);

/* The body for a row, with a reference: the one in memory, or the one that was
 * read, which is shared from then on. One that is deleted is replaced by an
 * empty body, which is refused. */
struct body *body_reading_place(struct body_reading *r, struct bodies *b,
    uint64_t id);

/* Free it, with the bodies that are not placed. */
void body_reading_done(struct body_reading *r);

#endif
