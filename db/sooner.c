/* SPDX-License-Identifier: MIT */
#include "db/sooner.h"

#include "lib/clock.h"

#define AHEAD_MAX_MS 64000 /* a statement does not take half as long */

struct sooner {
	sooner_fn *fn;
	void *arg;
	int64_t ahead_ms;
	uint64_t n;
	bool late;
};

static const struct err *
move_once(struct db *db, void *arg)
{
	struct sooner *s = arg;
	int64_t since = clock_mono_ms();
	const struct err *e = s->fn(db, s->ahead_ms, s->arg, &s->n);

	if (e != NULL)
		return e;
	s->late = clock_mono_ms() - since > s->ahead_ms / 2;
	return s->late ? err_new(ERR_BUSY, "moving rows took too long") : NULL;
}

const struct err *
rows_sooner(struct db *db, int64_t in_ms, sooner_fn *fn, void *arg,
    uint64_t *n)
{
	struct sooner s = {.fn = fn, .arg = arg,
	    .ahead_ms = in_ms > SQL_SOON_MS ? in_ms : SQL_SOON_MS};
	const struct err *e = NULL;

	do {
		s.late = false;
		e = db_transact(db, move_once, &s);
		s.ahead_ms *= 2;
	} while (e != NULL && s.late && s.ahead_ms <= AHEAD_MAX_MS);
	*n = e == NULL ? s.n : 0;
	return e;
}
