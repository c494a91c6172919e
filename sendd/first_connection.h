/* SPDX-License-Identifier: MIT */
/*
 * The first connection of a daemon, which starts before its database, or while
 * no node of it serves: it waits, and says so.
 */
#ifndef SENDD_FIRST_CONNECTION_H
#define SENDD_FIRST_CONNECTION_H

#include "db/db.h"

/* Connect as sendd; try again each second while the database cannot be reached,
 * for ever: that is logged at once, and then each minute. A right or a
 * certificate that is refused is logged at once too, and is an error at the
 * fourth time in a row. Anything else that keeps sendd out (password, tables)
 * is an error at once. SIGTERM and SIGINT, which the caller has blocked, end
 * the process meanwhile, with 0: nothing has begun yet. */
const struct err *first_connection(const struct db_settings *s,
    struct db **out);

#endif
