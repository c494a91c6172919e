/* SPDX-License-Identifier: MIT */
#include "core/refusal.h"

#include <string.h>

/* A stored message of up to this many bytes never exceeds 4096 in the form of
 * any service: the largest form repeats it four times, with each quote escaped
 * twice (HMS, where the notification is a text within the text of the
 * data). */
#define ALWAYS_FITS 600

const char *
refusal_reason(const struct err *e)
{
	return e->code == ERR_TOOBIG ? "too large" : "nothing to show";
}

const struct err *
refusal_compose(const struct settings *s, enum platform p,
    const struct message *what, struct template *t)
{
	return providers[p]->compose(
	    what, provider_how(&s->provider[p]), t);
}

static void
ask(struct arena *a, const struct settings *s, enum platform p,
    const struct message *what, struct refusal *r)
{
	struct template t;
	const struct err *e = refusal_compose(s, p, what, &t);

	if (e != NULL) {
		r->too_long = e->code == ERR_TOOBIG;
		r->reason = refusal_reason(e);
		r->why = arena_text(a, e->text, strlen(e->text));
	}
	template_done(&t);
}

void
refusal_find(struct arena *a, const struct settings *s,
    const struct message *what, size_t stored,
    const bool wanted[PLATFORM__COUNT], struct refusal by[PLATFORM__COUNT])
{
	memset(by, 0, PLATFORM__COUNT * sizeof *by);
	if (stored <= ALWAYS_FITS && !what->silent &&
	    (message_has(what->title) || message_has(what->body)))
		return;
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (wanted[p])
			ask(a, s, (enum platform)p, what, &by[p]);
}

bool
refusal_of_app(struct arena *a, const struct settings *s,
    const struct application *app, const struct message *what, size_t stored,
    struct refusal by[PLATFORM__COUNT])
{
	bool can = false, any = false;

	refusal_find(a, s, what, stored, app->has, by);
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		any = any || app->has[p];
		can = can || (app->has[p] && by[p].why == NULL);
	}
	return can || !any;
}

void
refusal_mark(struct arena *a, const struct settings *s,
    const struct message *what, size_t stored, struct outbox_target *targets,
    size_t n, struct refusal by[PLATFORM__COUNT])
{
	bool wanted[PLATFORM__COUNT] = {false};

	for (size_t i = 0; i < n; i++)
		if (targets[i].refused == NULL)
			wanted[targets[i].platform] = true;
	refusal_find(a, s, what, stored, wanted, by);
	for (size_t i = 0; i < n; i++) {
		struct outbox_target *t = &targets[i];

		if (t->refused != NULL || by[t->platform].why == NULL)
			continue;
		t->refused = by[t->platform].reason;
		by[t->platform].devices++;
	}
}

const char *
refusal_of_all(const struct outbox_target *targets, size_t n,
    const struct refusal by[PLATFORM__COUNT])
{
	const char *why = NULL;

	for (size_t i = 0; i < n; i++)
		if (targets[i].refused == NULL)
			return NULL;
	for (int p = 0; why == NULL && p < PLATFORM__COUNT; p++)
		why = by[p].why;
	return why;
}

size_t
refusal_counters(int64_t app, const struct refusal by[PLATFORM__COUNT],
    struct counter list[PLATFORM__COUNT])
{
	size_t n = 0;

	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		if (by[p].devices > 0) {
			list[n] = (struct counter){.app = app, .platform = p,
			    .outcome = "failed", .reason = by[p].reason,
			    .n = by[p].devices};
			n++;
		}
	return n;
}
