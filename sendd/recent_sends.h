/* SPDX-License-Identifier: MIT */
/* What the doorbell knows of sends of late: their rows that were read, and the
 * first answers to them that are committed. */
#ifndef SENDD_RECENT_SENDS_H
#define SENDD_RECENT_SENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/doorbell_message.h"
#include "db/outbox_settle.h"

#define RECENT_SENDS 4096 /* the latest; of older ones nothing is known */

/* What is written of the rows of a send. */
struct answers {
	uint32_t n; /* first answers */
	bool vague; /* a row may have been counted twice, as it was held */
	struct doorbell_ended by[PLATFORM__COUNT];
};

void answers_count(struct answers *a, const struct outcome *o);

/* All zero: nothing is known. */
struct recent_sends {
	struct recent_send {
		uint64_t send;
		uint32_t read; /* rows */
		struct answers had;
	} all[RECENT_SENDS];
};

/* Note a row of it that was read, or answered. */
void recent_sends_read(struct recent_sends *r, uint64_t send);
void recent_sends_answered(struct recent_sends *r, const struct outcome *o);

/* Has it so many rows in hand, or answered? */
bool recent_sends_have(const struct recent_sends *r, uint64_t send,
    uint32_t rows);

/* The answers to it; NULL: none is known. */
const struct answers *recent_sends_answers(const struct recent_sends *r,
    uint64_t send);

#endif
