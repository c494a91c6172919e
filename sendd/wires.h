/* SPDX-License-Identifier: MIT */
/* The wires of one sendd, one of each kind, each call for all of them. */
#ifndef SENDD_WIRES_H
#define SENDD_WIRES_H

#include "push/provider.h"
#include "sendd/wire.h"

struct wires {
	struct wire *of[WIRE__COUNT];
};

/* Open all wires. Call wires_close also after an error. */
const struct err *wires_open(struct wires *w, struct poller *p);
void wires_close(struct wires *w);

/* As wire_flush, wire_tick (the shortest time), wire_finished, and wire_stats
 * of all of them. */
void wires_flush(struct wires *w);
int wires_tick(struct wires *w);
struct exchange *wires_finished(struct wires *w);
void wires_stats(const struct wires *w, struct pool_stats *out);

#endif
