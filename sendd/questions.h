/* SPDX-License-Identifier: MIT */
/* Waits whose rows may be under way from the database: each rings for the next
 * read, unless all its rows are read by then. */
#ifndef SENDD_QUESTIONS_H
#define SENDD_QUESTIONS_H

#include "core/doorbell_message.h"
#include "sendd/recent_sends.h"
#include "sendd/scan.h"

#define QUESTIONS 256 /* of so many it is seen; others ring at once */

struct questions {
	struct question {
		uint64_t send;
		unsigned shard;
		uint32_t rows;
	} list[QUESTIONS];
	unsigned n;
};

/* Add a wait that has come, of a shard that exists. */
void questions_add(struct questions *q, const struct doorbell_message *wait,
    struct scan *scan);

/* Is there one whose rows are not all read? */
bool questions_are_open(const struct questions *q,
    const struct recent_sends *recent);

/* A read may begin: ring for those that are to be read. None is left. */
void questions_ring(struct questions *q, const struct recent_sends *recent,
    struct scan *scan);

#endif
