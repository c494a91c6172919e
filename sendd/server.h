/* SPDX-License-Identifier: MIT */
/* MariaDB's settings may change while sendd runs, also by a restart of MariaDB:
 * sendd logs when they break the guarantee "accepted means durable". */
#ifndef SENDD_SERVER_H
#define SENDD_SERVER_H

#include "db/server.h"
#include "sendd/db_tasks.h"
#include "sendd/trouble.h"

struct server_watch {
	struct db_task task;
	struct db_tasks *tasks;
	int64_t due_ms;		  /* monotonic: the next look */
	bool looking;
	struct arena *memory; /* of the task, as is the look */
	struct server_look look;
	struct troubles troubles; /* settings that are logged */
};

/* Look at MariaDB's settings, when a look is due. */
void server_look_again(struct server_watch *w);

#endif
