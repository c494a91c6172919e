/* SPDX-License-Identifier: MIT */
#ifndef SENDD_ADMIT_H
#define SENDD_ADMIT_H

#include "sendd/sendd.h"

/* The reader's work: fills a job of admit() from the outbox. */
clerk_work admit_read;

/* Reap what was read and ask for more while there is room. */
const struct err *admit(struct sendd *s);

#endif
