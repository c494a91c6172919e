/* SPDX-License-Identifier: MIT */
/* One attempt to deliver one or more items: the items that share a request,
 * and the exchange that carries it. */
#ifndef SENDD_DELIVERY_H
#define SENDD_DELIVERY_H

#include "push/provider.h"
#include "sendd/credential.h"
#include "sendd/item.h"

struct completion;

/* Values of item.repeats. */
#define REPEAT_MAX 5	  /* then the item is deferred */
#define REPEAT_ALONE 1000 /* the item cannot share a request */

/* Spare exchanges: they are large, and most live for a few milliseconds only.
 * Zeroed to begin with. */
struct exchange_stock {
	struct exchange *first;
	unsigned n;
};

struct delivery {
	struct exchange_stock *stock;  /* the exchange returns there */
	struct completion *completion; /* called when the exchange is over */
	struct exchange *x;
	struct credential *credential;
	struct target *targets;
	bool few; /* requests flew when it began */
	unsigned n, size;
	struct item *items[];
};

/* A delivery with room for size items, and an exchange. */
struct delivery *delivery_new(struct exchange_stock *stock, unsigned size);

/* Free the delivery, not its items; its exchange returns to the stock. Takes
 * NULL. */
void delivery_free(struct delivery *d);

/* Fill in tokens and ids of the items, for address and judge. */
void delivery_targets(struct delivery *d);

/* Free the exchanges of the stock, after the last delivery has ended. */
void exchange_stock_done(struct exchange_stock *s);

#endif
