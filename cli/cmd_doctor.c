/* SPDX-License-Identifier: MIT */
/* outpost doctor: what is wrong on this host, and what to do about it. The
 * checks are in core/doctor_*.c; the administrative call runs the same. */
#include "cli/doctor.h"

#include <string.h>

#include "lib/text.h"

#include "core/doctor.h"

#include "cli/table.h"

static const struct cli_option options[] = {
	{"quiet", NULL, "leave out what is good"},
	{"offline", NULL, "do not let sendd try the providers"},
	{"url", "URL", "where callers reach the API (else [api] url)"},
	{NULL}};

/* Exit statuses, those of monitoring plugins. */
static const int statuses[FINDING__COUNT] = {
    [FINDING_OK] = 0, [FINDING_NOTE] = 0, [FINDING_WARNING] = 1,
    [FINDING_ERROR] = 2};

static void
print_findings(const struct doctor *d, bool quiet)
{
	static const struct table_column columns[] = {{"LEVEL"}, {"CHECK"},
	    {"SEEN"}, {"REMEDY"}, {NULL}};
	struct table *t = table_new(d->mem, columns);

	for (const struct finding *f = d->first; f != NULL; f = f->next) {
		if (quiet && f->level == FINDING_OK)
			continue;
		table_put(t, finding_level_name(f->level));
		table_put(t, f->check);
		table_put(t, f->seen);
		table_put(t, f->remedy);
	}
	table_print(t, "all is well");
}

/* Run all checks. url: of the API; NULL: as the settings have it. */
static int
examine(struct cli *c, const char *url, bool offline, bool quiet,
    struct json *into)
{
	struct doctor d = {.mem = c->mem, .settings = &c->settings,
	    .program = "cli", .url = url, .offline = offline};
	const struct err *e = db_try(&c->settings.database, "cli", DB_LONG,
	    &d.db, &d.refusal);

	if (e != NULL)
		d.refused = arena_fmt(c->mem, "%s", e->text);
	doctor_look(&d);
	db_close(d.db);
	if (into != NULL)
		doctor_write(&d, into);
	else
		print_findings(&d, quiet);
	return statuses[doctor_worst(&d)];
}

int
cli_doctor(struct cli *c, bool quiet, struct json *into)
{
	return examine(c, NULL, false, quiet, into);
}

static const struct err *
run_doctor(struct cli *c)
{
	struct json *j = c->json ? json_new_object(c->mem) : NULL;
	const char *url = cli_value(c, "url");

	if (url != NULL && (strchr(url, '@') != NULL ||
		(!text_starts(url, "http://") && !text_starts(url,
		    "https://"))))
		return cli_misused(c, "--url must begin with https:// or "
		    "http:// and have no password in it");
	c->outcome = examine(c, url, cli_flag(c, "offline"),
	    cli_flag(c, "quiet"), j);
	if (j != NULL)
		cli_print(j);
	return NULL;
}

const struct command doctor_commands[] = {
	{"doctor", NULL, {NULL},
	    "find what is wrong here, and say what to do about it", options,
	    run_doctor, NEEDS_SETTINGS},
	{NULL}};
