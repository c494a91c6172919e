/* SPDX-License-Identifier: MIT */
/* Troubles with the database that were told already: each cause is said once
 * until it is over, however often and by whomever it is met. */
#ifndef SENDD_TROUBLE_H
#define SENDD_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#define TROUBLES_MAX 8 /* causes told; further ones are not */

struct troubles {
	unsigned n;
	uint64_t told[TROUBLES_MAX]; /* hashes of their sentences */
};

/* Is the sentence to be said? It counts as told then. */
bool trouble_is_new(struct troubles *t, const char *sentence);

/* Were there any? They are over. */
bool trouble_ends(struct troubles *t);

#endif
