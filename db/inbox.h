/* SPDX-License-Identifier: MIT */
/* The inbox: messages that users read when they want to, each shown in one
 * or more applications. */
#ifndef DB_INBOX_H
#define DB_INBOX_H

#include "db/db.h"
#include "lib/arena.h"
#include "lib/id.h"

struct inbox_message {
	char id[40]; /* a UUID */
	const char *user_id;
	const char *type; /* "text", "html" */
	const char *subject, *summary;
	const char *body; /* not in lists */
	bool read;
	int64_t created_ms, read_ms;	  /* read_ms 0: not read */
	const char **apps; /* names, in order; not in lists */
	size_t n_apps;
};

struct inbox_app {
	int64_t id;
	const char *name;
};

/* The applications with these names, in order of the names, each once; fewer
 * than n when a name is unknown or occurs twice. */
const struct err *inbox_apps(struct db *db, struct arena *a,
    const char *const *names, size_t n, struct inbox_app **apps,
    size_t *found);

/* Add a message; fills m->id and created_ms. key, request: of its
 * Idempotency-Key, as in struct outbox_send, or NULL; ERR_DUPLICATE when the
 * key is stored already. */
const struct err *inbox_add(struct db *db, struct inbox_message *m,
    const struct inbox_app *apps, size_t n, const char *key,
    const char *request);

/* The message that was added with a key, which has the number of its row.
 * ERR_MISSING: it was deleted since. */
const struct err *inbox_by_row(struct db *db, struct arena *a, uint64_t row,
    struct inbox_message *m);

struct inbox_page {
	const char *user_id;
	const char *app; /* shown in this application; NULL: ... */
	const struct inbox_app *apps; /* ... in at least one of these */
	size_t n_apps;
	bool unread; /* only unread messages */
	int64_t limit, offset;
};

/* A page of a user's messages, newest first, each once. ERR_MISSING: there is
 * no application that is named so. */
const struct err *inbox_list(struct db *db, struct arena *a,
    const struct inbox_page *page, struct inbox_message **list, size_t *n);

/* The number of unread messages. ERR_MISSING: no such application. */
const struct err *inbox_count(struct db *db, const char *user_id,
    const char *app_id, uint64_t *n);

/* Read a message; user_id NULL: of any user. ERR_MISSING when there is no such
 * message, or it belongs to another user. */
const struct err *inbox_by_id(struct db *db, struct arena *a, const char *id,
    const char *user_id, struct inbox_message *m);

/* Mark a message, or all of a user, as read. It is no error when a message is
 * read already or does not exist. */
const struct err *inbox_read(struct db *db, const char *id,
    const char *user_id);
const struct err *inbox_read_all(struct db *db, const char *user_id,
    int64_t app);

struct inbox_deletion {
	const char *id;
	const char *user_id; /* NULL: of any user */
	const char *apps;    /* JSON array of names; NULL: all */
};

/* Take a message out of these applications, and delete it when none is left.
 * *existed: it was in one of them. */
const struct err *inbox_delete(struct db *db, const struct inbox_deletion *d,
    bool *existed);

/* The same in the transaction of the caller. */
const struct err *inbox_delete_now(struct db *db,
    const struct inbox_deletion *d, bool *existed);

#endif
