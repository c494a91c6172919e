/* SPDX-License-Identifier: MIT */
/* Metrics in Prometheus text (format 0.0.4), from values of the database and
 * of the responder. Pure. */
#ifndef FCGI_METRICS_H
#define FCGI_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"

#include "db/counter.h"
#include "db/credential_status.h"
#include "db/hold.h"
#include "db/outbox.h"
#include "db/shard.h"

#include "fcgi/load.h"

struct metrics {
	struct counter *counters;
	size_t n_counters;
	struct outbox_depth *depths;
	size_t n_depths;
	struct credential_status *healths; /* in order of app and platform */
	size_t n_healths;
	struct hold *holds;
	size_t n_holds;
	struct instance *instances;
	size_t n_instances;
	int64_t now_ms;	  /* time of day, for ages in the queue */
	int64_t lease_ms; /* a sendd silent for longer is down */
	const char *program; /* the responder; NULL: its clock is left out */
	int64_t ahead_ms;
	const struct load *load; /* of the responder; NULL: it has none */
	const char *counters_dir; /* [api] counters; NULL: none */
};

/* Append all metrics to into; temporary memory comes from a. */
void metrics_write(const struct metrics *m, struct arena *a,
    struct buf *into);

#endif
