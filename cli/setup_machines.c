/* SPDX-License-Identifier: MIT */
/* A Galera cluster has programs on several machines: what they need there. */
#include "cli/setup_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"
#include "lib/secure_line.h"

#include "cli/secret.h"

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
setup_doorbell_key(struct setup *s)
{
	const char *path = s->settings->sendd.listen_key_file;
	struct secure_key *key = NULL;
	const struct err *e;

	if (path == NULL)
		return NULL;
	if (secret_exists(path)) {
		e = secure_key_read(path, &key);
		secure_key_free(key);
		setup_same(s, "doorbell key %s", path);
		return e;
	}
	if (!s->makes_doorbell_key) {
		setup_warn(s, "%s is missing: copy it from another machine, "
		    "or make it there by --doorbell-key", path);
		return NULL;
	}
	if ((e = secret_make(path, SETUP_GROUP)) == NULL)
		setup_did(s, "created doorbell key %s: the other machines "
		    "need the same file", path);
	return e;
}

const struct err *
setup_machines(struct setup *s)
{
	if (!s->cluster)
		return NULL;
	list_files(s);
	if (s->settings->database.user_hosts == NULL &&
	    s->settings->database.socket != NULL)
		setup_warn(s, "the database users are let in from localhost "
		    "alone: programs on other machines need "
		    "database.user_hosts, such as \"localhost, 10.0.0.%%\", "
		    "and this command once more");
	return NULL;
}
