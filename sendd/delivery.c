/* SPDX-License-Identifier: MIT */
#include "sendd/delivery.h"

#include <stdlib.h>

#include "lib/mem.h"

/* Exchanges are large and most live a few milliseconds: some are kept. One
 * thread, so one list. */
#define SPARE_MAX 4096
static struct exchange *spare;
static unsigned n_spare;

static struct exchange *
take_exchange(void)
{
	struct exchange *x = spare;

	if (x == NULL)
		return exchange_new();
	spare = x->next;
	n_spare--;
	exchange_reset(x);
	return x;
}

static void
give_exchange(struct exchange *x)
{
	if (n_spare >= SPARE_MAX || x->answer.size > 4096) {
		exchange_free(x);
		return;
	}
	x->next = spare;
	spare = x;
	n_spare++;
}

struct delivery *
delivery_new(unsigned size)
{
	struct delivery *d = xcalloc(1,
	    sizeof *d + size * (sizeof d->items[0] + sizeof *d->targets));

	d->x = take_exchange();
	d->size = size;
	d->targets = (struct target *)(void *)&d->items[size];
	return d;
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	give_exchange(d->x);
	free(d);
}

void
delivery_targets(struct delivery *d)
{
	for (unsigned i = 0; i < d->n; i++)
		d->targets[i] = (struct target){d->items[i]->token,
		    d->items[i]->row.key.id};
}
