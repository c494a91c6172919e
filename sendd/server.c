/* SPDX-License-Identifier: MIT */
#include "sendd/server.h"

#include "db/server.h"
#include "lib/clock.h"
#include "lib/log.h"

#define SERVER_LOOK_MS 5000

static void
log_durability(struct troubles *logged, const struct server_look *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (trouble_is_new(logged, l->warnings[i]))
			log_warn("not durable: %s", l->warnings[i]);
	if (l->n == 0 && trouble_ends(logged))
		log_notice("durable again: what is accepted is kept");
}

const struct err *
server_look_again(struct server_watch *w)
{
	int64_t now = clock_mono_ms();
	const struct err *e;
	struct server_look l;
	struct arena *a;

	if (now < w->due_ms)
		return NULL;
	w->due_ms = now + SERVER_LOOK_MS;
	a = arena_new();
	if ((e = server_look(w->db, a, &l)) == NULL)
		log_durability(&w->troubles, &l);
	arena_free(a);
	return e;
}
