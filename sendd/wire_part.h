/* SPDX-License-Identifier: MIT */
/* What the two wires share, and nobody else needs. */
#ifndef SENDD_WIRE_PART_H
#define SENDD_WIRE_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "sendd/wire.h"

#define ORIGIN_NAME (sizeof((struct origin *)0)->host + 16)

/* "host" or "host:port" (443 is left out), IPv6 in brackets. */
void origin_name(const struct origin *o, char out[ORIGIN_NAME]);

/* A copy with texts of its own, and its end. */
void origin_copy(const struct origin *from, struct origin *to);
void origin_done(struct origin *o);

/* Would the same connections serve both? */
bool origin_same(const struct origin *a, const struct origin *b);

/* How long to stay away after so many failures in a row: none for 0, then
 * 100 ms doubling to 30 s. random is any number and spreads the pause over
 * its upper half. Pure. */
int64_t wire_pause_ms(unsigned failures, uint32_t random);

#endif
