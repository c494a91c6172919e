/* SPDX-License-Identifier: MIT */
/*
 * Jobs of several threads that are done together, because together they cost
 * less: calls that come while a transaction is under way share the next one.
 * A job that finds none under way leads, and those that come meanwhile gather;
 * the first of them leads next: its thread runs the function for all that have
 * gathered. If the latest group was larger, and is not long ago, it waits a
 * little for as many; so a single caller never waits for company, and many do
 * not come in small groups. No thread is kept for it, and nothing is copied: a
 * job lies where its caller has it.
 *
 *   struct thing {
 *           struct combine_job job;   first
 *           ...			what to do, and the outcome
 *   };
 *   static void
 *   run(struct combine_job *first, void *leader)
 *   {
 *           for each j = first; j != NULL; j = j->next
 *                   do (struct thing *)j with what the leader has
 *   }
 *   struct thing t = {...};
 *   combine_do(c, &t.job, run, db);	from then on t has its outcome
 *
 * Errors are of a thread (lib/err.h): the function copies one into the job, and
 * its caller makes it anew. What fails together should be tried again by each
 * caller alone, so that nobody gets the error of another.
 */
#ifndef LIB_COMBINE_H
#define LIB_COMBINE_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct combine;

enum combine_state {
	COMBINE_GATHERS, COMBINE_TAKEN, COMBINE_LEADS, COMBINE_DONE
};

/* Its caller sets nothing. */
struct combine_job {
	struct combine_job *next; /* for the function: the next of its list */
	atomic_int state;	  /* enum combine_state */
	sem_t turn;
};

/* Do the jobs of the list, in the order of their coming; leader is what the
 * caller gave whose thread this is. Those in the list wait meanwhile. */
typedef void combine_fn(struct combine_job *first, void *leader);

/* At most max jobs are done together. A job that has gathered for patience_ms
 * waits no longer for what is under way: it leads, with those that have
 * gathered, and whoever comes later waits for that one, if at all. So a
 * connection that hangs keeps those that gather once, and nobody after them.
 * company_us: so long a leader waits for as many as came last; 0: it does not
 * wait. */
struct combine *combine_new(size_t max, int64_t patience_ms,
    int64_t company_us);
void combine_free(struct combine *c); /* takes NULL; no job is in it */

/* How many jobs gather now. */
size_t combine_gathered(struct combine *c);

/* Have the job done, by this thread or by another. The function must be the
 * same for all jobs. */
void combine_do(struct combine *c, struct combine_job *job, combine_fn *run,
    void *leader);

#endif
