/* SPDX-License-Identifier: MIT */
#include "sendd/wire.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "sendd/wire_part.h"

#define BUCKETS_FIRST 64 /* a power of two */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 30000

/* --- the table of pools ----------------------------------------------- */

static struct pool **
pool_bucket(const struct wire *w, uint64_t key)
{
	return &w->buckets[(key ^ key >> 32) & (w->n_buckets - 1)];
}

static void
pool_insert(struct wire *w, struct pool *p)
{
	struct pool **bucket = pool_bucket(w, p->key);

	p->next = *bucket;
	*bucket = p;
}

static void
pool_table_grow(struct wire *w)
{
	struct pool **old = w->buckets, *p;
	size_t n_old = w->n_buckets;

	w->n_buckets = n_old > 0 ? 2 * n_old : BUCKETS_FIRST;
	w->buckets = xcalloc(w->n_buckets, sizeof(struct pool *));
	for (size_t i = 0; i < n_old; i++)
		while ((p = old[i]) != NULL) {
			old[i] = p->next;
			pool_insert(w, p);
		}
	free(old);
}

static struct pool *
pool_find(const struct wire *w, const struct origin *o, uint64_t key)
{
	struct pool *p = w->n_buckets > 0 ? *pool_bucket(w, key) : NULL;

	while (p != NULL && (p->key != key || !origin_same(&p->origin, o)))
		p = p->next;
	return p;
}

/* Out of the table, so that nobody finds it any more. */
static void
pool_unlist(struct pool *p)
{
	struct pool **at = pool_bucket(p->wire, p->key);

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->wire->n_pools--;
	p->retired = true;
}

struct pool *
wire_pool(struct wire *w, const struct origin *o, uint64_t key)
{
	struct origin own = *o;
	struct pool *p;

	if (own.connections == 0)
		own.connections = 1;
	if ((p = pool_find(w, &own, key)) != NULL)
		return p;
	if (w->n_pools == w->n_buckets)
		pool_table_grow(w);
	p = w->ops->pool_new(w, &own);
	p->ops = w->ops;
	p->wire = w;
	p->key = key;
	origin_copy(&own, &p->origin);
	pool_insert(w, p);
	w->n_pools++;
	return p;
}

void
pool_retire(struct pool *p)
{
	pool_unlist(p);
	p->ops->retire(p);
}

void
pool_done(struct pool *p)
{
	if (!p->retired)
		pool_unlist(p);
	origin_done(&p->origin);
}

/* --- operations ------------------------------------------------------- */

const struct err *
wire_open(const struct wire_ops *kind, struct poller *p, struct wire **w)
{
	const struct err *e = kind->open(p, w);

	if (e == NULL)
		(*w)->ops = kind;
	return e;
}

void
wire_close(struct wire *w)
{
	struct pool **buckets;

	if (w == NULL)
		return;
	buckets = w->buckets;
	w->ops->close(w);
	free(buckets);
}

const char *
wire_name(const struct wire *w)
{
	return w->ops->name;
}

void
wire_flush(struct wire *w)
{
	w->ops->flush(w);
}

int
wire_tick(struct wire *w)
{
	return w->ops->tick(w);
}

struct exchange *
wire_finished(struct wire *w)
{
	return w->ops->finished(w);
}

void
pool_renew(struct pool *p)
{
	p->ops->renew(p);
}

unsigned
pool_room(struct pool *p)
{
	return p->retired ? 0 : p->ops->room(p);
}

void
pool_start(struct pool *p, struct exchange *x)
{
	p->ops->start(p, x);
}

void
pool_stats(const struct pool *p, struct pool_stats *out)
{
	p->ops->stats(p, out);
}

/* --- pauses ----------------------------------------------------------- */

int64_t
wire_pause_ms(unsigned failures, uint32_t random)
{
	int64_t pause = PAUSE_MAX_MS;

	if (failures == 0)
		return 0;
	if (failures < 10) /* 100 << 9 is beyond the maximum */
		pause = PAUSE_FIRST_MS << (failures - 1);
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	return pause / 2 + random % (pause / 2 + 1);
}
