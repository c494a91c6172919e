/* SPDX-License-Identifier: MIT */
/* One attempt to deliver one or more items: the exchange and whose it is. */
#ifndef SENDD_DELIVERY_H
#define SENDD_DELIVERY_H

#include "push/provider.h"
#include "sendd/credential.h"
#include "sendd/item.h"

struct completion;

#define REPEAT_MAX 5	  /* repeats at once before it is put off */
#define REPEAT_ALONE 1000 /* cannot share a request */

struct delivery {
	struct completion *completion; /* what its end is told */
	struct exchange *x;
	struct credential *credential;
	struct target *targets;
	unsigned n, size;
	struct item *items[];
};

struct delivery *delivery_new(unsigned size);

/* The exchange goes too; the items are the owner's. Takes NULL. */
void delivery_free(struct delivery *d);

/* Tokens and ids of the items for address and judge. */
void delivery_targets(struct delivery *d);

#endif
