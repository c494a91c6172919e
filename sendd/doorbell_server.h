/* SPDX-License-Identifier: MIT */
/*
 * sendd's end of the doorbell: a ring makes shards be looked at, and whoever
 * waits for a send is answered when all its rows had a first answer. The
 * doorbell only saves waiting: a caller that hears nothing asks the database.
 */
#ifndef SENDD_DOORBELL_SERVER_H
#define SENDD_DOORBELL_SERVER_H

#include "sendd/sendd.h"

/* Listen at sendd.doorbell. */
const struct err *doorbell_server_open(struct sendd *s);

/* Hang up, and remove the socket. */
void doorbell_server_close(struct sendd *s);

/* One row of this send had its first answer. */
void doorbell_server_answered(struct sendd *s, uint64_t send);

#endif
