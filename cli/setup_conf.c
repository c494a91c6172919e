/* SPDX-License-Identifier: MIT */
/* Answers that are settings go to the settings file, for all programs. */
#include "cli/setup_part.h"

#include <string.h>

#include "lib/conf_edit.h"
#include "lib/mem.h"

#define CHANGES 12

static const char *
text_of(const char *setting)
{
	return setting != NULL ? setting : "";
}

/* The settings that differ from those of the file. */
static size_t
compare(struct setup *s, const struct settings *file,
    struct conf_change changes[CHANGES])
{
	const struct settings *now = s->settings;
	bool levels = file->log.level != now->log.level;
	const struct {
		const char *section, *key, *before, *now;
	} rows[CHANGES] = {
	    {"database", "socket", file->database.socket,
		now->database.socket},
	    {"database", "host", file->database.host, now->database.host},
	    {"database", "port",
		arena_fmt(s->c->mem, "%lld", (long long)file->database.port),
		arena_fmt(s->c->mem, "%lld", (long long)now->database.port)},
	    {"database", "name", file->database.name, now->database.name},
	    {"database", "user", file->database.user, now->database.user},
	    {"database", "password_file", file->database.password_file,
		now->database.password_file},
	    {"api", "counters", file->api.counters, now->api.counters},
	    {"api", "deliver", file->api.deliver == now->api.deliver ? "auto" :
		"daemon", "auto"}, /* only setup --single-user changes them */
	    {"sendd", "doorbell", file->sendd.doorbell, now->sendd.doorbell},
	    {"sendd", "listen_key_file", file->sendd.listen_key_file,
		now->sendd.listen_key_file},
	    {"secrets", "key_file", file->secrets.key_file,
		now->secrets.key_file},
	    {"log", "level", levels ? "" : "warning", "warning"}};
	size_t n = 0;

	for (size_t i = 0; i < CHANGES; i++)
		if (strcmp(text_of(rows[i].before), text_of(rows[i].now)) != 0)
			changes[n++] = (struct conf_change){rows[i].section,
			    rows[i].key, text_of(rows[i].now)};
	return n;
}

const struct err *
setup_conf(struct setup *s)
{
	const char *path = settings_path(s->c->conf);
	struct conf_change changes[CHANGES];
	const struct err *e;
	struct settings file;
	size_t n;

	if ((e = settings_load(path, &file)) == NULL) {
		n = compare(s, &file, changes);
		if (n > 0)
			e = conf_edit(path, changes, n);
		for (size_t i = 0; e == NULL && i < n; i++)
			setup_did(s, "set %s.%s in %s", changes[i].section,
			    changes[i].key, path);
	}
	settings_done(&file);
	return e;
}
