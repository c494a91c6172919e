/* SPDX-License-Identifier: MIT */
/*
 * The history: what became of each message of the last days, a row for each
 * device, without the text. outbox_settle writes outcomes, queueing_refused
 * what is not sent at all; purge_expired removes old rows.
 */
#ifndef DB_HISTORY_H
#define DB_HISTORY_H

#include "db/db.h"
#include "db/outbox.h"
#include "lib/arena.h"

#define HISTORY_PLATFORM_NONE 255

/* Stored: never reuse a number. */
enum history_outcome {
	HISTORY_SENT = 0,
	HISTORY_FAILED = 1, /* the provider refused it, or it was cancelled */
	HISTORY_EXPIRED = 2,
	HISTORY_REMOVED = 3,  /* the device was removed or changed meanwhile */
	HISTORY_INACTIVE = 4, /* personal, and not active any more */
	HISTORY_REFUSED = 5,  /* a device that was not sent to, by the reason */
	HISTORY_NOBODY = 6,   /* the user had no device */
	HISTORY_QUARANTINE = 7, /* the device was in quarantine */
	HISTORY_REHEARSED = 8,	/* made and not sent, [sendd] dry_run */
	HISTORY__COUNT
};
_Static_assert(SQL_HISTORY_SENT == HISTORY_SENT, "as in sql.h");

struct history {
	uint64_t id, send;
	const char *user_id, *app_id;
	int64_t device;	   /* 0: none */
	unsigned platform; /* enum platform or HISTORY_PLATFORM_NONE */
	unsigned outcome, tries;
	const char *reason; /* NULL: none */
	int64_t accepted_ms; /* to the second */
	int64_t finished_ms;
};

struct history_page {
	const char *user_id; /* or, when it is NULL, */
	uint64_t send;
	int64_t since_ms; /* of a user */
	int64_t offset, limit;
};

/* The rows of a user or of a send, the newest first, in the arena. */
const struct err *history_list(struct db *db, struct arena *a,
    const struct history_page *page, struct history **list, size_t *n);

/* --- writing ---------------------------------------------------------- */

/* What became of a row of the outbox; borrowed. */
struct history_entry {
	const struct outbox_row *row;
	const char *user;
	enum history_outcome outcome;
	unsigned tries;
	const char *reason; /* NULL: none */
};

/* In a transaction, which must not commit if one of the rows had been deleted
 * before: whoever deleted it has told what became of it, or erased its user. A
 * reason is cut to the column. */
const struct err *history_post(struct db *db, const struct history_entry *list,
    size_t n);

/* --- reading ---------------------------------------------------------- */

/* The devices of a send that did not get it, at most limit, in the arena; of
 * each: device, user, platform, outcome, tries and reason. */
const struct err *history_failures(struct db *db, struct arena *a,
    uint64_t send, int64_t limit, struct history **list, size_t *n);

/* The same of all devices of the send that had an outcome. */
const struct err *history_devices(struct db *db, struct arena *a,
    uint64_t send, int64_t limit, struct history **list, size_t *n);

/* "sent", "failed", "expired", ...; "?" for an unknown number. */
const char *history_word(unsigned outcome);

/* What there is to say of an outcome without a reason of its own: "the user
 * has no device". NULL: nothing. */
const char *history_why(unsigned outcome);

#endif
