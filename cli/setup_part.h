/* SPDX-License-Identifier: MIT */
/* The shared part of the steps of "outpost setup". First it finds out what it
 * needs to know, and changes nothing. Then each step looks first, adds what is
 * missing, and reports whether it changed something. */
#ifndef CLI_SETUP_PART_H
#define CLI_SETUP_PART_H

#include "db/migrate.h"

#include "cli/cli.h"

/* %p of the settings; the system's user of a program is "outpost-" and it. */
#define SETUP_PROGRAMS 6
extern const char *const setup_programs[SETUP_PROGRAMS];

#define SETUP_GROUP "outpost" /* its members may read the key file */

struct setup {
	struct cli *c;
	const struct settings *settings; /* with the answers */
	struct db *db; /* as administrator */
	struct schema schema;
	bool cluster;	 /* several machines: see setup_machines */
	bool makes_doorbell_key; /* it was named by a flag or a person */
	struct json *copy; /* then: the files that each of them needs */
	bool has_lock;	 /* against another setup */
	bool has_tables; /* tables of our version, in use */
	struct json *done, *unchanged, *warnings; /* arrays of sentences */

	/* questions, and their answers */
	bool asks;	/* somebody is there to answer */
	bool has_asked; /* a question already */
	bool ran_here;	/* setup has run on this machine before */
	bool single; /* --single-user: one database, one user */
	const char *admin;	 /* MariaDB's administrator; the one user */
	const char *password;	 /* his, if it is known; NULL: none */
	const char *web_user;	 /* NULL: none */
	const char *integration; /* NULL: none */
	const char *roles;	 /* of the integration */
};

/* Report a step; text is printed at once, because some steps take long. */
void setup_did(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void setup_same(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void setup_warn(struct setup *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- questions -------------------------------------------------------- */

/* What setup needs to know. A flag answers it; else a person who is asked; else
 * the default does. */
struct setup_question {
	const char *flags[2]; /* each gives the answer; NULL: none does */
	const char *text;
	bool is_secret; /* what is typed is not shown */
	bool (*applies)(const struct setup *s); /* NULL: always */
	/* Is the default right, and nobody to be asked? NULL: never. */
	bool (*is_known)(const struct setup *s);
	/* The answer of who only presses Enter; NULL, or no function: none. */
	const char *(*standard)(const struct setup *s);
	/* Check the answer and keep it. Changes nothing but *s. */
	const struct err *(*take)(struct setup *s, const char *answer);
};

/* Answer these questions, in their order. After a wrong answer of a person its
 * error is told and the question asked again. ERR_INVALID: the input ended. */
const struct err *setup_answer(struct setup *s,
    const struct setup_question *questions, size_t n);

/* Who lets setup into MariaDB: s->db is connected as administrator. */
const struct err *setup_reach(struct setup *s);
/* All else that is to be known, when s->schema is. */
const struct err *setup_ask(struct setup *s);

/* With --single-user, before setup_reach: which database, which user; and where
 * everything is, in the settings. */
const struct err *setup_single_ask(struct setup *s);

/* --- steps ------------------------------------------------------------ */

const struct err *setup_conf(struct setup *s);
const struct err *setup_key_file(struct setup *s);
/* The key of the doorbell over machines, if the settings have a file for it. */
const struct err *setup_doorbell_key(struct setup *s);
const struct err *setup_tables(struct setup *s);
const struct err *setup_seal(struct setup *s);
const struct err *setup_users(struct setup *s);
const struct err *setup_rights(struct setup *s);
const struct err *setup_integration(struct setup *s);
/* On a cluster: what else it takes before programs of other machines work. */
const struct err *setup_machines(struct setup *s);
/* With --single-user: the password file; whether the database may be used, as
 * setup_tables asks; what is lost by it. */
const struct err *setup_single_password(struct setup *s);
const struct err *setup_single_database(struct setup *s);
const struct err *setup_single_warn(struct setup *s);
/* For s->web_user, without which both do nothing; the check changes nothing. */
const struct err *setup_web_check(struct setup *s);
const struct err *setup_web_user(struct setup *s);

#endif
