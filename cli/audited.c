/* SPDX-License-Identifier: MIT */
/* Commands that change something leave a row in the audit trail. */
#include "cli/cli.h"

#include <pwd.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/audit.h"

static const char *
user_name(struct cli *c)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the command has one thread */
	const struct passwd *p = getpwuid(getuid());

	return p != NULL ? arena_fmt(c->mem, "%s", p->pw_name)
			 : arena_fmt(c->mem, "%u", (unsigned)getuid());
}

const char *
cli_who(struct cli *c)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the command has one thread */
	const char *sudo = getenv("SUDO_USER"), *user = user_name(c);

	if (sudo == NULL || getuid() != 0)
		return user;
	return arena_fmt(c->mem, "%s (%.40s)", user, sudo);
}

/* The argument names what is changed; else the first option that is told. */
static const char *
object_of(const struct cli *c)
{
	const struct cli_option *o = c->command->options;

	if (c->args[0] != NULL)
		return c->args[0];
	for (int i = 0; o[i].name != NULL; i++)
		if (o[i].told && c->values[i] != NULL)
			return c->values[i];
	return NULL;
}

static const char *
detail_of(const struct cli *c)
{
	const struct cli_option *o = c->command->options;
	struct json *j = json_new_object(c->mem);
	bool any = false;

	for (int i = 0; o[i].name != NULL; i++)
		if (o[i].told && c->values[i] != NULL) {
			json_set_text(j, o[i].name, c->values[i]);
			any = true;
		}
	return any ? json_write(j, NULL) : NULL;
}

const struct err *
cli_audit(struct cli *c)
{
	return audit_add(c->db, &(struct audit){.who = cli_who(c),
	    .action = c->command->change, .object = object_of(c),
	    .detail = detail_of(c)});
}

/* It may be another try: what the one before has printed was not so. */
static const struct err *
once(struct db *db, void *arg)
{
	struct cli *c = arg;
	const struct err *e;

	(void)db; /* the command's */
	__fpurge(stdout);
	e = c->command->run(c);
	return e != NULL ? e : cli_audit(c);
}

/* Nothing is said that was not committed: what the command prints waits. */
static const struct err *
run_change(struct cli *c)
{
	const struct err *e;

	(void)setvbuf(stdout, NULL, _IOFBF, 65536);
	if ((e = db_transact(c->db, once, c)) != NULL)
		__fpurge(stdout);
	return e;
}

const struct err *
cli_run(struct cli *c)
{
	if (c->command->change != NULL && !c->command->early)
		return run_change(c);
	return c->command->run(c);
}
