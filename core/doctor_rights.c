/* SPDX-License-Identifier: MIT */
/* Has each program's database user the rights that setup grants? */
#include "core/doctor_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

#include "db/rights_look.h"

static const char *const programs[] = {
    "push", "inbox", "admin", "sendd", "cli", "maintain"};

static void
look_at_rights(struct doctor *d, struct db *db, const char *program,
    const char *user)
{
	struct rights_missing m;
	const struct err *e = rights_look(db, d->mem, program, &m);

	if (e != NULL)
		doctor_unanswered(d, e);
	else if (m.n > 0)
		doctor_find(d, FINDING_ERROR, "Run \"outpost setup\", which "
		    "gives every user its rights.", "MariaDB user %s lacks "
		    "%zu rights, the first is %s", user, m.n, m.first);
	else
		doctor_find(d, FINDING_OK, NULL, "MariaDB user %s has its "
		    "rights", user);
}

/* Only root reads the password of every program. */
static void
look_as(struct doctor *d, const char *program, const char *user)
{
	struct db *db = NULL;
	enum db_refusal why;
	const struct err *e = db_try(&d->settings->database, program, DB_LONG,
	    &db, &why);

	if (e == NULL)
		look_at_rights(d, db, program, user);
	else if (d->settings->database.password_file == NULL ||
	    why == DB_NO_PASSWORD)
		doctor_find(d, FINDING_NOTE, "Run the doctor as root to see "
		    "the rights of every user.", "MariaDB user %s was not "
		    "looked at: %s", user, e->text);
	else
		doctor_find(d, FINDING_ERROR, "Put the password of this "
		    "MariaDB user into its file, or remove the file and run "
		    "\"outpost setup\", which makes a new one.", "%s",
		    e->text);
	db_close(db);
}

void
doctor_check_rights(struct doctor *d)
{
	for (size_t i = 0; i < nitems(programs); i++) {
		char *user = conf_expand(d->settings->database.user,
		    programs[i]);

		if (strcmp(d->program, programs[i]) == 0)
			look_at_rights(d, d->db, programs[i], user);
		else if (strcmp(d->program, "cli") == 0)
			look_as(d, programs[i], user);
		free(user);
	}
}
