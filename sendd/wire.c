/* SPDX-License-Identifier: MIT */
#include "sendd/wire.h"

#include "sendd/wire_part.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 30000

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

const char *
wire_name(const struct wire *w)
{
	return w->ops->name;
}

struct pool *
wire_pool(struct wire *w, const struct origin *o, uint64_t key)
{
	struct pool *p = w->ops->pool(w, o, key);

	p->ops = w->ops;
	return p;
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
pool_retire(struct pool *p)
{
	p->ops->retire(p);
}

void
pool_renew(struct pool *p)
{
	p->ops->renew(p);
}

unsigned
pool_room(struct pool *p)
{
	return p->ops->room(p);
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
