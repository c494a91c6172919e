/* SPDX-License-Identifier: MIT */
/*
 * The audit trail: who changed what, when. A row is written in the
 * transaction of the change that it records, or before a change that takes
 * many transactions. It contains no secret. None of our database users may
 * change a row; only outpost maintain may delete rows (db/purge.h).
 */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db/db.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"

#define AUDIT_WHO_MAX 64
#define AUDIT_OBJECT_MAX 255

struct audit {
	uint64_t id;   /* when read */
	int64_t at_ms; /* when read */
	const char *who;    /* NULL: the API is open to everyone */
	const char *source; /* address of the caller; NULL: the command */
	const char *action; /* "app.create" */
	const char *object; /* the changed object; may be NULL */
	const char *detail; /* JSON; may be NULL */
	const char *call;   /* id in the log; NULL: the command */
};

/* Write a row. who, source and object are cut to the width of their columns. */
const struct err *audit_add(struct db *db, const struct audit *a);

struct audit_page {
	const char *who, *action, *object; /* NULL: any */
	const char *person; /* NULL: any, or as core/person_name.h names one */
	int64_t since_ms;		   /* 0: all */
	int64_t offset, limit;
};

/* How many rows have the user as it is. Releases before 0.2 have written such
 * rows; nobody may change them. */
const struct err *audit_plain(struct db *db, const char *user_id, uint64_t *n);

/* The sealed key under which users are named in the trail, appended to box;
 * nothing, while there is none. */
const struct err *audit_key(struct db *db, struct buf *box);

/* Store it, unless there is one. */
const struct err *audit_key_add(struct db *db, const void *box, size_t len);

/* Rows that match the filter, newest first; the arena owns the texts. */
const struct err *audit_list(struct db *db, struct arena *a,
    const struct audit_page *page, struct audit **list, size_t *n);

/* A row as JSON, for the API and the command; times in ISO 8601. */
void audit_json(struct arena *a, const struct audit *row, struct json *into);

#endif
