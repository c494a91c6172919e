/* SPDX-License-Identifier: MIT */
#include "sendd/compare.h"

#include "lib/clock.h"

/* A change may take two seconds. A waiting item is read again at each poll, by
 * default once a second, and seldom needs its own comparison. */
#define OLD_MS 1500
#define TOO_OLD_MS 1900
/* items in one job, which is short so that a ring is served soon */
#define COMPARE_BATCH 2000

bool
compare_is_old(const struct item *i)
{
	return clock_mono_ms() - i->compared_ms > OLD_MS;
}

bool
compare_is_too_old(const struct item *i)
{
	return clock_mono_ms() - i->compared_ms > TOO_OLD_MS;
}

/* The host of an address; none where the provider has one service. */
static struct bytes
host_of(const struct item *i, const char *token)
{
	const struct provider *p = providers[i->row.platform];
	struct bytes host = {NULL, 0};

	if (p->host == NULL)
		return host;
	host = p->host(token);
	return host.data != NULL ? host : text_bytes("");
}

/* While the credential of the application is not loaded, the environment is
 * unknown: then the item waits, and is compared again. */
struct credential *
compare_item(struct credential_table *t, struct item *i,
    const struct device_now *now, int64_t asked_ms)
{
	struct target_row row = {
	    i->row.platform, i->row.generation, i->row.personal};
	unsigned environment = i->row.environment;
	struct bytes host = host_of(i,
	    now->token != NULL ? now->token : i->token);
	struct credential *c = credential_of(t, i->row.app, i->row.platform,
	    i->row.environment, host);

	if (!credential_is_loaded(c))
		return c;
	i->compared_ms = asked_ms;
	i->fate = target_check(&row, now, c->of_app,
	    settings_development(t->settings), &environment);
	if (i->fate != TARGET_GOES)
		return c;
	if (now->token != NULL)
		item_renew(i, now->token);
	if (environment == i->row.environment)
		return c;
	i->row.environment = environment;
	return credential_of(t, i->row.app, i->row.platform, environment,
	    host);
}

/* One whose environment changed has to wait elsewhere: the credential by which
 * it waits would send it to the wrong environment. */
void
compare_again(struct credential_table *t, struct item *i,
    const struct device_now *now, int64_t asked_ms)
{
	unsigned environment = i->row.environment;

	if (i->state != ITEM_WAITING || asked_ms <= i->compared_ms)
		return;
	(void)compare_item(t, i, now, asked_ms);
	if (i->row.environment != environment) {
		i->row.environment = environment;
		i->compared_ms = 0;
	}
	/* the new address may be at another host, whose line is another one */
	if (now->token != NULL && providers[i->row.platform]->host != NULL)
		i->compared_ms = 0;
}

void
compare_take(struct queue *q, struct arena *a, struct comparing *j)
{
	size_t n = q->aside.n < COMPARE_BATCH ? q->aside.n : COMPARE_BATCH;

	j->items = arena_zero(a, n * sizeof *j->items);
	j->devices = arena_zero(a, n * sizeof *j->devices);
	j->now = arena_zero(a, n * sizeof *j->now);
	for (j->n = 0; j->n < n; j->n++) {
		j->items[j->n] = queue_compare(q);
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

/* Items return to the front, the last one first, which keeps their order. */
void
compare_end(struct credential_table *t, struct queue *q, struct comparing *j)
{
	for (size_t k = j->n; k-- > 0;) {
		struct item *i = j->items[k];
		struct credential *c = compare_item(t, i, &j->now[k],
		    j->asked_ms);

		queue_compared(q, &c->line, i);
	}
}

void
compare_take_back(struct queue *q, struct comparing *j)
{
	for (size_t k = j->n; k-- > 0;)
		queue_not_compared(q, j->items[k]);
}
