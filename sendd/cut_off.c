/* SPDX-License-Identifier: MIT */
#include "sendd/cut_off.h"

void
cut_off_init(struct cut_off *c, int64_t now_ms)
{
	*c = (struct cut_off){.heard_ms = now_ms};
}

bool
cut_off_begins(struct cut_off *c, int64_t after_ms, int64_t now_ms)
{
	if (c->now || now_ms - c->heard_ms < after_ms)
		return false;
	c->times++;
	return c->now = true;
}

int64_t
cut_off_ends(struct cut_off *c, int64_t asked_ms, int64_t now_ms)
{
	int64_t silent_ms = c->now ? now_ms - c->heard_ms : 0;

	c->total_ms += (uint64_t)silent_ms;
	c->now = false;
	c->heard_ms = asked_ms;
	return silent_ms;
}
