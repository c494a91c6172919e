/* SPDX-License-Identifier: MIT */
/* When were old rows removed last, by sendd and by cron? */
#include "core/doctor_part.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"

#include "db/upkeep.h"

#define MINUTE_MS 60000

/* How long after its latest round is a program late? */
static const struct upkeep_row {
	const char *program, *title;
	int64_t late_ms;
	enum finding_level level;
	const char *remedy, *start; /* start: when there was no round yet */
} rows[] = {
    {"sendd", "sendd", 10 * MINUTE_MS, FINDING_WARNING,
	"Read its log, journalctl -u outpost-sendd: what stops it is there.",
	"Start sendd, which does so at once; if it runs, its log says what "
	"stops it: journalctl -u outpost-sendd."},
    {"maintain", "outpost maintain", 2 * 1440 * MINUTE_MS, FINDING_NOTE,
	"Let cron run \"outpost maintain\" every day.",
	"Let cron run \"outpost maintain\" every day."}};

static void
look_at_round(struct doctor *d, const struct upkeep_row *row,
    const struct upkeep *u)
{
	long long ago_min = (clock_now_ms() - u->ended_ms) / MINUTE_MS;

	if (u->ended_ms == 0)
		doctor_find(d, row->level, row->start, "%s has never removed "
		    "old rows here", row->title);
	else if (ago_min * MINUTE_MS > row->late_ms)
		doctor_find(d, row->level, row->remedy, "%s has removed old "
		    "rows last %lld minutes ago", row->title, ago_min);
	else
		doctor_find(d, FINDING_OK, NULL, "%s has removed old rows "
		    "%lld minutes ago", row->title, ago_min);
}

void
doctor_check_upkeep(struct doctor *d)
{
	struct upkeep list[UPKEEP_PROGRAMS];
	size_t n = 0;
	const struct err *e = upkeep_list(d->db, list, &n);

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	for (size_t i = 0; i < nitems(rows); i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(list[k].program, rows[i].program) == 0 &&
			    (i > 0 || d->settings->maintain.sendd))
				look_at_round(d, &rows[i], &list[k]);
}
