/* SPDX-License-Identifier: MIT */
/*
 * What is held of a person, in JSON: the same members for the API and the
 * command. A device's token is not among them: who has it can push to the
 * device.
 */
#ifndef CORE_PERSON_H
#define CORE_PERSON_H

#include "db/person.h"
#include "lib/arena.h"
#include "lib/json.h"

/* {"devices": 2, ...}: how many rows there are of each part. */
void person_counts_json(const uint64_t n[PERSON_PARTS], struct json *into);

/* Append a page of a part to an array; *n: how many. The arena owns what is
 * parsed meanwhile. */
const struct err *person_part_json(struct db *db, struct arena *a,
    enum person_part part, const char *user_id, int64_t limit, int64_t offset,
    struct json *array, uint64_t *n);

/* A page of the rows of the audit trail that tell of the person, by the name
 * that it has there (core/person_name.h). */
const struct err *person_changes_json(struct db *db, struct arena *a,
    const char *name, int64_t limit, int64_t offset, struct json *array,
    uint64_t *n);

#endif
