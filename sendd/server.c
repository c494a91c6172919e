/* SPDX-License-Identifier: MIT */
#include "sendd/server.h"

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

static const struct err *
look_at_server(struct db *db, void *task)
{
	struct server_watch *w = task;

	return server_look(db, w->memory, &w->look);
}

static const struct err *
end_server_look(void *task, const struct err *e)
{
	struct server_watch *w = task;

	if (e == NULL)
		log_durability(&w->troubles, &w->look);
	arena_free(w->memory);
	w->looking = false;
	return e;
}

void
server_look_again(struct server_watch *w)
{
	int64_t now = clock_mono_ms();

	if (w->looking || now < w->due_ms)
		return;
	w->due_ms = now + SERVER_LOOK_MS;
	w->looking = true;
	w->memory = arena_new();
	w->task.work = look_at_server;
	w->task.done = end_server_look;
	db_tasks_give(w->tasks, &w->task);
}
