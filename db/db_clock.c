/* SPDX-License-Identifier: MIT */
/*
 * Reading the database's clock: at each connect, and again before a statement
 * when the last reading is too old. The nodes of a cluster have each its own
 * clock: sendd measures them (sendd/node_clocks.h), and each session takes off
 * by how much its node is ahead. If the machine's own clock is far off, an
 * alarm is logged: we do not use that clock, but the validation of TLS
 * certificates and the readers of logs do.
 */
#include "db/db_part.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"

/* An answer that took longer says too little about the clock to judge it. */
#define SHARP_MS 250

static atomic_bool astray;

bool
db_clock_is_far(int64_t ahead_ms)
{
	return llabs(ahead_ms) >= DB_CLOCK_FAR_MS;
}

/* Log once when the clock is far off, and once when it is near again. */
static void
report_clock(void)
{
	int64_t ahead = clock_ahead_ms();
	bool far = db_clock_is_far(ahead);

	if (atomic_exchange(&astray, far) == far)
		return;
	if (far)
		log_err("alarm clock=%s by=%.1fs why=\"this machine's clock is "
		    "not the database's, which decides\"",
		    ahead > 0 ? "ahead" : "behind",
		    (double)llabs(ahead) / 1000);
	else
		log_notice("clock=right: as the database's again");
}

/* An administrator's statements compare no times. */
static bool
may_be_ahead(const struct db *db)
{
	return db->galera && db->kind != DB_ADMIN;
}

/* Whatever a statement calls now is its node's clock without this. */
static const struct err *
set_ahead(struct db *db, int64_t ahead_ms)
{
	struct buf b = BUF(128);
	const struct err *e = NULL;

	(void)buf_fmt(&b, "%s%lld", sql_node_ahead, (long long)ahead_ms);
	if (mysql_query(db->mysql, buf_str(&b)) != 0)
		e = db_failure(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), "cannot set the time");
	else
		db->ahead_ms = ahead_ms;
	buf_done(&b);
	return e;
}

const struct err *
db_keep_ahead(struct db *db)
{
	int64_t ahead_ms;

	if (!may_be_ahead(db))
		return NULL;
	ahead_ms = node_ahead_ms(&db->nodes.all[db->node]);
	return ahead_ms != db->ahead_ms ? set_ahead(db, ahead_ms) : NULL;
}

/* A program that may not read what sendd has measured goes by the clock of its
 * node. */
static const struct err *
ask_clock(struct db *db, MYSQL_RES **out)
{
	if (may_be_ahead(db) &&
	    mysql_query(db->mysql, sql[SQL_SERVER_CLOCK].text) == 0 &&
	    (*out = mysql_store_result(db->mysql)) != NULL)
		return NULL;
	if (!db_is_gone(mysql_errno(db->mysql)) &&
	    mysql_query(db->mysql, sql_clock) == 0 &&
	    (*out = mysql_store_result(db->mysql)) != NULL)
		return NULL;
	return db_failure(db, mysql_errno(db->mysql), mysql_error(db->mysql),
	    "cannot ask the time");
}

const struct err *
db_hear_clock(struct db *db)
{
	const struct node *node = &db->nodes.all[db->node];
	int64_t asked_ms = clock_mono_ms();
	const struct err *e;
	MYSQL_RES *result = NULL;
	MYSQL_ROW row;

	db->asked_ms = asked_ms;
	if (db->visits) /* nobody knows yet whether that clock is right */
		return NULL;
	if ((e = ask_clock(db, &result)) != NULL)
		return e;
	row = mysql_fetch_row(result);
	if (row != NULL && row[0] != NULL) {
		if (row[1] != NULL)
			node_set_ahead(node, strtoll(row[1], NULL, 10));
		clock_hear(asked_ms, strtoll(row[0], NULL, 10) -
		    (may_be_ahead(db) ? node_ahead_ms(node) : 0));
		if (clock_mono_ms() - asked_ms < SHARP_MS)
			report_clock();
	}
	mysql_free_result(result);
	return db_keep_ahead(db);
}
