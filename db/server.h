/* SPDX-License-Identifier: MIT */
/* The settings of the MariaDB server by which our promises stand or fall. */
#ifndef DB_SERVER_H
#define DB_SERVER_H

#include "db/db.h"
#include "lib/arena.h"

#define SERVER_WARNINGS 2

struct server_look {
	bool cannot_log; /* what our programs write, by its binlog_format */
	unsigned n;	 /* warnings: why what was accepted may be lost */
	const char *warnings[SERVER_WARNINGS]; /* sentences, in the arena */
};

/* As they are now. It takes no right. */
const struct err *server_look(struct db *db, struct arena *a,
    struct server_look *out);

#endif
