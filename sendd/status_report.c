/* SPDX-License-Identifier: MIT */
#include "sendd/status_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNTIL_MS 1000 /* ends that differ by less are the same */

static int64_t
until_of(const struct credential_status *s, int64_t now_ms)
{
	return s->until_ms > 0 ? now_ms + s->until_ms : 0;
}

static bool
has_news(const struct status_report *r, const struct credential_status *s)
{
	return r->state == NULL || strcmp(r->state, s->state) != 0 ||
	    strcmp(r->reason, s->reason) != 0;
}

enum status_need
status_report_need(const struct status_report *r,
    const struct credential_status *s, int64_t now_ms)
{
	if (has_news(r, s))
		return STATUS_NEWS;
	if (r->accepted == s->accepted && r->suspects == s->suspects &&
	    r->gone == s->gone &&
	    llabs(r->until_ms - until_of(s, now_ms)) < UNTIL_MS &&
	    now_ms - r->written_ms < STATUS_REPORT_AGAIN_MS)
		return STATUS_CURRENT;
	return STATUS_AGED;
}

void
status_report_written(struct status_report *r,
    const struct credential_status *s, int64_t now_ms)
{
	r->written_ms = now_ms;
	r->until_ms = until_of(s, now_ms);
	r->state = s->state;
	(void)snprintf(r->reason, sizeof r->reason, "%s", s->reason);
	r->accepted = s->accepted;
	r->suspects = s->suspects;
	r->gone = s->gone;
}
