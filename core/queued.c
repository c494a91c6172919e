/* SPDX-License-Identifier: MIT */
#include "core/queued.h"

#include <string.h>

#include "db/credential_status.h"
#include "db/hold.h"
#include "db/instance.h"
#include "lib/clock.h"
#include "lib/id.h"

static const struct err *
find_server(struct db *db, struct arena *a, struct queued_why *w)
{
	struct instance *list;
	const struct err *e;
	size_t n = 0;

	if ((e = instance_list(db, a, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		w->served |= list[i].now_ms - list[i].seen_ms <= w->lease_ms;
	return NULL;
}

const struct err *
queued_why_read(struct db *db, struct arena *a, int64_t lease_ms,
    struct queued_why *w)
{
	const struct err *e;

	*w = (struct queued_why){.lease_ms = lease_ms};
	if ((e = hold_list(db, a, &w->holds, &w->n_holds)) != NULL ||
	    (e = credential_status_list(db, a, &w->statuses,
		 &w->n_statuses)) != NULL ||
	    (e = find_server(db, a, w)) != NULL)
		return e;
	w->now_ms = clock_now_ms();
	return NULL;
}

static const char *
or_else(const char *reason, const char *other)
{
	return reason != NULL && *reason != '\0' ? reason : other;
}

void
queued_why(const struct queued_why *w, const char *app_id, unsigned platform,
    const char **state, const char **reason)
{
	*state = *reason = NULL;
	for (size_t i = 0; i < w->n_holds; i++)
		if (strcmp(w->holds[i].app_id, app_id) == 0 &&
		    hold_covers(&w->holds[i], platform, "")) {
			*state = "held";
			*reason = or_else(w->holds[i].reason,
			    "an operator holds it: outpost hold");
			return;
		}
	for (size_t i = 0; i < w->n_statuses; i++) {
		const struct credential_status *s = &w->statuses[i];

		if (strcmp(s->app_id, app_id) != 0 ||
		    s->platform != platform || s->host[0] != '\0' ||
		    !credential_status_is_held(s, w->lease_ms, w->now_ms))
			continue;
		*state = "suspended";
		*reason = or_else(s->reason, "the credential is suspended");
		return;
	}
	if (!w->served) {
		*state = "queued";
		*reason = "no sendd runs";
	}
}

const char *
queued_depth_state(const struct queued_why *w, const struct outbox_depth *d,
    const char **reason)
{
	const char *state;

	queued_why(w, d->app_id, d->platform, &state, reason);
	if (state != NULL)
		return state;
	if (d->platform == OUTBOX_USER && d->next_due_ms > w->now_ms)
		return "scheduled";
	*reason = d->reason;
	return d->retried > 0 ? "retrying" : "queued";
}

static void
explain(const struct queued_why *w, struct queued_message *m)
{
	const struct outbox_waiting *row = &m->row;

	m->accepted_ms = id_second(row->send) * 1000;
	queued_why(w, row->app_id, row->platform, &m->state, &m->reason);
	if (row->cancelled) {
		m->state = "cancelled";
		m->reason = NULL;
	} else if (row->platform == OUTBOX_USER && row->due_ms > w->now_ms) {
		m->state = "scheduled";
		m->reason = NULL;
	} else if (m->state == NULL && row->reason != NULL) {
		m->state = "retrying";
		m->reason = row->reason;
	} else if (m->state == NULL) {
		m->state = "queued";
	}
}

const struct err *
queued_list(struct db *db, struct arena *a, int64_t lease_ms,
    const char *user_id, uint64_t send, int64_t limit,
    struct queued_message **list, size_t *n)
{
	struct outbox_waiting *rows;
	struct queued_why w;
	const struct err *e;

	if ((e = outbox_waiting(db, a, user_id, send, limit, &rows, n)) !=
		NULL ||
	    (e = queued_why_read(db, a, lease_ms, &w)) != NULL)
		return e;
	*list = arena_zero(a, *n * sizeof **list);
	for (size_t i = 0; i < *n; i++) {
		(*list)[i].row = rows[i];
		explain(&w, &(*list)[i]);
	}
	return NULL;
}
