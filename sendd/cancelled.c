/* SPDX-License-Identifier: MIT */
#include "sendd/cancelled.h"

#include <stdlib.h>

#include "lib/clock.h"

#include "db/send_cancel.h"

void
cancelled_init(struct cancelled_sends *c)
{
	*c = (struct cancelled_sends){.memory = arena_new()};
}

void
cancelled_done(struct cancelled_sends *c)
{
	arena_free(c->memory);
}

const struct err *
cancelled_read(struct db *db, struct cancelled_sends *fresh)
{
	const struct err *e;

	cancelled_init(fresh);
	fresh->asked_ms = clock_mono_ms();
	e = send_cancelled(db, fresh->memory, &fresh->list, &fresh->n);
	if (e != NULL)
		cancelled_done(fresh);
	return e;
}

void
cancelled_take(struct cancelled_sends *c, const struct cancelled_sends *fresh)
{
	cancelled_done(c);
	*c = *fresh;
}

static int
compare_sends(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

bool
cancelled_has(const struct cancelled_sends *c, uint64_t send)
{
	return c->n > 0 && bsearch(&send, c->list, c->n, sizeof send,
	    compare_sends) != NULL;
}
