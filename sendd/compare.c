/* SPDX-License-Identifier: MIT */
#include "sendd/compare.h"

#include "lib/clock.h"

/* A change may take two seconds. What waits is read again at each poll, by
 * default once a second, and seldom needs a look of its own. */
#define OLD_MS 1500
#define BATCH 2000 /* items in one job, so that a ring is heard soon */

bool
compare_is_old(const struct item *i)
{
	return clock_mono_ms() - i->compared_ms > OLD_MS;
}

/* Of an application whose credential could not be loaded yet the environment
 * is not known: then the item waits, and is compared again. */
const struct err *
compare_item(struct sendd *s, struct item *i, const struct device_now *now,
    int64_t asked_ms, struct credential **c)
{
	struct target_row row = {
	    i->row.platform, i->row.generation, i->row.personal};
	unsigned environment = i->row.environment;
	const struct err *e = credential_of(&s->credentials, s->db, i->row.app,
	    i->row.platform, i->row.environment, c);

	if (e != NULL || !credential_is_loaded(*c))
		return e;
	i->compared_ms = asked_ms;
	i->fate = target_check(&row, now, (*c)->secret.apns.environment,
	    settings_development(&s->settings), &environment);
	if (i->fate != TARGET_GOES)
		return NULL;
	if (now->token != NULL)
		item_renew(i, now->token);
	if (environment == i->row.environment)
		return NULL;
	i->row.environment = environment;
	return credential_of(&s->credentials, s->db, i->row.app,
	    i->row.platform, environment, c);
}

/* One whose environment changed has to wait elsewhere. */
const struct err *
compare_again(struct sendd *s, struct item *i, const struct device_now *now,
    int64_t asked_ms)
{
	unsigned environment = i->row.environment;
	struct credential *c;
	const struct err *e;

	if (i->state != ITEM_WAITING || asked_ms <= i->compared_ms)
		return NULL;
	e = compare_item(s, i, now, asked_ms, &c);
	if (e == NULL && i->row.environment != environment) {
		i->row.environment = environment;
		i->compared_ms = 0;
	}
	return e;
}

void
compare_take(struct sendd *s, struct arena *a, struct comparing *j)
{
	size_t n = s->queue.aside.n < BATCH ? s->queue.aside.n : BATCH;

	j->items = arena_zero(a, n * sizeof *j->items);
	j->devices = arena_zero(a, n * sizeof *j->devices);
	j->now = arena_zero(a, n * sizeof *j->now);
	for (j->n = 0; j->n < n; j->n++) {
		j->items[j->n] = queue_compare(&s->queue);
		j->devices[j->n] = j->items[j->n]->row.device;
	}
}

const struct err *
compare_read(struct db *db, struct arena *a, struct comparing *j)
{
	j->asked_ms = clock_mono_ms();
	return j->n == 0 ? NULL
			 : device_look(db, a, j->devices, j->n, j->now);
}

/* One that cannot be placed is read again: it is in the database. */
static const struct err *
put_back(struct sendd *s, struct item *i, const struct device_now *now,
    int64_t asked_ms)
{
	struct credential *c;
	const struct err *e = compare_item(s, i, now, asked_ms, &c);

	if (e == NULL) {
		queue_compared(&s->queue, &c->line, i);
		return NULL;
	}
	s->admission.look[i->row.key.shard] = true;
	queue_drop(&s->queue, i);
	return e;
}

/* The last first, to the front: their order stays. */
const struct err *
compare_reap(struct sendd *s, struct comparing *j)
{
	const struct err *first = NULL;

	for (size_t k = j->n; k > 0; k--) {
		const struct err *e = put_back(s, j->items[k - 1],
		    &j->now[k - 1], j->asked_ms);

		if (first == NULL)
			first = e;
	}
	return first;
}

void
compare_take_back(struct sendd *s, struct comparing *j)
{
	for (size_t k = j->n; k > 0; k--)
		queue_not_compared(&s->queue, j->items[k - 1]);
}
