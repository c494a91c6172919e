/* SPDX-License-Identifier: MIT */
/* Live checks: for each provider of an application one request that delivers
 * nothing and shows whether the provider takes the credential. An operator
 * asks for a check through the database, since only sendd speaks to the
 * providers. */
#ifndef SENDD_CHECK_H
#define SENDD_CHECK_H

#include "sendd/claim.h"
#include "sendd/credential.h"

struct checker {
	const struct settings *settings;
	struct db *db;
	const struct identity *identity;
	struct credential_table *credentials;
	struct check *first; /* of those under way */
};

/* Begin the checks that are asked for; called once a second. */
const struct err *check_look(struct checker *s);

/* Go on with the checks under way, and write the answers of those that are
 * over. */
const struct err *check_drive(struct checker *s);

void check_close(struct checker *s);

#endif
