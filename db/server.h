/* SPDX-License-Identifier: MIT */
/* The settings of the MariaDB server on which our durability depends. */
#ifndef DB_SERVER_H
#define DB_SERVER_H

#include "db/db.h"
#include "lib/arena.h"

#define SERVER_WARNINGS 2

struct server_look {
	bool cannot_log; /* its binlog_format forbids what our programs write */
	unsigned n;	 /* warnings: why what was accepted may be lost */
	const char *warnings[SERVER_WARNINGS]; /* sentences, in the arena */
};

/* Read them; any database user may. */
const struct err *server_look(struct db *db, struct arena *a,
    struct server_look *out);

#endif
