/* SPDX-License-Identifier: MIT */
/* The settings of the MariaDB server on which our durability depends. */
#ifndef DB_SERVER_H
#define DB_SERVER_H

#include "db/db.h"
#include "lib/arena.h"

#define SERVER_WARNINGS 2

struct server_look {
	bool cannot_log; /* its binlog_format makes our statements fail */
	unsigned n;	 /* warnings: settings that may lose accepted data */
	const char *warnings[SERVER_WARNINGS]; /* sentences, in the arena */
};

/* Read the settings; every database user has the right to. */
const struct err *server_look(struct db *db, struct arena *a,
    struct server_look *out);

#endif
