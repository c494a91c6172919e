/* SPDX-License-Identifier: MIT */
/* This machine: its clock, and the disk of the database. */
#include "core/doctor_part.h"

#include <stdlib.h>
#include <sys/statvfs.h>

#include "lib/clock.h"

#include "db/server.h"

#define MB ((uint64_t)1 << 20)

/* A disk is short when less than both is free. */
static const struct shortage {
	enum finding_level level;
	unsigned percent;
	uint64_t bytes;
} shortages[] = {
	{FINDING_ERROR, 3, 1024 * MB},
	{FINDING_WARNING, 10, 10240 * MB},
	{FINDING_OK, 100, UINT64_MAX},
};

void
doctor_check_clock(struct doctor *d)
{
	int64_t ahead_ms = clock_ahead_ms();

	if (db_clock_is_far(ahead_ms))
		doctor_find(d, FINDING_ERROR, "Let both machines keep time: "
		    "timedatectl set-ntp true.", "the clock of this machine "
		    "is %llds %s the database's", llabs(ahead_ms) / 1000,
		    ahead_ms > 0 ? "ahead of" : "behind");
	else
		doctor_find(d, FINDING_OK, NULL, "as the database's");
}

enum finding_level
doctor_disk_level(uint64_t all, uint64_t free)
{
	const struct shortage *s = shortages;

	while (s->level != FINDING_OK &&
	    (free >= s->bytes || free >= all / 100 * s->percent))
		s++;
	return s->level;
}

/* Only a database on this machine has its disk here. */
void
doctor_check_disk(struct doctor *d)
{
	struct server_values v;
	const struct err *e = server_values_read(d->db, d->mem, &v);
	const char *dir = e == NULL ? server_value(&v, "datadir") : "";
	enum finding_level level;
	struct statvfs st;
	uint64_t all, free;

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	if (d->settings->database.socket == NULL || statvfs(dir, &st) != 0) {
		doctor_find(d, FINDING_OK, NULL, "not seen from here: the "
		    "database's %s", dir);
		return;
	}
	all = (uint64_t)st.f_blocks * st.f_frsize;
	free = (uint64_t)st.f_bavail * st.f_frsize;
	level = doctor_disk_level(all, free);
	doctor_find(d, level, level != FINDING_OK ? "Make room, or give the "
	    "database a larger disk: MariaDB takes no push when it is full."
	    : NULL, "%llu MB of %llu are free at %s",
	    (unsigned long long)(free / MB), (unsigned long long)(all / MB),
	    dir);
}
