/* SPDX-License-Identifier: MIT */
/* Housekeeping that may take long, by a clerk: campaigns whose caller died
 * in mid-queueing, runs that are complete, rows past their retention. */
#ifndef SENDD_HOUSE_H
#define SENDD_HOUSE_H

#include "sendd/sendd.h"

/* The steward's work. */
clerk_work house_work;

/* Reap the latest round and ask for the next when it is due. */
const struct err *house_keep(struct sendd *s);

#endif
