/* SPDX-License-Identifier: MIT */
/*
 * Tables of another database, read from the first row to the last as if each
 * were a CSV file: for those who move in. Nothing is ever written there.
 */
#ifndef DB_DB_FOREIGN_H
#define DB_DB_FOREIGN_H

#include "lib/csv.h"

/* How to log in there; NULL and 0: the default of MariaDB's programs. */
struct foreign_login {
	const char *socket, *host, *user, *password, *database;
	unsigned port;
};

struct foreign; /* a connection */

/* Connect. All tables are then read as of this moment. ERR_BUSY: there is no
 * such server, user or database. */
const struct err *foreign_open(const struct foreign_login *l,
    struct foreign **f);
void foreign_close(struct foreign *f); /* takes NULL */

/* Read a table or a view, from its first row on. *names: those of its columns,
 * valid until the next call of this function. ERR_MISSING: there is no such
 * table; ERR_TOOBIG: it has too many columns. */
const struct err *foreign_table(struct foreign *f, const char *table,
    const struct csv_row **names);

/* The next row, valid until the next call, "" for NULL; its line is its number,
 * from 1. *row NULL: there is no more. ERR_INVALID: a cell is no text. */
const struct err *foreign_next(struct foreign *f, const struct csv_row **row);

/* How far the reading is, in per cent. */
unsigned foreign_percent(const struct foreign *f);

#endif
