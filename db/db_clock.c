/* SPDX-License-Identifier: MIT */
/*
 * Reading the database's clock: at each connect, and again before a statement
 * when the last reading is too old. If the machine's own clock is far off, an
 * alarm is logged: we do not use that clock, but the validation of TLS
 * certificates and the readers of logs do.
 */
#include "db/db_part.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"

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

const struct err *
db_hear_clock(struct db *db)
{
	int64_t asked_ms = clock_mono_ms();
	MYSQL_RES *result;
	MYSQL_ROW row;

	db->asked_ms = asked_ms;
	if (mysql_query(db->mysql, sql_clock) != 0 ||
	    (result = mysql_store_result(db->mysql)) == NULL)
		return db_failure(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), "cannot ask the time");
	row = mysql_fetch_row(result);
	if (row != NULL && row[0] != NULL) {
		clock_hear(asked_ms, strtoll(row[0], NULL, 10));
		report_clock();
	}
	mysql_free_result(result);
	return NULL;
}
