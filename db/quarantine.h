/* SPDX-License-Identifier: MIT */
/* The devices in quarantine: how many, which, and back. */
#ifndef DB_QUARANTINE_H
#define DB_QUARANTINE_H

#include "db/device.h"

struct quarantine_count {
	const char *app_id, *platform; /* as registered */
	const char *reason;
	uint64_t devices;
};

/* Of each application, platform and reason; texts live during the call. */
typedef void quarantine_take(const struct quarantine_count *q, void *arg);
const struct err *quarantine_counts(struct db *db, quarantine_take *take,
    void *arg);

/* Devices in quarantine, those first that came last. app_id: of this
 * application (NULL: any); apps: of these only (a JSON array of names; NULL:
 * any). */
struct quarantine_page {
	const char *app_id, *apps;
	int64_t limit, offset;
};
const struct err *quarantine_list(struct db *db, struct arena *a,
    const struct quarantine_page *page, struct device **list, size_t *n);

/* Take one device of an application back. *n: 0, there is no such one in
 * quarantine, or what it has is not a token. */
const struct err *quarantine_restore(struct db *db, int64_t app,
    int64_t device, uint64_t *n);

#endif
