/* SPDX-License-Identifier: MIT */
#include "core/person_erase.h"

#include <time.h>

#include "db/outbox.h"
#include "db/outbox_remove.h"
#include "lib/mem.h"

#define SEEN_MS 2000 /* I-15: then sendd has compared what it has in hand */
#define PAUSE_MS 50
#define PASSES 20

static bool
must_stop(const struct person_erasure *x)
{
	return x->stop != NULL && atomic_load(x->stop);
}

static const struct err *
stopped(void)
{
	return err_new(ERR_BUSY, "erasing was stopped: run it again");
}

static const struct err *
let_settle(const struct person_erasure *x)
{
	const struct timespec pause = {0, PAUSE_MS * 1000000L};

	for (int ms = 0; ms < SEEN_MS; ms += PAUSE_MS) {
		if (must_stop(x))
			return stopped();
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

/* --- a pass ----------------------------------------------------------- */

static const struct err *
note_portion(struct person_erasure *x, enum person_part part, uint64_t n)
{
	x->removed[part] += n;
	x->rows += n;
	if (x->progress != NULL)
		x->progress(x->rows, x->arg);
	return must_stop(x) ? stopped() : NULL;
}

static const struct err *
erase_waiting(struct person_erasure *x)
{
	const struct err *e = NULL;
	uint64_t found, removed;

	for (unsigned shard = 0; e == NULL && shard < OUTBOX_SHARDS; shard++)
		do {
			e = outbox_remove_user(x->db, shard, x->user_id,
			    &found, &removed);
			if (e == NULL)
				e = note_portion(x, PERSON_WAITING, removed);
		} while (e == NULL && found > 0);
	return e != NULL ? e : outbox_remove_texts(x->db);
}

static const struct err *
erase_part(struct person_erasure *x, enum person_part part)
{
	const struct err *e = NULL;
	uint64_t n = 0;

	if (part == PERSON_WAITING)
		return erase_waiting(x);
	do {
		e = person_remove(x->db, part, x->user_id, &n);
		if (e == NULL)
			e = note_portion(x, part, n);
	} while (e == NULL && n > 0);
	return e;
}

/* What makes rows goes before what it makes: a campaign queues, and sendd
 * writes the history of what waits. So a pass that finds nothing has missed
 * nothing. The devices go last: by them the rows of campaigns are found. */
static const enum person_part order[] = {PERSON_CAMPAIGNS, PERSON_WAITING,
    PERSON_HISTORY, PERSON_MESSAGES, PERSON_INBOX, PERSON_ACTIVATIONS,
    PERSON_DEVICES};
_Static_assert(nitems(order) == PERSON_PARTS, "each part has its turn");

static const struct err *
erase_pass(struct person_erasure *x, bool first)
{
	const struct err *e = person_stop(x->db, x->user_id);

	if (e == NULL && first)
		e = let_settle(x);
	for (size_t i = 0; e == NULL && i < nitems(order); i++)
		e = erase_part(x, order[i]);
	return e;
}

const struct err *
person_erase(struct person_erasure *x)
{
	const struct err *e = NULL;
	uint64_t before;

	for (int i = 0; i < PASSES; i++) {
		before = x->rows;
		if ((e = erase_pass(x, i == 0)) != NULL)
			return e;
		if (i > 0 && x->rows == before)
			return NULL;
	}
	return err_new(ERR_BUSY, "rows of the user keep coming: stop what "
	    "makes them, and run it again");
}
