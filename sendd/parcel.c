/* SPDX-License-Identifier: MIT */
#include "sendd/parcel.h"

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

struct parcel *
parcel_new(unsigned size)
{
	struct parcel *p = xcalloc(1,
	    sizeof *p + size * (sizeof p->items[0] + sizeof *p->targets));

	p->x = take_exchange();
	p->size = size;
	p->targets = (struct target *)(void *)&p->items[size];
	return p;
}

void
parcel_free(struct parcel *p)
{
	if (p == NULL)
		return;
	give_exchange(p->x);
	free(p);
}

void
parcel_targets(struct parcel *p)
{
	for (unsigned i = 0; i < p->n; i++)
		p->targets[i] = (struct target){p->items[i]->token,
		    p->items[i]->row.key.id};
}
