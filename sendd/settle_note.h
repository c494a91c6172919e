/* SPDX-License-Identifier: MIT */
/* What sendd tells of an outcome that is written: its figures, and at the level
 * debug a line in the log. */
#ifndef SENDD_SETTLE_NOTE_H
#define SENDD_SETTLE_NOTE_H

#include "sendd/figures.h"
#include "sendd/outcomes.h"
#include "sendd/tally.h"

/* node: where it was written; "": there is only one. */
void settle_note(struct figures *f, struct tallies *t, const struct outcome *o,
    const struct item *i, const char *node);

#endif
