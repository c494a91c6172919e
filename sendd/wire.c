/* SPDX-License-Identifier: MIT */
#include "sendd/wire.h"

#include "sendd/wire_part.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 30000

/* --- the table of pools ----------------------------------------------- */

static bool
pool_serves(const void *pool, const void *origin)
{
	return origin_same(&((const struct pool *)pool)->origin, origin);
}

struct pool *
wire_pool(struct wire *w, const struct origin *o, uint64_t key)
{
	struct pool *p = hash_find(&w->pools, key, pool_serves, o);

	if (p != NULL)
		return p;
	p = w->ops->pool_new(w, o);
	p->ops = w->ops;
	p->wire = w;
	p->key = key;
	origin_copy(o, &p->origin);
	hash_add(&w->pools, key, p);
	LIST_INSERT_HEAD(&w->all_pools, p, of_all);
	return p;
}

/* Before it is closed, a wire frees only pools that are retired: as long as
 * none is, every remembered pool is there. */
struct pool *
wire_pool_again(struct wire *w, struct pool_memo *m, const struct origin *o,
    uint64_t key)
{
	if (m->pool == NULL || m->retirements != w->retirements)
		*m = (struct pool_memo){wire_pool(w, o, key), w->retirements};
	return m->pool;
}

void
pool_retire(struct pool *p)
{
	p->retired = true;
	p->wire->retirements++;
	hash_remove(&p->wire->pools, p->key, p);
	p->ops->retire(p);
}

static void
add_counters(struct pool_stats *sum, const struct pool_stats *one)
{
	sum->connects += one->connects;
	sum->connect_failures += one->connect_failures;
	sum->goaways += one->goaways;
	sum->resets += one->resets;
	sum->pings += one->pings;
	sum->timeouts += one->timeouts;
}

void
pool_done(struct pool *p)
{
	struct pool_stats counted;

	pool_stats(p, &counted);
	add_counters(&p->wire->ended, &counted);
	LIST_REMOVE(p, of_all);
	hash_remove(&p->wire->pools, p->key, p);
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
	if (w != NULL)
		w->ops->close(w);
}

void
wire_done(struct wire *w)
{
	hash_done(&w->pools);
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

bool
pool_speaks(const struct pool *p)
{
	return p->ops->speaks == NULL || p->ops->speaks(p);
}

void
pool_stats(const struct pool *p, struct pool_stats *out)
{
	p->ops->stats(p, out);
}

void
wire_stats(const struct wire *w, struct pool_stats *sum)
{
	const struct pool *p;
	struct pool_stats one;

	add_counters(sum, &w->ended);
	LIST_FOREACH(p, &w->all_pools, of_all) {
		pool_stats(p, &one);
		add_counters(sum, &one);
		sum->connections += one.connections;
		sum->in_flight += one.in_flight;
		sum->streams += one.streams;
	}
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
