/* SPDX-License-Identifier: MIT */
/* The check of -n that the files named in the settings exist. Their content is
 * checked when it is used. */
#include "core/settings_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

struct named {
	const char *key, *path; /* NULL: none is named */
	const char *programs;	/* the programs that use it; NULL: all */
};

static bool
is_of(const struct named *f, const char *program)
{
	return f->path != NULL &&
	    (f->programs == NULL || strstr(f->programs, program) != NULL);
}

/* The user who runs -n may not be the user of the program: a file that this
 * user may not read is no error. */
static const struct err *
look(const struct named *f, const char *conf, FILE *notes)
{
	if (access(f->path, R_OK) == 0)
		return NULL;
	if (errno != EACCES)
		return err_new(ERR_INVALID, "%s: %s %s: %s", conf, f->key,
		    f->path, errno_text(errno));
	(void)fprintf(notes, "%s: warning: %s %s cannot be read by this user; "
	    "the program's must\n", conf, f->key, f->path);
	return NULL;
}

static const struct err *
look_provider(const char *section, const struct provider_settings *s,
    const char *conf, const char *program, FILE *notes)
{
	const struct {
		const char *key, *path;
	} files[] = {{"ca_file", s->ca_file},
	    {"proxy_password_file", s->proxy_password_file}};
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < nitems(files); i++) {
		char key[64];
		struct named f = {key, files[i].path, "sendd"};

		(void)snprintf(key, sizeof key, "%s.%s", section,
		    files[i].key);
		if (is_of(&f, program))
			e = look(&f, conf, notes);
	}
	return e;
}

const struct err *
settings_files(const char *conf, const struct settings *s,
    const char *program, FILE *notes)
{
	char *password = conf_expand(s->database.password_file, program);
	bool tcp = s->database.socket == NULL, rest = s->powerauth.url != NULL;
	const struct named all[] = {
	    {"database.password_file", password, NULL},
	    {"database.tls_ca", tcp ? s->database.tls_ca : NULL, NULL},
	    {"secrets.key_file", s->secrets.key_file, "admin sendd"},
	    {"powerauth.client_secret_file",
		rest ? s->powerauth.client_secret_file : NULL, "push"},
	    {"powerauth.ca_file", rest ? s->powerauth.ca_file : NULL, "push"}};
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < nitems(all); i++)
		if (is_of(&all[i], program))
			e = look(&all[i], conf, notes);
	for (int p = 0; e == NULL && p < PLATFORM__COUNT; p++)
		e = look_provider(providers[p]->name, &s->provider[p], conf,
		    program, notes);
	free(password);
	return e;
}
