/* SPDX-License-Identifier: MIT */
/*
 * The audit trail: who changed what, when. A row is written in the
 * transaction of the change it tells of, or before a change that takes many
 * transactions; it holds no secret. Nobody of ours can change or delete one.
 */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db/db.h"
#include "lib/arena.h"
#include "lib/json.h"

#define AUDIT_WHO_MAX 64
#define AUDIT_OBJECT_MAX 255

struct audit {
	uint64_t id;   /* when read */
	int64_t at_ms; /* when read */
	const char *who;    /* NULL: everyone is let in */
	const char *source; /* address of the caller; NULL: the command */
	const char *action; /* "app.create" */
	const char *object; /* which; may be NULL */
	const char *detail; /* JSON; may be NULL */
	const char *call;   /* id in the log; NULL: the command */
};

/* Write one. Its object and who may be of any length: they are cut. */
const struct err *audit_add(struct db *db, const struct audit *a);

struct audit_page {
	const char *who, *action, *object; /* NULL: any */
	int64_t since_ms;		   /* 0: all */
	int64_t offset, limit;
};

/* Newest first; texts are the arena's. */
const struct err *audit_list(struct db *db, struct arena *a,
    const struct audit_page *page, struct audit **list, size_t *n);

/* One as JSON, as the API and the command tell it; times in ISO 8601. */
void audit_json(struct arena *a, const struct audit *row, struct json *into);

#endif
