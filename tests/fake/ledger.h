/* SPDX-License-Identifier: MIT */
/*
 * What was accepted, one JSON line per push and token. Lines gather until
 * the flush, which writes them at once; nobody may answer before it.
 */
#ifndef FAKE_LEDGER_H
#define FAKE_LEDGER_H

#include "lib/err.h"
#include "tests/fake/fake.h"

struct entry {
	const char *id;	      /* apns-id, message name, requestId, and the
				 end of the message's Location */
	const char *token;    /* as the path or the message has it */
	const char *decoded;  /* an APNs token that is text; or NULL */
	const char *scenario;
	const char *topic;    /* of APNs, Web Push; or NULL */
	const char *project;  /* of the others; or NULL */
	struct json *payload;
};

/* Append to path, made when absent; tests may truncate it meanwhile. */
const struct err *ledger_open(const char *path, struct ledger **l);
void ledger_close(struct ledger *l);

void ledger_add(struct fake *f, struct ask *ask, const struct entry *e);
void ledger_flush(struct ledger *l); /* takes NULL */

#endif
