/* SPDX-License-Identifier: MIT */
#include "db/ring_keys.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

static void
take_key(struct ring_keys *keys, const struct rows *r)
{
	uint64_t shard = db_u64(r, 0);
	size_t len;
	const char *key = db_blob(r, 1, &len);

	if (shard >= SQL_SHARDS || len != RING_KEY)
		return;
	keys->known[shard] = true;
	memcpy(keys->of[shard], key, RING_KEY);
}

static const struct ring_keys *
ask_keys(struct db *db)
{
	struct ring_keys keys = {.known = {false}};
	struct rows *r;
	const struct err *e = db_query(db, SQL_SHARD_RING_KEYS, NO_VALUES, &r);

	if (e != NULL) {
		log_debug("no row is carried: %s", e->text);
		return NULL;
	}
	while (db_next(r))
		take_key(&keys, r);
	db_done(r);
	return kept_ring_keys(db_kept(db), &keys, clock_mono_ms());
}

const struct ring_keys *
ring_keys_read(struct db *db)
{
	const struct ring_keys *kept = kept_has_ring_keys(db_kept(db),
	    clock_mono_ms());

	return kept != NULL ? kept : ask_keys(db);
}
