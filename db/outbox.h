/* SPDX-License-Identifier: MIT */
/*
 * The outbox: the rows of messages that wait for their delivery.
 *
 *   outbox_send      rows are written with their send, in one transaction
 *                    (outbox_send.h)
 *   outbox_read      the sendd that leases the shard reads them in key order,
 *                    each with the present state of its device
 *   outbox_settle    the outcomes of a batch are written (outbox_settle.h):
 *                    finished rows deleted, deferred ones moved
 *
 *   queued --read--> in memory --settle--> sent | failed | expired (deleted)
 *                       ^           `----> deferred: due later, same row
 *                       `- lease over: the next owner reads the row again
 *
 * Delivery is at least once: a crash between the provider's answer and
 * outbox_settle repeats a row, with the same id.
 */
#ifndef DB_OUTBOX_H
#define DB_OUTBOX_H

#include "db/db.h"
#include "db/device_now.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/platform.h"

#define OUTBOX_SHARDS 64
#define OUTBOX_LANES 2 /* 0 messages, 1 campaigns */
#define OUTBOX_USER 255 /* the platform of a row of a user (due.h) */
_Static_assert(OUTBOX_SHARDS == SQL_SHARDS, "as in sql.h");
_Static_assert(OUTBOX_USER == SQL_PLATFORM_USER, "as in sql.h");

/* --- reading ---------------------------------------------------------- */

/* The primary key of a row. */
struct outbox_key {
	unsigned shard, lane;
	int64_t due_ms;
	uint64_t id;
};

/* Append "shard,lane,due,id", the start of a row in the lists of statements. */
void outbox_key_write(const struct outbox_key *k, struct buf *into);

/* The numbers of a row; an item of the queue and an outcome have a copy. */
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
	const char *user; /* NULL: of a campaign, or from an early release */
	const char *body; /* NULL: outbox_bodies has it by body_id */
	size_t body_len;
	struct device_now now; /* its token NULL: the same as the row's */
};

/* A cursor in the key order of one shard and lane; zero: before all rows. */
struct outbox_cursor {
	int64_t due_ms;
	uint64_t id;
};

/* Called for each row; the texts are valid during the call. */
typedef void outbox_take(const struct outbox_found *found, void *arg);

struct outbox_lane {
	unsigned shard, lane;
	bool due; /* it has due rows */
};

/* Which of the lanes have due rows? One statement for all. */
const struct err *outbox_lanes(struct db *db, struct outbox_lane *list,
    size_t n);

/* Read up to limit due rows behind the cursor; *n: number of rows read. users:
 * those of campaigns, too, with their users, for the history. */
const struct err *outbox_read(struct db *db, unsigned shard, unsigned lane,
    bool users, const struct outbox_cursor *behind, unsigned limit,
    outbox_take *take, void *arg, unsigned *n);

/* The same of lane 0, only the rows of one send. */
const struct err *outbox_read_send(struct db *db, unsigned shard,
    uint64_t send, const struct outbox_cursor *behind, unsigned limit,
    outbox_take *take, void *arg, unsigned *n);

/* In which shards rows of the send are due, in lane 0. */
const struct err *outbox_shards_of(struct db *db, uint64_t send,
    bool shards[OUTBOX_SHARDS]);

/* A row that is due. */
struct outbox_due {
	uint64_t id;
	unsigned platform;
	char due[24]; /* as MariaDB writes it */
};
typedef void outbox_see(const struct outbox_due *row, void *arg);

/* The oldest due rows of a lane, at most limit, in memory of a sendd or not. */
const struct err *outbox_oldest(struct db *db, unsigned shard, unsigned lane,
    unsigned limit, outbox_see *see, void *arg);

/* Called for each body; the text is valid during the call. */
typedef void outbox_take_body(uint64_t id, const char *body, size_t len,
    void *arg);

/* Read the bodies that rows share, by their ids, in any order; those that are
 * deleted are missing. */
const struct err *outbox_bodies(struct db *db, const uint64_t *ids, size_t n,
    outbox_take_body *take, void *arg);

/* --- looking ---------------------------------------------------------- */

struct outbox_depth {
	const char *app_id;
	unsigned platform, lane;
	uint64_t rows, retried;
	int64_t next_due_ms, oldest_ms;
	const char *reason; /* of a row that was put off; NULL: none */
	bool more; /* there are rows that were not looked at */
};
const struct err *outbox_depth(struct db *db, struct arena *a,
    struct outbox_depth **list, size_t *n);

/* The same within a time that does not grow with the queue: of a long one, of
 * the rows of each lane of each shard that are due first. */
const struct err *outbox_depth_first(struct db *db, struct arena *a,
    struct outbox_depth **list, size_t *n);

/* A row that waits. */
struct outbox_waiting {
	uint64_t id, send;
	int64_t app, device;
	const char *app_id, *user_id; /* user NULL: of a campaign */
	unsigned platform, lane, attempts;
	const char *reason; /* why the latest try was put off; NULL: it was not
			       put off */
	int64_t due_ms;
	bool cancelled;
};

/* At most limit rows in the order of the outbox, in the arena; of a user
 * (NULL: of all) and of a send (0: of all). It may read the whole outbox. */
const struct err *outbox_waiting(struct db *db, struct arena *a,
    const char *user_id, uint64_t send, int64_t limit,
    struct outbox_waiting **list, size_t *n);

/* --- moving ----------------------------------------------------------- */

/* Make rows of one shard that wait for another try due in in_ms; app 0 and
 * platform -1: of any. Rows for later (sendAt) stay, and those that are due in
 * some seconds anyway (sooner.h). *n: number of changed rows. */
const struct err *outbox_retry(struct db *db, unsigned shard, int64_t app,
    int platform, int64_t in_ms, uint64_t *n);

#endif
