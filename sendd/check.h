/* SPDX-License-Identifier: MIT */
/* Live checks: one request per provider of an app that delivers nothing and
 * shows whether the provider takes the credential. Asked through the
 * database, since only sendd speaks to providers. */
#ifndef SENDD_CHECK_H
#define SENDD_CHECK_H

#include "sendd/sendd.h"

/* See what is asked; called once a second. */
const struct err *check_look(struct sendd *s);

/* Go on with the checks under way; writes the answers of finished ones. */
const struct err *check_drive(struct sendd *s);

void check_close(struct sendd *s);

#endif
