/* SPDX-License-Identifier: MIT */
/* What providers last answered to each credential, operators' holds, and the
 * guard of devices. */
#include "core/doctor_part.h"

#include <string.h>

#include "lib/clock.h"

#include "push/provider.h"

#include "core/view.h"

#include "db/credential_status.h"
#include "db/hold.h"

static bool
is_by_operator(const struct credential_status *h, const struct hold *holds,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (holds[i].app == h->app &&
		    hold_covers(&holds[i], h->platform, h->host))
			return true;
	return false;
}

static void
report_held(struct doctor *d, const struct credential_status *h)
{
	const char *provider = provider_name_of(h->platform);

	doctor_find(d, FINDING_ERROR, arena_fmt(d->mem, "Correct the "
	    "credential with \"outpost app %s %s\": what waits is sent "
	    "then.", provider, h->app_id), "%s does not accept application "
	    "%s: %s", view_place(d->mem, h->platform, h->host), h->app_id,
	    h->reason);
}

void
doctor_check_credentials(struct doctor *d)
{
	struct credential_status *list = NULL;
	struct hold *holds = NULL;
	size_t n = 0, n_holds = 0, held = 0;
	const struct err *e = credential_status_list(d->db, d->mem, &list, &n);

	if (e == NULL)
		e = hold_list(d->db, d->mem, &holds, &n_holds);
	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (credential_status_is_guarded(&list[i],
			d->settings->quarantine.guard_share))
			doctor_find(d, FINDING_WARNING, "Check bundle and "
			    "environment of the application: its devices are "
			    "kept meanwhile.", "the guard keeps the devices "
			    "of application %s: %s refuses many of them",
			    list[i].app_id, view_place(d->mem,
				list[i].platform, list[i].host));
		if (!credential_status_is_held(&list[i],
			d->settings->sendd.lease_ms, clock_now_ms()) ||
		    is_by_operator(&list[i], holds, n_holds))
			continue;
		report_held(d, &list[i]);
		held++;
	}
	if (held == 0)
		doctor_find(d, FINDING_OK, NULL, "%zu in use, none is refused",
		    n);
}

void
doctor_check_holds(struct doctor *d)
{
	struct hold *list;
	size_t n;
	const struct err *e = hold_list(d->db, d->mem, &list, &n);

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	for (size_t i = 0; i < n; i++)
		doctor_find(d, FINDING_NOTE, arena_fmt(d->mem, "End it with "
		    "\"outpost release %s\".", list[i].app_id),
		    "%s (%s) is held by an operator%s%s", list[i].app_id,
		    view_place(d->mem, list[i].platform, list[i].host),
		    list[i].reason[0] != '\0' ? ": " : "", list[i].reason);
	if (n == 0)
		doctor_find(d, FINDING_OK, NULL, "no application is held");
}
