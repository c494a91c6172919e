/* SPDX-License-Identifier: MIT */
/* Live checks: for each provider of an application one request that delivers
 * nothing and shows whether the provider accepts the credential; and, for the
 * doctor, which servers are reached. A check is requested through the database
 * (core/live.h), since only sendd connects to the providers. */
#ifndef SENDD_CHECK_H
#define SENDD_CHECK_H

#include "sendd/claim.h"
#include "sendd/credential.h"
#include "sendd/reach.h"

struct checker {
	const struct settings *settings;
	struct db *db;
	const struct identity *identity;
	struct credential_table *credentials;
	const struct figures *figures;
	struct check *first; /* list of current checks */
	struct reach *reach; /* is under way; or NULL */
};

/* Begin the requested checks; called once a second. */
const struct err *check_look(struct checker *s);

/* Continue the current checks, and write the answers of finished ones. */
const struct err *check_drive(struct checker *s);

void check_close(struct checker *s);

#endif
