/* SPDX-License-Identifier: MIT */
/* The id of an application by its name, and the name by the id: what the
 * connection has kept of them (db/kept.h), or what the database says. */
#ifndef DB_APP_NAME_H
#define DB_APP_NAME_H

#include "db/db.h"
#include "lib/arena.h"

/* ERR_MISSING: there is no such application. */
const struct err *app_id_by_name(struct db *db, const char *name, int64_t *id);

/* The same from the database, for when nothing was found by *id: the
 * application may have been removed, and another one made with its name.
 * *changed: it has another id. */
const struct err *app_id_again(struct db *db, const char *name, int64_t *id,
    bool *changed);

/* *name is copied into the arena; NULL: there is no such application. */
const struct err *app_name_by_id(struct db *db, struct arena *a, int64_t id,
    const char **name);

/* For the rows behind the current one of a list too, whose column has the id:
 * all names that are not kept cost one statement. */
const struct err *app_name_of_row(struct db *db, struct arena *a,
    struct rows *r, unsigned column, const char **name);

#endif
