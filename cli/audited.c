/* SPDX-License-Identifier: MIT */
#include "cli/audited.h"

#include <pwd.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/audit.h"
#include "lib/keyring.h"

#include "core/audited.h"
#include "core/person_name.h"

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

/* The value of an option, as the trail has it. */
static const char *
value_told(const struct cli *c, int i)
{
	return c->named[i] != NULL ? c->named[i] : c->values[i];
}

/* The changed object is the argument, else the value of the first audited
 * option. */
static const char *
object_of(const struct cli *c)
{
	const struct cli_option *o = c->command->options;

	if (c->args[0] != NULL)
		return c->named_arg != NULL ? c->named_arg : c->args[0];
	for (int i = 0; o[i].name != NULL; i++)
		if (o[i].audited && c->values[i] != NULL)
			return value_told(c, i);
	return NULL;
}

static const char *
detail_of(const struct cli *c)
{
	const struct cli_option *o = c->command->options;
	struct json *j = json_new_object(c->mem);
	bool any = false;

	if (c->detail != NULL)
		return json_write(c->detail, NULL);
	for (int i = 0; o[i].name != NULL; i++)
		if (o[i].audited && c->values[i] != NULL) {
			json_set_text(j, o[i].name, value_told(c, i));
			any = true;
		}
	return any ? json_write(j, NULL) : NULL;
}

static void
describe_command(void *arg, struct audit *row)
{
	struct cli *c = arg;

	*row = (struct audit){.who = cli_who(c), .action = c->command->change,
	    .object = object_of(c), .detail = detail_of(c)};
}

const struct err *
cli_audit(struct cli *c)
{
	struct audit row;

	describe_command(c, &row);
	return audit_add(c->db, &row);
}

/* --- users ------------------------------------------------------------ */

/* Does it tell the trail of a user? */
static bool
tells_person(const struct cli *c)
{
	const struct cli_option *o = c->command->options;

	if (c->command->change == NULL)
		return false;
	for (int i = 0; o[i].name != NULL; i++)
		if (o[i].person && o[i].audited && c->values[i] != NULL)
			return true;
	return c->command->person;
}

static const struct err *
name_all(struct cli *c, struct keyring *k)
{
	const struct cli_option *o = c->command->options;
	const struct err *e = NULL;

	for (int i = 0; e == NULL && o[i].name != NULL; i++)
		if (o[i].person && c->values[i] != NULL)
			e = person_name(c->db, k, c->mem, c->values[i],
			    &c->named[i]);
	if (e == NULL && c->command->person)
		e = person_name(c->db, k, c->mem, c->args[0], &c->named_arg);
	return e;
}

const struct err *
cli_name_persons(struct cli *c)
{
	struct keyring *k = NULL;
	const struct err *e = keyring_new(c->settings.secrets.key_file, &k);

	if (e == NULL)
		e = name_all(c, k);
	keyring_free(k);
	return e;
}

/* --- running ---------------------------------------------------------- */

static void
forget_output(void *arg)
{
	(void)arg;
	__fpurge(stdout);
}

static const struct err *
run_command(void *arg)
{
	struct cli *c = arg;

	return c->command->run(c);
}

/* The output stays in the buffer until the COMMIT, so that a change that was
 * rolled back is not printed. */
static const struct err *
run_change(struct cli *c)
{
	static const struct audited steps = {forget_output, run_command,
	    describe_command};

	(void)setvbuf(stdout, NULL, _IOFBF, 65536);
	return audited_change(c->db, &steps, c);
}

const struct err *
cli_run(struct cli *c)
{
	const struct err *e = tells_person(c) ? cli_name_persons(c) : NULL;

	if (e != NULL)
		return e;
	if (c->command->change != NULL && !c->command->own_transactions)
		return run_change(c);
	return c->command->run(c);
}
