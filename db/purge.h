/* SPDX-License-Identifier: MIT */
/*
 * The age rules: which rows of each table are removed, after which time, by
 * whom. A table that no rule removes anything from has a rule that says why.
 * Rows go in portions, each in a short transaction of its own, behind a key or
 * a time that is kept from portion to portion: nothing is read twice, and who
 * is killed has lost nothing.
 */
#ifndef DB_PURGE_H
#define DB_PURGE_H

#include "db/db.h"

#define PURGE_RULES 35
#define PURGE_KEY 160 /* bytes of a key that is text */

enum purge_by {
	PURGE_NOBODY,
	PURGE_MAINTAIN, /* outpost maintain */
	PURGE_BOTH	/* sendd too */
};

enum purge_kind {
	PURGE_BY_TIME,	/* by the index of their time, the oldest first */
	PURGE_BY_KEY,	/* a walk over the table by its key, a number */
	PURGE_BY_TEXT,	/* likewise, a text */
	PURGE_BY_OWNER	/* the rows of an owner that does not exist */
};

struct purge_rule {
	const char *table;
	enum purge_by by;
	const char *rows;    /* which, as the manual has it; of nobody: why */
	const char *setting; /* its name; NULL: a fixed age */
	int64_t age_ms;	     /* the fixed one; 0: at once */
	bool zero_is_all; /* setting 0: all rows; else it switches the rule
			     off */
	int64_t report_ms; /* 0, or: while it is off, count those as old */
	bool told;	   /* leaves a row in the audit trail */
	bool exported;	   /* is written to a file before, if one is named */
	enum purge_kind kind;
	enum sql_id find, remove;
};

/* In the order in which they are applied. */
extern const struct purge_rule purge_rules[PURGE_RULES];

/* Where the application of a rule is; begins as {.rule, .age_ms}. */
struct purge {
	const struct purge_rule *rule;
	int64_t age_ms;
	uint64_t rows; /* removed, or counted, so far */
	bool over;
	/* behind which key, or from which time, to continue */
	int64_t from_ms;
	uint64_t number;
	char text[PURGE_KEY];
};

/* What else belongs to the transaction that removes rows. */
struct purge_hooks {
	/* a transaction begins; also one that repeats another */
	void (*begin)(void *arg);
	/* each removed row of a rule by time, with the columns that its
	 * statement returns */
	const struct err *(*row)(const struct rows *r, const struct purge *p,
	    void *arg);
	/* before the COMMIT, when rows were removed */
	const struct err *(*removed)(struct db *db, const struct purge *p,
	    void *arg);
	void *arg;
};

/* Remove the next portion. hooks NULL: nothing else belongs to it. */
const struct err *purge_step(struct db *db, struct purge *p,
    const struct purge_hooks *hooks);

/* Count what would be removed, in the next portion. */
const struct err *purge_count(struct db *db, struct purge *p);

#endif
