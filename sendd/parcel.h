/* SPDX-License-Identifier: MIT */
/* What one request carries: an exchange and the items it is for. */
#ifndef SENDD_PARCEL_H
#define SENDD_PARCEL_H

#include "push/provider.h"
#include "sendd/credential.h"
#include "sendd/item.h"

#define REPEAT_MAX 5	  /* repeats at once before it is put off */
#define REPEAT_ALONE 1000 /* cannot share a request */

struct parcel {
	struct exchange *x;
	struct credential *credential;
	struct target *targets;
	unsigned n, size;
	struct item *items[];
};

struct parcel *parcel_new(unsigned size);

/* The exchange goes too; the items are the owner's. Takes NULL. */
void parcel_free(struct parcel *p);

/* Tokens and ids of the items for address and judge. */
void parcel_targets(struct parcel *p);

#endif
