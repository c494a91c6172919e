/* SPDX-License-Identifier: MIT */
/* What the two wires share, and nobody else needs. */
#ifndef SENDD_WIRE_PART_H
#define SENDD_WIRE_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "sendd/wire.h"

/* How long to stay away after so many failures in a row: none for 0, then
 * 100 ms doubling to 30 s. random is any number and spreads the pause over
 * its upper half. Pure. */
int64_t wire_pause_ms(unsigned failures, uint32_t random);

#endif
