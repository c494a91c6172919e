/* SPDX-License-Identifier: MIT */
/* MariaDB's settings may change while sendd runs, also by a restart of MariaDB:
 * sendd logs when they break the guarantee "accepted means durable". */
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
