/* SPDX-License-Identifier: MIT */
/*
 * What the database has of one credential's status, so that a heartbeat writes
 * only what has changed. A row that has not changed is valid as long as its
 * sendd has heartbeats (db/credential_status.h). Pure: time is an argument.
 */
#ifndef SENDD_STATUS_REPORT_H
#define SENDD_STATUS_REPORT_H

#include <stdint.h>

#include "db/credential_status.h"

/* A row that has not changed is written again after this time, in case that
 * the database has lost it. */
#define STATUS_REPORT_AGAIN_MS 600000

/* The status as it was written last. All zeros: not yet. */
struct status_report {
	int64_t written_ms; /* monotonic */
	int64_t until_ms;   /* monotonic; 0: none */
	const char *state;  /* a constant */
	char reason[200];
	uint64_t accepted, suspects, gone;
};

enum status_need {
	STATUS_CURRENT, /* the row need not be written */
	STATUS_AGED,	/* another count or end, or the row is old */
	STATUS_NEWS	/* another state or reason, or there is no row yet */
};

/* Does this status need to be written? Its until_ms is relative to now. */
enum status_need status_report_need(const struct status_report *r,
    const struct credential_status *s, int64_t now_ms);

/* The status is written; now_ms: the time of status_report_need. */
void status_report_written(struct status_report *r,
    const struct credential_status *s, int64_t now_ms);

#endif
