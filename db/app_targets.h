/* SPDX-License-Identifier: MIT */
/*
 * What a message needs to know first, in one round trip: its application, and
 * the devices of its user in it. Those of many messages are read together.
 */
#ifndef DB_APP_TARGETS_H
#define DB_APP_TARGETS_H

#include "db/application.h"
#include "db/device_targets.h"

struct app_targets {
	const char *app_id, *user_id; /* by which names; user NULL: nobody */
	struct arena *mem;	      /* owns what is found */
	/* out: */
	bool found; /* there is such an application */
	struct application app;
	struct device_user user; /* his devices, ordered by id */
	/* There are more than DEVICE_TARGETS_MAX devices in all: nothing is
	 * found, and must be read alone (application.h, device_targets.h). */
	bool more;
};

/* Look all of them up, n > 0, each into its own arena. */
const struct err *app_targets_read(struct db *db,
    struct app_targets *const *list, size_t n);

#endif
