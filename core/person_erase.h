/* SPDX-License-Identifier: MIT */
/*
 * Erasing a person: all that db/person.h holds of a user is removed, in small
 * transactions. What is killed in the middle is continued by the next run.
 *
 * First the user's devices are put into quarantine. Two seconds later sendd
 * sends nothing to them any more, calls that had looked the devices up before
 * have written their rows, and no campaign queues rows for them. Then all goes,
 * the devices last, again and again until a pass finds nothing: so a device
 * that is registered, or a message that is accepted, while it runs goes too.
 * What a caller begins after it has ended makes rows as for a new user.
 */
#ifndef CORE_PERSON_ERASE_H
#define CORE_PERSON_ERASE_H

#include <stdatomic.h>

#include "db/person.h"

struct person_erasure {
	struct db *db;
	const char *user_id;
	const atomic_bool *stop; /* or NULL: when true, it ends early */
	/* after each portion; may be NULL */
	void (*progress)(uint64_t rows, void *arg);
	void *arg;
	/* out */
	uint64_t removed[PERSON_PARTS], rows; /* in all */
};

/* Remove all. ERR_BUSY: it was told to stop, or the user's rows do not end;
 * what was removed stays removed, and it can be run again. */
const struct err *person_erase(struct person_erasure *x);

#endif
