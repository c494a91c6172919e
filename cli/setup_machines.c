/* SPDX-License-Identifier: MIT */
/* A Galera cluster has programs on several machines: what they need there. */
#include "cli/setup_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

#include "db/migrate_lock.h"

/* A file once, though several programs may have the same. */
static void
add_file(struct json *list, const char *file)
{
	if (file == NULL)
		return;
	for (size_t i = 0; i < json_len(list); i++)
		if (strcmp(json_text(json_at(list, i), ""), file) == 0)
			return;
	json_add_text(list, file);
}

static void
list_files(struct setup *s)
{
	const struct settings *set = s->settings;

	add_file(s->copy, set->file);
	add_file(s->copy, set->secrets.key_file);
	add_file(s->copy, set->sendd.listen_key_file);
	add_file(s->copy, set->database.tls_ca);
	for (size_t i = 0; i < SETUP_PROGRAMS; i++) {
		char *file = conf_expand(set->database.password_file,
		    setup_programs[i]);

		add_file(s->copy, file);
		free(file);
	}
}

const struct err *
setup_machines(struct setup *s)
{
	const struct err *e = migrate_is_cluster(s->db, &s->cluster);

	if (e != NULL || !s->cluster)
		return e;
	list_files(s);
	if (s->settings->database.user_hosts == NULL &&
	    s->settings->database.socket != NULL)
		setup_warn(s, "the database users are let in from localhost "
		    "alone: programs on other machines need "
		    "database.user_hosts, such as \"localhost, 10.0.0.%%\", "
		    "and this command once more");
	return NULL;
}
