/* SPDX-License-Identifier: MIT */
/*
 * An asker: a thread that asks one node whether it serves when it is told to,
 * by a connection of its own. So nobody waits for a node that is silent to hear
 * of another one.
 *
 * The lock belongs to who has the askers (db/node_watch.c), and is held at each
 * call but open and free. The condition is signalled at each answer.
 */
#ifndef DB_NODE_ASKER_H
#define DB_NODE_ASKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#include "db/db.h"

/* What has come of a question. */
struct node_answer {
	enum node_fitness how; /* if it has not failed */
	bool failed;	       /* why.text says how */
	bool silent;	       /* it has failed for lack of an answer */
	struct err why;
};

struct node_asker;

/* By the login of that program. The settings are copied. */
const struct err *node_asker_open(const struct db_settings *s,
    const char *program, const struct node *node, pthread_mutex_t *lock,
    pthread_cond_t *wake, struct node_asker **out);

/* Have its thread end, which may wait for an answer now; then wait for that,
 * and free it. Takes NULL. */
void node_asker_end(struct node_asker *a);
void node_asker_free(struct node_asker *a);

/* Ask the node, unless a question is on its way or its answer was not forgotten
 * yet. stay: keep the connection for the next question, for a while. */
void node_asker_ask(struct node_asker *a, bool stay);

/* Do not keep it any longer. */
void node_asker_rest(struct node_asker *a);

/* NULL: there was no question, or there is no answer yet. Valid until it is
 * forgotten. */
const struct node_answer *node_asker_answer(const struct node_asker *a);
void node_asker_forget(struct node_asker *a);

/* For how long a question has been on its way; -1: none is. */
int64_t node_asker_waits_ms(const struct node_asker *a);

#endif
