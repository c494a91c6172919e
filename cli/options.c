/* SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"

#define NAME "outpost"

/* --- reading ---------------------------------------------------------- */

struct command_line {
	struct cli *c;
	const struct command *const *tables;
	char **argv;
	int argc, at, n_args;
	bool help, failed;
};

/* What is wrong, and about what; then how it is right: the usage of the
 * command, the verbs of the group, or where all commands are told. */
static void
wrong_of(struct command_line *r, const char *group, const char *what,
    const char *about)
{
	if (r->failed)
		return;
	r->failed = true;
	/* a value may be a secret that no option takes */
	if (about != NULL)
		(void)fprintf(stderr, NAME ": %s: %.*s\n", what,
		    (int)strcspn(about, "="), about);
	else
		(void)fprintf(stderr, NAME ": %s\n", what);
	if (r->c->command != NULL)
		help_usage(r->c->command, stderr);
	else if (group != NULL)
		help_group(r->tables, group, stderr);
	else
		(void)fprintf(stderr,
		    "\"" NAME " --help\" lists the commands\n");
}

static void
wrong(struct command_line *r, const char *what, const char *about)
{
	wrong_of(r, NULL, what, about);
}

/* The value of -c or --name, in the same argument or the next. */
static const char *
value_of(struct command_line *r, const char *glued)
{
	if (glued != NULL)
		return glued;
	if (r->at < r->argc)
		return r->argv[r->at++];
	wrong(r, "a value is missing behind", r->argv[r->argc - 1]);
	return NULL;
}

/* Options that every command has. */
static bool
take_common(struct command_line *r, const char *word)
{
	if (strcmp(word, "--json") == 0)
		r->c->json = true;
	else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		r->help = true;
	else if (strncmp(word, "-c", 2) == 0)
		r->c->conf = value_of(r, word[2] != '\0' ? word + 2 : NULL);
	else
		return false;
	return true;
}

static bool
is_choice(const struct cli_option *o, const char *value)
{
	if (o->choices == NULL)
		return true;
	for (int i = 0; o->choices[i] != NULL; i++)
		if (strcmp(o->choices[i], value) == 0)
			return true;
	return false;
}

static void
take_option(struct command_line *r, const char *word)
{
	const struct cli_option *options = r->c->command->options;
	const char *equals = strchr(word, '=');
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);

	for (int i = 0; options != NULL && options[i].name != NULL; i++) {
		const struct cli_option *o = &options[i];
		const char *value;

		if (strlen(o->name) + 2 != len ||
		    strncmp(word + 2, o->name, len - 2) != 0)
			continue;
		if (o->value == NULL && equals != NULL)
			wrong(r, "takes no value", word);
		value = o->value == NULL ? "yes" :
		    value_of(r, equals != NULL ? equals + 1 : NULL);
		if (o->value != NULL && value != NULL && !is_choice(o, value))
			wrong(r, arena_fmt(r->c->mem, "--%s takes one of the "
			    "values %s", o->name,
			    help_choices(r->c->mem, o)), NULL);
		r->c->values[i] = value;
		return;
	}
	wrong(r, "unknown option", word);
}

static const struct command *
find_command(const struct command *const *tables, const char *group,
    const char *verb)
{
	for (; *tables != NULL; tables++)
		for (const struct command *m = *tables; m->group != NULL; m++)
			if (strcmp(m->group, group) == 0 &&
			    (m->verb == NULL || verb == NULL ||
				strcmp(m->verb, verb) == 0))
				return m;
	return NULL;
}

/* The one or two words that name the command. */
static void
take_command(struct command_line *r)
{
	const char *group = r->argv[r->at++], *verb;
	const struct command *m = find_command(r->tables, group, NULL);

	if (m == NULL) {
		wrong(r, "unknown command", group);
		return;
	}
	if (m->verb == NULL) {
		r->c->command = m;
		return;
	}
	verb = r->at < r->argc ? r->argv[r->at] : NULL;
	if (verb == NULL || strcmp(verb, "--help") == 0 ||
	    strcmp(verb, "-h") == 0) {
		help_group(r->tables, group, verb != NULL ? stdout : stderr);
		r->help = verb != NULL;
		r->failed = !r->help;
		r->at = r->argc;
		return;
	}
	r->at++;
	if ((r->c->command = find_command(r->tables, group, verb)) ==
	    NULL)
		wrong_of(r, group, "unknown command", verb);
}

static size_t
count_options(const struct command *m)
{
	size_t n = 0;

	while (m->options != NULL && m->options[n].name != NULL)
		n++;
	return n;
}

static void
take_rest(struct command_line *r)
{
	bool only_args = false;

	assert(count_options(r->c->command) <= CLI_OPTIONS);

	while (r->at < r->argc && !r->failed) {
		const char *word = r->argv[r->at++];

		if (!only_args && strcmp(word, "--") == 0)
			only_args = true;
		else if (!only_args && word[0] == '-' && word[1] != '\0') {
			if (!take_common(r, word))
				take_option(r, word);
		} else if (r->n_args < CLI_ARGS &&
		    r->c->command->args[r->n_args] != NULL)
			r->c->args[r->n_args++] = word;
		else
			wrong(r, "one argument too many", word);
	}
}

static void
check_complete(struct command_line *r)
{
	const struct command *m = r->c->command;

	for (int i = 0; m->options != NULL && m->options[i].name != NULL; i++)
		if (m->options[i].must && r->c->values[i] == NULL)
			wrong(r, "an option is missing", m->options[i].name);
	if (r->n_args < CLI_ARGS && m->args[r->n_args] != NULL)
		wrong(r, "an argument is missing", m->args[r->n_args]);
}

bool
options_read(struct cli *c, const struct command *const *tables, int argc,
    char *argv[], int *status)
{
	struct command_line r = {.c = c, .tables = tables, .argv = argv,
	    .argc = argc, .at = 1};

	while (r.at < argc && argv[r.at][0] == '-' && !r.failed) {
		const char *word = argv[r.at++];

		if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
			c->command = find_command(tables, "version", NULL);
		else if (!take_common(&r, word))
			wrong(&r, "unknown option", word);
	}
	if (r.at < argc && c->command == NULL && !r.failed)
		take_command(&r);
	else if (c->command == NULL && !r.failed) {
		help_groups(tables, r.help ? stdout : stderr);
		r.failed = !r.help;
	}
	if (c->command != NULL && !r.failed)
		take_rest(&r);
	if (c->command != NULL && !r.failed && !r.help)
		check_complete(&r);
	if (c->command != NULL && !r.failed && r.help)
		help_command(c->command);
	*status = r.failed ? 2 : 0;
	return !r.failed && !r.help;
}
