/* SPDX-License-Identifier: MIT */
#include "sendd/wires.h"

#include <limits.h>

static const struct wire_ops *const kinds[WIRE__COUNT] = {
    [WIRE_H2] = &wire_h2,
    [WIRE_HTTP] = &wire_http,
};

const struct err *
wires_open(struct wires *w, struct poller *p)
{
	const struct err *e = NULL;

	for (int k = 0; e == NULL && k < WIRE__COUNT; k++)
		e = wire_open(kinds[k], p, &w->of[k]);
	return e;
}

void
wires_close(struct wires *w)
{
	for (int k = 0; k < WIRE__COUNT; k++)
		wire_close(w->of[k]);
}

void
wires_flush(struct wires *w)
{
	for (int k = 0; k < WIRE__COUNT; k++)
		wire_flush(w->of[k]);
}

int
wires_tick(struct wires *w)
{
	int soonest = INT_MAX;

	for (int k = 0; k < WIRE__COUNT; k++) {
		int ms = wire_tick(w->of[k]);

		if (ms < soonest)
			soonest = ms;
	}
	return soonest;
}

struct exchange *
wires_finished(struct wires *w)
{
	struct exchange *x = NULL;

	for (int k = 0; x == NULL && k < WIRE__COUNT; k++)
		x = wire_finished(w->of[k]);
	return x;
}

void
wires_stats(const struct wires *w, struct pool_stats *out)
{
	*out = (struct pool_stats){0};
	for (int k = 0; k < WIRE__COUNT; k++)
		wire_stats(w->of[k], out);
}
