/* SPDX-License-Identifier: MIT */
/* Somebody may change MariaDB's settings while sendd runs, or start MariaDB
 * with others: sendd logs when they make "accepted means durable" untrue. */
#ifndef SENDD_SERVER_H
#define SENDD_SERVER_H

#include "db/db.h"
#include "sendd/trouble.h"

struct server_watch {
	struct db *db;
	int64_t due_ms;		  /* monotonic: the next look */
	struct troubles troubles; /* settings that are logged */
};

/* Look at MariaDB's settings, when a look is due. */
const struct err *server_look_again(struct server_watch *w);

#endif
