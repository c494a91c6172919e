/* SPDX-License-Identifier: MIT */
/*
 * A thread that reads the accounts of sends for the waiting room, many by one
 * statement, so that a slow database holds nobody up. It connects when it has
 * to, and closes a connection that nobody needs any more.
 */
#ifndef CORE_WAITING_LOOK_H
#define CORE_WAITING_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"
#include "db/send_status.h"

struct waiting_look;

/* Start the thread; it adds 1 to the eventfd `done` after each look. The
 * settings are copied, program is not. */
const struct err *waiting_look_open(const struct db_settings *s,
    const char *program, int done, struct waiting_look **out);

/* End the thread, without waiting for the database. Takes NULL. */
void waiting_look_close(struct waiting_look *l);

/* Read these accounts; the list (malloc) changes hands. Only when no other look
 * is under way, from waiting_look_ask to waiting_look_collect. */
void waiting_look_ask(struct waiting_look *l, struct send_account *list,
    size_t n);

/* The list of the look that has ended: the caller's. *failed: nothing was
 * read, which is logged already. NULL when no look has ended. */
struct send_account *waiting_look_collect(struct waiting_look *l, size_t *n,
    bool *failed);

#endif
