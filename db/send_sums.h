/* SPDX-License-Identifier: MIT */
/* What a batch of outcomes adds to the counters of its sends. */
#ifndef DB_SEND_SUMS_H
#define DB_SEND_SUMS_H

#include "db/db.h"
#include "db/outcome.h"

struct one_send;

struct send_sums {
	struct one_send *all;
	/* The first n_now are added at once, the others by the steward of
	 * their run (db/send_delta.h). */
	size_t n, n_now;
};

/* Of at most max outcomes; free it with send_sums_done. */
void send_sums_init(struct send_sums *c, size_t max);
void send_sums_done(struct send_sums *c);

/* Count these outcomes, in place of earlier ones. The list is put in the order
 * of the sends. clustered: the server is a node of a cluster. */
void send_sums_take(struct send_sums *c, const struct outcome **list,
    size_t n, bool clustered);

/* In a transaction. */
const struct err *send_sums_post(struct db *db, const struct send_sums *c);

#endif
