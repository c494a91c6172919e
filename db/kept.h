/* SPDX-License-Identifier: MIT */
/*
 * What a connection keeps of what its latest calls asked, for two seconds at
 * most: names of applications with their ids, whether any message is stored,
 * and the keys of doorbells. MariaDB plans a statement at each execution, and a
 * join or a subquery for one of these costs it as much as the rest of a short
 * statement.
 *
 * An application never gets another id or another name, so all that may be
 * told too late is that one was removed.
 */
#ifndef DB_KEPT_H
#define DB_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/sql.h"

#define KEPT_APPS_MAX 64 /* the next in turn makes room */
#define KEPT_MS 2000

struct kept;

/* Of the owner of each shard (db/ring_keys.h). */
#define RING_KEY 32 /* bytes */
struct ring_keys {
	bool known[SQL_SHARDS];
	unsigned char of[SQL_SHARDS][RING_KEY];
};

struct kept *kept_new(void);
void kept_free(struct kept *k); /* takes NULL */

/* The id of the application with this name; 0: it is not kept, ask the
 * database. now_ms here and below: monotonic */
int64_t kept_app_id(const struct kept *k, const char *name, int64_t now_ms);

/* The name of the application with this id; NULL: it is not kept. Valid until
 * kept_app. */
const char *kept_app_name(const struct kept *k, int64_t id, int64_t now_ms);

/* Keep what the database has said of an application. */
void kept_app(struct kept *k, int64_t id, const char *name, int64_t now_ms);

/* Is any message stored? The same: keep it, and ask. False: it is not kept. */
void kept_stores(struct kept *k, bool stores, int64_t now_ms);
bool kept_has_stores(const struct kept *k, int64_t now_ms, bool *stores);

/* The ring keys: keep a copy of them, and ask. NULL: they are not kept. Valid
 * until the next are kept. */
const struct ring_keys *kept_ring_keys(struct kept *k,
    const struct ring_keys *keys, int64_t now_ms);
const struct ring_keys *kept_has_ring_keys(const struct kept *k,
    int64_t now_ms);

#endif
