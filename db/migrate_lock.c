/* SPDX-License-Identifier: MIT */
#include "db/migrate_lock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define LOCK_BESIDE "_setup_lock" /* behind the database's name */
#define LOCK_NAME 81
#define LOCK_WAIT_MS 30000
#define LOCK_PAUSE_MS 300

static const struct err *
lock_node(struct db *db, const char *database)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ADMIN_LOCK,
	    VALUES(v_text(database)), &r);
	bool got;

	if (e != NULL)
		return e;
	got = db_next(r) && db_u64(r, 0) == 1;
	db_done(r);
	return got ? NULL : err_new(ERR_BUSY, "another setup of %s is running",
	    database);
}

const struct err *
migrate_is_cluster(struct db *db, bool *cluster)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ADMIN_CLUSTER, NO_VALUES, &r);

	*cluster = e == NULL && db_next(r) && db_u64(r, 0) != 0;
	if (e == NULL)
		db_done(r);
	return e;
}

static const struct err *
run_lock(struct db *db, const char *script, const char *database)
{
	char name[LOCK_NAME];
	struct script_var var = {"lock", name, false};

	(void)snprintf(name, sizeof name, "%.64s" LOCK_BESIDE, database);
	return db_script(db, script, strlen(script), &var, 1);
}

/* Whose is it? NULL: ours. */
static const struct err *
try_cluster(struct db *db, struct arena *a, const char *database,
    const char **holder)
{
	const struct err *e = run_lock(db, sql_lock_cluster, database);
	struct rows *r;

	*holder = "";
	if (e != NULL ||
	    (e = db_query(db, SQL_ADMIN_LOCK_HOLDER, NO_VALUES, &r)) != NULL)
		return e;
	*holder = db_next(r) && !db_is_null(r, 0) ? db_copy(a, r, 0) : NULL;
	db_done(r);
	return NULL;
}

/* A failure may come from the other setup, which removes its lock meanwhile:
 * it counts when the time is over. */
static const struct err *
lock_cluster(struct db *db, const char *database)
{
	const struct timespec pause = {0, LOCK_PAUSE_MS * 1000000L};
	int64_t until_ms = clock_mono_ms() + LOCK_WAIT_MS;
	struct arena *a = arena_new();
	const struct err *e;
	const char *holder;

	while ((e = try_cluster(db, a, database, &holder)) != NULL ||
	    holder != NULL) {
		if (clock_mono_ms() >= until_ms)
			break;
		(void)nanosleep(&pause, NULL);
	}
	if (e == NULL && holder != NULL)
		e = err_new(ERR_BUSY, "another setup of %s is running, or was "
		    "killed, at node %s: if none runs, run setup at that "
		    "node", database, holder);
	arena_free(a);
	return e;
}

const struct err *
migrate_lock(struct db *db, const char *database, bool in_place)
{
	const struct err *e = lock_node(db, database);
	bool cluster = false;

	if (e == NULL && !in_place)
		e = migrate_is_cluster(db, &cluster);
	return e == NULL && cluster ? lock_cluster(db, database) : e;
}

/* The connection ends and with it the node's lock; a row that cannot be removed
 * is that of this node, and stops no setup here. */
void
migrate_unlock(struct db *db, const char *database)
{
	bool cluster;

	if (migrate_is_cluster(db, &cluster) == NULL && cluster)
		(void)run_lock(db, sql_unlock_cluster, database);
}
