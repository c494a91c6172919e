/* SPDX-License-Identifier: MIT */
/* What callers have halted: the runs that are held back and the sends that are
 * cancelled are read together, about once a second, by a task. */
#ifndef SENDD_HALTED_H
#define SENDD_HALTED_H

#include "sendd/cancelled.h"
#include "sendd/db_tasks.h"
#include "sendd/run_paces.h"
#include "sendd/shards.h"

struct halted {
	struct db_task task;
	struct db_tasks *tasks;
	const struct shards *shards;
	struct run_paces *runs;
	struct cancelled_sends *cancelled;
	bool reading;
	/* of the task */
	bool catches_up; /* the node may be behind */
	struct cancelled_sends fresh;
	struct err why; /* the runs could not be read */
	bool runs_read, cancelled_read;
	int64_t due_ms; /* monotonic */
	bool catch_up;	/* catches_up of the next reading */
};

/* Have them read, when that is due. */
void halted_tick(struct halted *h);

/* When that is: monotonic, in ms. */
int64_t halted_due_ms(const struct halted *h);

#endif
