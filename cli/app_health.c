/* SPDX-License-Identifier: MIT */
#include "cli/app_health.h"

#include <stdio.h>
#include <string.h>

#include "push/provider.h"
#include "push/remedy.h"

#include "core/view.h"

#include "db/credential_status.h"
#include "db/device.h"
#include "db/hold.h"
#include "db/outbox.h"

#include "cli/table.h"

struct app_health {
	const struct application *app;
	struct credential_status *statuses;
	struct hold *holds;
	struct outbox_depth *depths;
	size_t n_statuses, n_holds, n_depths;
	uint64_t quarantined;
	struct queued_why why;
	double guard_share;
};

/* Keep the elements of the application: *n becomes their number. */
#define KEEP_OF_APP(list, n, name)                                             \
	do {                                                                   \
		size_t kept = 0;                                               \
		for (size_t i = 0; i < (n); i++)                               \
			if (strcmp((list)[i].app_id, (name)) == 0)             \
				(list)[kept++] = (list)[i];                    \
		(n) = kept;                                                    \
	} while (0)

const struct err *
app_health_read(struct cli *c, const struct application *app,
    struct app_health **out)
{
	struct app_health *h = arena_zero(c->mem, sizeof *h);
	const struct err *e;

	*h = (struct app_health){.app = app,
	    .guard_share = c->settings.quarantine.guard_share};
	if ((e = credential_status_list(c->db, c->mem, &h->statuses,
		 &h->n_statuses)) != NULL ||
	    (e = hold_list(c->db, c->mem, &h->holds, &h->n_holds)) != NULL ||
	    (e = outbox_depth(c->db, c->mem, &h->depths, &h->n_depths)) !=
		NULL ||
	    (e = device_quarantined(c->db, app->id, &h->quarantined)) !=
		NULL ||
	    (e = queued_why_read(c->db, c->mem, c->settings.sendd.lease_ms,
		 &h->why)) != NULL)
		return e;
	KEEP_OF_APP(h->statuses, h->n_statuses, app->app_id);
	KEEP_OF_APP(h->holds, h->n_holds, app->app_id);
	KEEP_OF_APP(h->depths, h->n_depths, app->app_id);
	*out = h;
	return NULL;
}

static bool
is_idle(const struct app_health *h, const struct credential_status *s)
{
	return h->why.now_ms - s->seen_ms > h->why.lease_ms;
}

static const char *
reason_of(const struct credential_status *s)
{
	return s->reason != NULL && s->reason[0] != '\0' ? s->reason : NULL;
}

/* --- as text ---------------------------------------------------------- */

static void
print_statuses(struct cli *c, const struct app_health *h)
{
	static const struct table_column columns[] = {{"CREDENTIAL"},
	    {"STATE"}, {"SINCE"}, {"UNTIL"}, {"ACCEPTED", true},
	    {"SUSPECT", true}, {"GUARD"}, {"LAST ANSWER"}, {"REMEDY"}, {NULL}};
	struct table *t = table_new(c->mem, columns);

	for (size_t i = 0; i < h->n_statuses; i++) {
		const struct credential_status *s = &h->statuses[i];

		table_put(t, view_place(c->mem, s->platform, s->host));
		table_put_fmt(t, "%s%s", s->state,
		    is_idle(h, s) ? " (its sendd is silent)" : "");
		table_put(t, cli_time(c, s->since_ms));
		table_put(t, cli_time(c, s->until_ms));
		table_put_count(t, s->accepted);
		table_put_count(t, s->suspects);
		table_put(t, credential_status_is_guarded(s, h->guard_share)
			? "keeps devices" : NULL);
		table_put(t, reason_of(s));
		table_put(t, reason_remedy(reason_of(s)));
	}
	table_print(t, "no sendd has used a credential in the last hour");
}

static void
print_waiting(struct cli *c, const struct app_health *h)
{
	static const struct table_column columns[] = {{"WAITS FOR"}, {"LANE"},
	    {"ROWS", true}, {"RETRIED", true}, {"STATE"}, {"NEXT TRY"},
	    {"REASON"}, {NULL}};
	struct table *t = table_new(c->mem, columns);

	for (size_t i = 0; i < h->n_depths; i++) {
		const struct outbox_depth *d = &h->depths[i];
		const char *reason, *state = queued_depth_state(&h->why, d,
		    &reason);

		table_put(t, provider_name_of(d->platform));
		table_put(t, d->lane == 0 ? "message" : "campaign");
		table_put_count(t, d->rows);
		table_put_count(t, d->retried);
		table_put(t, state);
		table_put(t, d->next_due_ms > h->why.now_ms
			? cli_time(c, d->next_due_ms) : "due");
		table_put(t, reason);
	}
	table_print(t, "nothing waits");
}

void
app_health_print(struct cli *c, const struct app_health *h)
{
	print_statuses(c, h);
	for (size_t i = 0; i < h->n_holds; i++)
		printf("held by an operator (%s) since %s: %s\n",
		    view_place(c->mem, h->holds[i].platform, h->holds[i].host),
		    cli_time(c, h->holds[i].since_ms),
		    h->holds[i].reason != NULL && h->holds[i].reason[0] != '\0'
			? h->holds[i].reason : "no reason given");
	printf("%llu devices in quarantine\n",
	    (unsigned long long)h->quarantined);
	print_waiting(c, h);
}

/* --- as JSON ---------------------------------------------------------- */

static void
put_status(const struct app_health *h, const struct credential_status *s,
    struct json *j)
{
	view_credential(j, s);
	json_set_text(j, "remedy", reason_remedy(reason_of(s)));
	json_set_bool(j, "guarded",
	    credential_status_is_guarded(s, h->guard_share));
}

void
app_health_json(const struct app_health *h, struct json *into)
{
	struct json *list = json_set_array(into, "health");

	for (size_t i = 0; i < h->n_statuses; i++)
		put_status(h, &h->statuses[i], json_add_object(list));
	list = json_set_array(into, "holds");
	for (size_t i = 0; i < h->n_holds; i++)
		view_hold(json_add_object(list), &h->holds[i]);
	json_set_int(into, "quarantined", (int64_t)h->quarantined);
	list = json_set_array(into, "queue");
	for (size_t i = 0; i < h->n_depths; i++)
		view_depth(json_add_object(list), &h->depths[i], &h->why);
}
