/* SPDX-License-Identifier: MIT */
/* Live checks: for each provider of an application one request that delivers
 * nothing and shows whether the provider takes the credential. An operator
 * asks for a check through the database, since only sendd speaks to the
 * providers. */
#ifndef SENDD_CHECK_H
#define SENDD_CHECK_H

#include "sendd/sendd.h"

/* Begin the checks that are asked for; called once a second. */
const struct err *check_look(struct sendd *s);

/* Go on with the checks under way, and write the answers of those that are
 * over. */
const struct err *check_drive(struct sendd *s);

void check_close(struct sendd *s);

#endif
