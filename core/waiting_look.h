/* SPDX-License-Identifier: MIT */
/*
 * A thread that reads the accounts of sends for the waiting room, many by one
 * statement, and where the doorbells of other machines are, so that a slow
 * database holds nobody up. It connects when it has to, and closes a connection
 * that nobody needs any more.
 */
#ifndef CORE_WAITING_LOOK_H
#define CORE_WAITING_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"
#include "db/send_status.h"
#include "db/shard_doorbell.h"

struct waiting_look;

/* What is to be read, and what was. */
struct look {
	struct send_account *list; /* malloc */
	size_t n;
	struct shard_doorbells *doorbells; /* malloc; NULL: not wanted */
	bool failed; /* out: nothing was read, which is logged already */
};

/* Start the thread; it adds 1 to the eventfd `done` after each look. The
 * settings are copied, program is not. */
const struct err *waiting_look_open(const struct db_settings *s,
    const char *program, int done, struct waiting_look **out);

/* End the thread, without waiting for the database. Takes NULL. */
void waiting_look_close(struct waiting_look *l);

/* Read that; its memory changes hands. Only when no other look is under way,
 * from waiting_look_ask to waiting_look_collect. */
void waiting_look_ask(struct waiting_look *l, const struct look *what);

/* The look that has ended; its memory is the caller's. False: none has. */
bool waiting_look_collect(struct waiting_look *l, struct look *out);

#endif
