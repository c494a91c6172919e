/* SPDX-License-Identifier: MIT */
/*
 * Which servers does this machine reach? For each server of the providers, and
 * for PowerAuth Server: does its name resolve, does it answer, through the
 * proxy if there is one, until when is its certificate valid, and which time
 * has it. One GET each, without credentials, in threads of their own, since
 * such a request may block for seconds.
 */
#ifndef SENDD_REACH_H
#define SENDD_REACH_H

#include "lib/json.h"
#include "sendd/credential.h"
#include "sendd/figures.h"

struct reach;

/* Begin: the servers that the settings name, and those of the credentials that
 * are loaded. */
struct reach *reach_begin(const struct settings *s,
    const struct credential_table *t);

/* Have all answered, or run out of time (seconds)? */
bool reach_is_over(const struct reach *r);

/* When it is over: what was found, as the member "servers" of j. */
void reach_write(const struct reach *r, const struct figures *f,
    struct json *j);

/* At any time: threads that still run end by themselves. Takes NULL. */
void reach_free(struct reach *r);

#endif
