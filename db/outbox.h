/* SPDX-License-Identifier: MIT */
/*
 * The outbox and the accounts of what went through it.
 *
 *   outbox_send      rows are born with their send, in one transaction
 *   outbox_read      by the sendd that leases the shard, in key order, each
 *                    with what its device is by then
 *   outbox_settle    outcomes of a batch: fenced by the shards' epochs,
 *                    finished rows deleted, deferred ones moved, counters
 *                    added, devices quarantined, stored messages updated
 *
 *   (born) --read--> in hand --settle--> sent | failed | expired (deleted)
 *                       ^         `----> deferred: due later, same row
 *                       `- lease over: read again by the next owner
 *
 * Delivery is at least once: a crash between the provider's answer and
 * settle repeats a row, with the same id.
 */
#ifndef DB_OUTBOX_H
#define DB_OUTBOX_H

#include "db/db.h"
#include "db/device.h"
#include "lib/arena.h"

#define OUTBOX_SHARDS 64
#define OUTBOX_LANES 2 /* 0 messages, 1 campaigns */
#define OUTBOX_PLATFORMS 3
#define OUTBOX_USER 255 /* the platform of a row that is a user's (due.h) */

/* --- queueing --------------------------------------------------------- */

struct outbox_target {
	int64_t device;
	uint32_t generation;  /* of its registration */
	unsigned platform;    /* enum platform */
	unsigned environment; /* APNs: 0 production, 1 development */
	const char *token;
	const char *refused; /* why it is counted as failed and not queued;
				NULL: it is queued */
};

/* One message to the devices of one user. One for later has no targets: it
 * waits as a row of the user, who is looked up when it falls due. */
struct outbox_message {
	const char *user_id, *activation_id; /* as requested; for storage */
	const char *body; /* stored form, see push/message.h */
	size_t body_len;
	bool silent, personal;
	int64_t delay_ms;      /* sendAt; 0: now */
	const char *published; /* body as the API got it, for storage */
	struct outbox_target *targets;
	size_t n_targets;
};

struct outbox_send {
	uint64_t id; /* out: the messageId */
	int64_t app;
	int64_t campaign; /* 0: none */
	const char *mode; /* SYNCHRONOUS, ASYNCHRONOUS, TEST */
	bool store; /* push_message rows too */
	/* idempotency, SHA-256 in hex, or NULL. A key that is known already:
	 * ERR_CONFLICT and db_duplicate */
	const char *key, *request;
	const struct outbox_message *messages;
	size_t n_messages;

	unsigned shard;	  /* out: of the first row */
	uint32_t rows;	  /* out: queued */
	bool one_shard;	  /* out: all rows are in that shard */
};

/* Queue it durably, in one transaction. Nothing to queue is fine. */
const struct err *outbox_send(struct db *db, struct outbox_send *send);

/* --- accounts --------------------------------------------------------- */

struct send_counts {
	uint64_t total, sent, failed, expired; /* pending: the rest */
};

struct send_counters {
	uint64_t id;
	const char *app_id; /* NULL: the application is gone */
	int64_t app, campaign;
	const char *mode;
	int64_t created_ms, cancelled_ms;
	uint64_t total, answered, done;
	uint64_t scheduled; /* users not looked up yet, not in total */
	uint64_t removed, inactive; /* of those that failed */
	struct send_counts by[OUTBOX_PLATFORMS];
};

/* ERR_MISSING when there is none (any more). */
const struct err *send_by_id(struct db *db, struct arena *a, uint64_t id,
    struct send_counters *out);

/* --- delivering ------------------------------------------------------- */

/* Which row: the primary key. */
struct outbox_key {
	unsigned shard, lane;
	int64_t due_ms;
	uint64_t id;
};

/* "shard,lane,due,id", as the statements' lists of rows begin. */
void outbox_key_write(const struct outbox_key *k, struct buf *into);

/* A row's numbers, copied as one value: what is in hand and what became of it
 * hold them too. */
struct outbox_row {
	struct outbox_key key;
	uint64_t send, body_id;
	int64_t app, device;
	unsigned platform, environment, attempts;
	uint32_t generation;
	bool personal;
};

/* A row as it is read, with its texts. */
struct outbox_found {
	struct outbox_row row;
	const char *token;
	const char *body; /* NULL: outbox_body(body_id) */
	size_t body_len;
	struct device_now now; /* its token NULL: the row's */
};

/* A place in the key order of one shard and lane; zero is before all. */
struct outbox_cursor {
	int64_t due_ms;
	uint64_t id;
};

/* Called per row; the texts live only during the call. */
typedef void outbox_take(const struct outbox_found *found, void *arg);

/* Up to limit due rows behind the place; *n tells how many. */
const struct err *outbox_read(struct db *db, unsigned shard, unsigned lane,
    const struct outbox_cursor *behind, unsigned limit, outbox_take *take,
    void *arg, unsigned *n);

