/* SPDX-License-Identifier: MIT */
#include "sendd/cancelled.h"

#include <stdlib.h>

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
cancelled_refresh(struct cancelled_sends *c, struct db *db)
{
	struct arena *memory = arena_new();
	uint64_t *list;
	size_t n;
	const struct err *e = send_cancelled(db, memory, &list, &n);

	if (e != NULL) {
		arena_free(memory);
		return e;
	}
	arena_free(c->memory);
	*c = (struct cancelled_sends){list, n, memory};
	return NULL;
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
