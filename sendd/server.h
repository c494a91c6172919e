/* SPDX-License-Identifier: MIT */
/* Somebody may change MariaDB's settings while we run, or start it with
 * others: told when it makes "accepted means durable" untrue. */
#ifndef SENDD_SERVER_H
#define SENDD_SERVER_H

#include "lib/err.h"

struct sendd;

/* Look, when it is time to. */
const struct err *server_watch(struct sendd *s);

#endif
