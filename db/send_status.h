/* SPDX-License-Identifier: MIT */
/* The status of a send: its counters, and its stored messages. */
#ifndef DB_SEND_STATUS_H
#define DB_SEND_STATUS_H

#include "db/db.h"
#include "db/outbox.h"
#include "lib/arena.h"

struct send_counts {
	uint64_t total, sent, failed, expired;
};

/* The number of messages without a final outcome. */
static inline uint64_t
send_counts_pending(const struct send_counts *n)
{
	return n->total - n->sent - n->failed - n->expired;
}

struct send_counters {
	uint64_t id;
	const char *app_id; /* NULL: the application is gone */
	int64_t app, campaign;
	const char *mode;
	int64_t created_ms, cancelled_ms;
	uint64_t total, answered, done;
	uint64_t scheduled; /* users not looked up yet; not part of total */
	uint64_t removed, inactive; /* part of failed */
	struct send_counts by[PLATFORM__COUNT];
};

/* Is it of a campaign's run? A campaign's test is sent as any message. */
bool send_is_of_run(const struct send_counters *n);

/* The counters of a send. ERR_MISSING when there is no such send, or it was
 * purged. */
const struct err *send_by_id(struct db *db, struct arena *a, uint64_t id,
    struct send_counters *out);

/* The account of a send that somebody waits for, or the version of a campaign
 * that somebody watches. */
struct send_account {
	uint64_t send;
	int64_t campaign; /* 0: it is of the send */
	uint64_t version; /* out, of a campaign: another one after a change */
	bool found;    /* out: false when it was purged, or removed */
	bool answered; /* out: each of its rows had a first answer */
	struct send_counts by[PLATFORM__COUNT]; /* out */
};

/* Read the accounts of the listed sends, in one statement, and the versions of
 * the campaigns in one. */
const struct err *send_accounts(struct db *db, struct send_account *list,
    size_t n);

/* A stored row of a send; there are none when storage is off. */
struct stored_message {
	uint64_t id;
	int64_t device, created_ms, finished_ms; /* 0: not yet */
	const char *user_id, *state, *provider_id, *reason;
	unsigned platform, tries;
};
#define STORED_LIST_MAX 1000
_Static_assert(SQL_MESSAGES_LISTED == STORED_LIST_MAX + 1, "as in sql.h");

/* Has any send stored messages? The answer may be two seconds old. */
const struct err *send_stores(struct db *db, bool *stores);

/* The stored messages of a send, at most STORED_LIST_MAX; *more: there are
 * others. */
const struct err *send_messages(struct db *db, struct arena *a, uint64_t id,
    struct stored_message **list, size_t *n, bool *more);

#endif
