/* SPDX-License-Identifier: MIT */
/* Somebody may change MariaDB's settings while sendd runs, or start MariaDB
 * with others: sendd logs when they make "accepted means durable" untrue. */
#ifndef SENDD_SERVER_H
#define SENDD_SERVER_H

#include "lib/err.h"

struct sendd;

/* Look at the settings, when a look is due. */
const struct err *server_watch(struct sendd *s);

#endif
