/* SPDX-License-Identifier: MIT */
/* Live checks: for each provider of an application one request that delivers
 * nothing and shows whether the provider accepts the credential; and, for the
 * doctor, which servers are reached. A check is requested through the database
 * (core/live.h), since only sendd connects to the providers. */
#ifndef SENDD_CHECK_H
#define SENDD_CHECK_H

#include "sendd/claim.h"
#include "sendd/credential.h"
#include "sendd/db_tasks.h"
#include "sendd/reach.h"

struct checker {
	struct db_task task; /* reads the requests */
	struct db_tasks *tasks;
	const struct settings *settings;
	const struct identity *identity;
	struct credential_table *credentials;
	const struct figures *figures;
	struct check *first; /* list of current checks */
	struct reach *reach; /* is under way; or NULL */
	int64_t due_ms;	     /* monotonic: the next look */
	bool looking;
	struct arena *memory; /* of the task, as are the applications */
	int64_t *apps;
	size_t n_apps;
};

/* Begin the requested checks: about once a second they are read. */
void check_look(struct checker *s);

/* Continue the current checks, and have the answers of finished ones written.
 */
void check_drive(struct checker *s);

void check_close(struct checker *s);

#endif
