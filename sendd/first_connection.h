/* SPDX-License-Identifier: MIT */
/*
 * The first connection of a daemon, which starts before its database, or while
 * no node of it serves: it waits, and says so; and its name.
 */
#ifndef SENDD_FIRST_CONNECTION_H
#define SENDD_FIRST_CONNECTION_H

#include "db/db.h"
#include "sendd/claim.h"

/* Connect as sendd; try again each second while the database cannot be reached,
 * for ever: that is logged at once, and then each minute. A right or a
 * certificate that is refused is logged at once too, and is an error at the
 * fourth time in a row. Anything else that keeps sendd out (password, tables)
 * is an error at once. SIGTERM and SIGINT, which the caller has blocked, end
 * the process meanwhile, with 0: nothing has begun yet; or are seen as *ending,
 * which is an error while there is no connection.
 * Then take the name, as claim_name does; if that loses the connection, begin
 * anew. After an error there may be a connection, too: the caller's. */
const struct err *first_connection(const struct db_settings *s,
    struct identity *id, struct poller *poller, const bool *ending,
    struct db **out, bool *told);

#endif
