/* SPDX-License-Identifier: MIT */
/*
 * Encrypting requests, which takes about 0.1 ms each, off the main thread: a
 * few threads take exchanges in order of their lanes, some at a time when many
 * wait, seal them (struct provider), and give them back. The main thread calls
 * everything here.
 */
#ifndef SENDD_SEALER_H
#define SENDD_SEALER_H

#include "lib/err.h"
#include "push/exchange.h"
#include "sendd/poller.h"

#define SEALER_LANES 2
#define SEALER_ROOM 1000 /* exchanges at once: what waits longer may change */

#define SEALER_THREADS 8 /* at most: there is one for each processor */

struct sealer;

/* Threads start with the first exchange; here: with none, the caller seals. */
const struct err *sealer_open(struct poller *p, bool here, struct sealer **s);

/* What is not given back yet stays with its owner. Takes NULL. */
void sealer_close(struct sealer *s);

/* How many more exchanges may be added. */
unsigned sealer_room(const struct sealer *s);

/* Have the exchange sealed by that function. Lane 0 goes first. */
void sealer_add(struct sealer *s, struct exchange *x,
    void (*seal)(struct exchange *x), unsigned lane);

/* One of the exchanges that are sealed; NULL: no more for now. The poller wakes
 * when a thread gives some back. */
struct exchange *sealer_finished(struct sealer *s);

#endif
