/* SPDX-License-Identifier: MIT */
#include "sendd/delivery.h"

#include <stdlib.h>

#include "lib/mem.h"

#define SPARE_MAX 4096
#define SPARE_ANSWER 4096 /* bytes of the answer that a spare one may keep */

static struct exchange *
take_exchange(struct exchange_stock *s)
{
	struct exchange *x = s->first;

	if (x == NULL)
		return exchange_new();
	s->first = x->next;
	s->n--;
	exchange_reset(x);
	return x;
}

static void
give_exchange(struct exchange_stock *s, struct exchange *x)
{
	if (s->n >= SPARE_MAX || x->answer.size > SPARE_ANSWER) {
		exchange_free(x);
		return;
	}
	x->next = s->first;
	s->first = x;
	s->n++;
}

void
exchange_stock_done(struct exchange_stock *s)
{
	while (s->first != NULL) {
		struct exchange *x = s->first;

		s->first = x->next;
		exchange_free(x);
	}
	s->n = 0;
}

struct delivery *
delivery_new(struct exchange_stock *stock, unsigned size)
{
	struct delivery *d = xcalloc(1,
	    sizeof *d + size * (sizeof d->items[0] + sizeof *d->targets));

	d->stock = stock;
	d->x = take_exchange(stock);
	d->size = size;
	d->targets = (struct target *)(void *)&d->items[size];
	return d;
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	give_exchange(d->stock, d->x);
	free(d);
}

void
delivery_targets(struct delivery *d)
{
	for (unsigned i = 0; i < d->n; i++)
		d->targets[i] = (struct target){d->items[i]->token,
		    d->items[i]->row.key.id};
}
