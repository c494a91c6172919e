/* SPDX-License-Identifier: MIT */
/*
 * The doctor: looks at everything that must be right for a push to arrive, and
 * says what is not, with its remedy. The command "outpost doctor" and the call
 * /admin/doctor run the same checks and say the same. Nothing is changed.
 */
#ifndef CORE_DOCTOR_H
#define CORE_DOCTOR_H

#include <stdatomic.h>

#include "lib/arena.h"
#include "lib/json.h"

#include "db/db.h"

#include "core/settings.h"

enum finding_level {
	FINDING_OK,
	FINDING_NOTE,	 /* it is so, and may be meant so */
	FINDING_WARNING, /* it works, but not for long, or not in any case */
	FINDING_ERROR,	 /* pushes are lost, late, or refused */
	FINDING__COUNT
};

struct finding {
	struct finding *next;
	enum finding_level level;
	const char *check;  /* its row in the table of checks: "database" */
	const char *seen;
	const char *remedy; /* one sentence; NULL: nothing is to be done */
};

#define DOCTOR_FINDINGS 20 /* of a check; more are only counted */

struct doctor {
	/* given */
	struct arena *mem; /* owns the texts of findings */
	const struct settings *settings;
	const char *program; /* whose user db is: "cli", "admin" */
	struct db *db;	     /* NULL: not reached, because of: */
	enum db_refusal refusal;
	const char *refused; /* the sentence of db_open */
	bool is_call;	     /* it runs for a call of the API, ... */
	bool is_authorized;  /* ... which has an Authorization header */
	bool offline;	     /* ask no sendd for the network */
	const atomic_bool *stop; /* give up waiting; NULL: never */
	const char *url; /* of the API; NULL: of the settings, or a guess */

	/* found, in the order of the table */
	const char *check; /* that runs now */
	size_t n;	   /* its findings */
	struct finding *first, *last;
};

/* Run all checks. Takes some seconds when something does not answer. */
void doctor_look(struct doctor *d);

/* The worst level of all findings. */
enum finding_level doctor_worst(const struct doctor *d);

/* "ok", "note", "warning", "error" */
const char *finding_level_name(enum finding_level level);

/* The findings as members of j: worst, findings. */
void doctor_write(const struct doctor *d, struct json *j);

#endif
