/* SPDX-License-Identifier: MIT */
/* Failures of the database that are logged already: each cause is logged once
 * until it is over, even if it occurs many times. */
#ifndef SENDD_TROUBLE_H
#define SENDD_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#define TROUBLES_MAX 8 /* causes that are logged; further ones are not */

struct troubles {
	unsigned n;
	uint64_t logged[TROUBLES_MAX]; /* hashes of their sentences */
};

/* Must the sentence be logged? If so, it is recorded as logged. */
bool trouble_is_new(struct troubles *t, const char *sentence);

/* All is well again. Was there any trouble? */
bool trouble_ends(struct troubles *t);

#endif
