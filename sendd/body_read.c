/* SPDX-License-Identifier: MIT */
#include "sendd/body_read.h"

#include <stdlib.h>

#include "db/outbox.h"
#include "lib/mem.h"

#define IDS_FIRST 64

void
body_reading_want(struct body_reading *r, uint64_t id)
{
	/* the rows of a body come together most often */
	if ((r->n > 0 && r->ids[r->n - 1] == id) ||
	    hash_find(&r->wanted, id, NULL, NULL) != NULL)
		return;
	if (r->n == r->size) {
		r->size = r->size > 0 ? 2 * r->size : IDS_FIRST;
		r->ids = xrealloc(r->ids, r->size * sizeof *r->ids);
	}
	r->ids[r->n++] = id;
	hash_add(&r->wanted, id, r);
}

static void
keep_body(uint64_t id, const char *json, size_t len, void *arg)
{
	struct body_reading *r = arg;

	hash_add(&r->found, id, body_new(json, len));
}

const struct err *
body_reading_run(struct db *db, struct body_reading *r)
{
	return r->n == 0 ? NULL
			 : outbox_bodies(db, r->ids, r->n, keep_body, r);
}

struct body *
body_reading_place(struct body_reading *r, struct bodies *b, uint64_t id)
{
	struct body *body = bodies_find(b, id);

	if (body != NULL)
		return body;
	if ((body = hash_find(&r->found, id, NULL, NULL)) != NULL)
		hash_remove(&r->found, id, body);
	else
		body = body_new("", 0);
	bodies_add(b, id, body);
	return body;
}

void
body_reading_done(struct body_reading *r)
{
	struct body *body;

	for (size_t i = 0; i < r->n; i++)
		if ((body = hash_find(&r->found, r->ids[i], NULL, NULL)) !=
		    NULL)
			body_release(body);
	free(r->ids);
	hash_done(&r->wanted);
	hash_done(&r->found);
}
