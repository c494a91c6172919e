/* SPDX-License-Identifier: MIT */
/*
 * What became of messages: those that wait and those of the history in one
 * list, in the same words for the API and the command.
 */
#ifndef CORE_MESSAGE_RECORD_H
#define CORE_MESSAGE_RECORD_H

#include "db/db.h"
#include "lib/arena.h"
#include "lib/json.h"

#define MESSAGE_RECORDS_MAX 1000 /* of a page */

struct message_record {
	uint64_t send;
	const char *user_id, *app_id;
	int64_t device;	      /* 0: none, or not known yet */
	const char *platform; /* NULL: none */
	const char *state;    /* "queued", "sent", "refused", ... */
	const char *reason;   /* the provider's code or our words; or NULL */
	const char *remedy;   /* what to do about it; or NULL */
	unsigned tries;
	int64_t accepted_ms, next_ms, finished_ms; /* 0: none */
};

struct message_query {
	const char *user_id; /* or NULL, and the id of a send */
	uint64_t send;
	int64_t since_ms, offset, limit; /* of what is finished */
	int64_t lease_ms;		 /* [sendd] lease */
};

/* What waits first (with the first page), then what is finished, the newest
 * first. */
const struct err *message_records(struct db *db, struct arena *a,
    const struct message_query *q, struct message_record **list, size_t *n);

/* At most limit of all that waits, in the order of the outbox. */
const struct err *message_records_waiting(struct db *db, struct arena *a,
    int64_t lease_ms, int64_t limit, struct message_record **list, size_t *n);

/* A record as JSON; times in ISO 8601. */
void message_record_json(const struct message_record *m, struct json *into);

#endif
