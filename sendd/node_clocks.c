/* SPDX-License-Identifier: MIT */
#include "sendd/node_clocks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json_text.h"

#include "sendd/skew.h"

bool
node_clocks_begin(struct node_clocks *c, int64_t now_ms, unsigned returns)
{
	if (now_ms < c->due_ms && returns == c->returns)
		return false;
	c->returns = returns;
	return true;
}

void
node_clocks_end(struct node_clocks *c, int64_t now_ms, int64_t took_ms,
    size_t n_said)
{
	bool in_vain = n_said < c->n && took_ms >= NODE_CLOCKS_TOOK_MS;

	c->due_ms = now_ms + (in_vain ? NODE_CLOCKS_LONG_MS : NODE_CLOCKS_MS);
}

/* A node that does not answer is remembered: its clock goes on. One that is no
 * longer in the settings goes when there is no room. */
static void
note_clock(struct node_clocks *c, const struct node_clock *said)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->all[i].node, said->node) != 0)
		i++;
	if (i == DB_NODES_MAX)
		i = 0;
	else if (i == c->n)
		c->n++;
	c->all[i] = *said;
}

void
node_clocks_see(struct node_clocks *c, const struct node_clock *said, size_t n,
    int64_t own_ms)
{
	int64_t list[DB_NODES_MAX + 1], middle;

	for (size_t i = 0; i < n; i++)
		note_clock(c, &said[i]);
	if (c->n < 2)
		return;
	for (size_t i = 0; i < c->n; i++)
		list[i] = c->all[i].base_ms;
	list[c->n] = own_ms;
	middle = skew_middle(list, c->n + (c->n % 2 == 0));
	for (size_t i = 0; i < c->n; i++) {
		c->ahead_ms[i] = c->all[i].base_ms - middle;
		if (llabs(c->ahead_ms[i]) < NODE_CLOCKS_MIN_MS)
			c->ahead_ms[i] = 0;
	}
}

void
node_clocks_write(const struct node_clocks *c, struct buf *into)
{
	if (c->n < 2)
		return;
	for (size_t i = 0; i < c->n; i++) {
		(void)buf_text(into, i > 0 ? "," : ",\"clocks\":{");
		(void)json_quote(c->all[i].node, into);
		(void)buf_fmt(into, ":%lld", (long long)c->ahead_ms[i]);
	}
	(void)buf_text(into, "}");
}
