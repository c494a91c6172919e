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

/* Settings and figures of the server by their lower-case names, as texts:
 * those that SQL_SERVER_VALUES lists and this server has. */
struct server_values {
	const char **names, **values;
	size_t n;
};

/* The arena owns the texts. Every database user has the right to. */
const struct err *server_values_read(struct db *db, struct arena *a,
    struct server_values *out);

/* "" when the server has none of that name. */
const char *server_value(const struct server_values *v, const char *name);

/* How far the server's clock is ahead of our steady clock, in ms: to compare
 * the clocks of several servers. */
const struct err *server_ahead(struct db *db, int64_t *ms);

/* Read the settings; every database user has the right to. */
const struct err *server_look(struct db *db, struct arena *a,
    struct server_look *out);

#endif
