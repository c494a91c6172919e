/* SPDX-License-Identifier: MIT */
/*
 * What a person can do about a reason for which a message was not sent or
 * waits: one table, of the providers' codes and of our own words. The manual
 * outpost(8) has the same table.
 */
#ifndef PUSH_REMEDY_H
#define PUSH_REMEDY_H

#include <stddef.h>

struct remedy_row {
	const char *reason; /* "BadTopic": the reason begins with it */
	const char *remedy; /* a sentence */
};

extern const struct remedy_row remedies[];
extern const size_t n_remedies;

/* The sentence for a reason; NULL when there is none, and for NULL. */
const char *reason_remedy(const char *reason);

#endif
