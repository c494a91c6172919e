/* SPDX-License-Identifier: MIT */
#include "db/person.h"

#define STATEMENTS 2 /* that remove rows of a part */

struct person_statements {
	const char *name;
	enum sql_id read, remove[STATEMENTS];
	unsigned n_remove;
};

static const struct person_statements parts[PERSON_PARTS] = {
    [PERSON_DEVICES] = {"devices", SQL_PERSON_DEVICES,
	{SQL_PERSON_DEVICES_REMOVE}, 1},
    [PERSON_ACTIVATIONS] = {"activations", SQL_PERSON_ACTIVATIONS,
	{SQL_PERSON_ACTIVATIONS_REMOVE, SQL_PERSON_ACTIVATIONS_CLEAR}, 2},
    [PERSON_WAITING] = {"waiting", SQL_PERSON_WAITING, {0}, 0},
    [PERSON_HISTORY] = {"history", SQL_PERSON_HISTORY,
	{SQL_PERSON_HISTORY_REMOVE}, 1},
    [PERSON_MESSAGES] = {"messages", SQL_PERSON_MESSAGES,
	{SQL_PERSON_MESSAGES_REMOVE}, 1},
    [PERSON_CAMPAIGNS] = {"campaigns", SQL_PERSON_CAMPAIGNS,
	{SQL_PERSON_CAMPAIGNS_REMOVE}, 1},
    [PERSON_INBOX] = {"inbox", SQL_PERSON_INBOX,
	{SQL_PERSON_INBOX_REMOVE}, 1},
};

const char *
person_part_name(enum person_part part)
{
	return parts[part].name;
}

const struct err *
person_count(struct db *db, const char *user_id, uint64_t n[PERSON_PARTS])
{
	struct value u = v_text(user_id);
	struct rows *r;
	const struct err *e = db_query(db, SQL_PERSON_COUNTS,
	    VALUES(u, u, u, u, u, u, u, u), &r);

	if (e != NULL)
		return e;
	(void)db_next(r);
	for (unsigned i = 0; i < PERSON_PARTS; i++)
		n[i] = db_u64(r, i);
	db_done(r);
	return NULL;
}

const struct err *
person_read(struct db *db, enum person_part part, const char *user_id,
    int64_t limit, int64_t offset, person_take *take, void *arg, uint64_t *n)
{
	struct value u = v_text(user_id);
	struct rows *r;
	const struct err *e = part == PERSON_WAITING
	    ? db_query(db, parts[part].read,
		  VALUES(u, u, v_i64(limit), v_i64(offset)), &r)
	    : db_query(db, parts[part].read,
		  VALUES(u, v_i64(limit), v_i64(offset)), &r);

	if (e != NULL)
		return e;
	for (*n = 0; db_next(r); ++*n)
		take(r, arg);
	db_done(r);
	return NULL;
}

const struct err *
person_stop(struct db *db, const char *user_id)
{
	return db_exec(db, SQL_PERSON_STOP, VALUES(v_text(user_id)));
}

const struct err *
person_remove(struct db *db, enum person_part part, const char *user_id,
    uint64_t *n)
{
	const struct err *e = NULL;

	*n = 0;
	for (unsigned i = 0; e == NULL && *n == 0 && i < parts[part].n_remove;
	     i++)
		if ((e = db_exec(db, parts[part].remove[i],
			 VALUES(v_text(user_id)))) == NULL)
			*n = db_affected(db);
	return e;
}