/* A row that is due. */
struct outbox_due {
	uint64_t id;
	unsigned platform;
	char due[24]; /* as MariaDB writes it */
};
typedef void outbox_see(const struct outbox_due *row, void *arg);

/* The limit oldest of a lane, whoever has them in hand. */
const struct err *outbox_oldest(struct db *db, unsigned shard, unsigned lane,
    unsigned limit, outbox_see *see, void *arg);

/* ERR_MISSING when the body is gone. */
const struct err *outbox_body(struct db *db, struct arena *a, uint64_t id,
    const char **body, size_t *len);

enum outcome_kind {
	OUTCOME_SENT,
	OUTCOME_FAILED,
	OUTCOME_EXPIRED,
	OUTCOME_DEFERRED,
	OUTCOME_REMOVED,  /* failed: the device is not what it was */
	OUTCOME_INACTIVE, /* failed: personal, and not active by now */
	OUTCOME__COUNT
};

struct outcome {
	enum outcome_kind kind;
	struct outbox_row row; /* its attempts: before this one */
	bool again; /* writing it was tried before, with unknown success */
	/* what happened */
	bool counted;	   /* a try was used up */
	int64_t pause_ms;  /* DEFERRED: due again after */
	const char *reason;	 /* provider's word, or NULL */
	const char *provider_id; /* SENT, or NULL */
	/* quarantine: on evidence before this moment; 0: leave the device */
	int64_t gone_ms;
	const char *token;
};

struct lease {
	unsigned shard;
	uint64_t epoch;
};

/* All outcomes in one transaction that also renews the leases of their
 * shards. leases: the shards concerned. ERR_CONFLICT when one of them is no
 * longer the incarnation's: nothing was written; shard_renew tells which are.
 * stored: push_message rows may exist. */
const struct err *outbox_settle(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n_leases,
    const struct outcome *outcomes, size_t n, bool stored);

/* --- looking ---------------------------------------------------------- */

struct outbox_depth {
	const char *app_id;
	unsigned platform, lane;
	uint64_t rows, retried;
	int64_t next_due_ms, oldest_ms;
};
const struct err *outbox_depth(struct db *db, struct arena *a,
    struct outbox_depth **list, size_t *n);

/* Rows that wait for another try become due in so many ms, of one shard;
 * app 0 and platform -1: of any. Not those whose first moment is still to
 * come. What is in a sendd's hand was due when it was read, and is not
 * touched: no row is sent twice for this. *n: how many. */
const struct err *outbox_retry(struct db *db, unsigned shard, int64_t app,
    int platform, int64_t in_ms, uint64_t *n);

/* Ask that what has not been sent yet of a send is not sent; *asked is
 * false when all of it is done. */
const struct err *send_cancel(struct db *db, uint64_t id, bool *asked);

#define SEND_SOON_MS 2000

/* Make a cancelled send's messages due soon (each sendd looks once a second
 * what is cancelled), so that they are dropped then and not when they would
 * have been sent (again). For lane 0. */
const struct err *send_make_due(struct db *db, uint64_t id);

/* The same for a portion of an app's sends that have rows in that shard and
 * ids before the one given; *n: how many. send_cancelled has its limit:
 * see that these are through before asking for many more. */
const struct err *send_cancel_app(struct db *db, int64_t app, unsigned shard,
    uint64_t before, uint64_t *n);
const struct err *send_make_due_app(struct db *db, int64_t app, unsigned shard);

/* An app's cancelled sends that are not through, and their rows. */
const struct err *send_dropping(struct db *db, int64_t app, uint64_t *sends,
    uint64_t *rows);

/* Sends with something to cancel, ascending, at most 10,000. */
const struct err *send_cancelled(struct db *db, struct arena *a,
    uint64_t **list, size_t *n);

/* A stored row of a send; there are none when storage is off. */
struct stored_message {
	uint64_t id;
	int64_t device, created_ms, finished_ms; /* 0: not yet */
	const char *user_id, *state, *provider_id, *reason;
	unsigned platform, tries;
};
#define STORED_LIST_MAX 1000

/* At most STORED_LIST_MAX: *more tells that there are others. */
const struct err *send_messages(struct db *db, struct arena *a, uint64_t id,
    struct stored_message **list, size_t *n, bool *more);

/* An Idempotency-Key's memory; both are SHA-256 in hex. ERR_MISSING: not
 * seen within a day. Put it in the send's own transaction. */
const struct err *idempotency_by_name(struct db *db, struct arena *a,
    const char *name, const char **request, uint64_t *send);

/* Of a send that is being written; name NULL: nothing. A name that is known:
 * ERR_CONFLICT and db_duplicate. */
const struct err *idempotency_put(struct db *db, const char *name,
    const char *request, uint64_t send);

/* Housekeeping of sendd: bodies of finished sends, accounts and messages
 * older than retention, devices in quarantine longer than keep. Bounded
 * work a call. */
const struct err *outbox_clean(struct db *db, int64_t retention_ms,
    int64_t keep_ms);

#endif
