/* SPDX-License-Identifier: MIT */
/*
 * What sendd adds to the counts of a minute (db/minute.h): outcomes that were
 * counted, and answers of the providers. A crash loses up to MINUTES_MS of
 * them, and no message.
 */
#ifndef SENDD_MINUTES_H
#define SENDD_MINUTES_H

#include "db/minute.h"

#include "sendd/figures.h"
#include "sendd/tally.h"

#define MINUTES_MS 10000 /* between two writes */
#define MINUTES_ENDED (MINUTE_EXPIRED + 1)
#define MINUTES_MAX (PLATFORM__COUNT * (MINUTES_ENDED + HISTOGRAM_MAX))

struct minutes {
	int64_t due_ms; /* monotonic: the next write */
	/* not written yet */
	uint64_t ended[PLATFORM__COUNT][MINUTES_ENDED];
	struct histogram written[PLATFORM__COUNT]; /* answers that are */
};

/* Add these outcomes to those that are not written yet. */
void minutes_take(struct minutes *m, const struct tallies *t);

/* What is not written yet, with the answers in these figures: n of them. */
size_t minutes_list(const struct minutes *m, const struct figures *f,
    struct minute_count list[MINUTES_MAX]);

/* It is written. answers: those of the figures when it was listed. */
void minutes_written(struct minutes *m,
    const struct histogram answers[PLATFORM__COUNT], int64_t now_ms);

#endif
