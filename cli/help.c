/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <string.h>

#include "cli/table.h"

#define NAME "outpost"
#define INDENT 2
#define WIDTH 80 /* when no terminal says another */

/* In the order of the page. A group is in one row, or two that belong together
 * share one; a command without verbs has its own help. */
static const struct help_row {
	const char *chapter; /* NULL: that of the row above */
	const char *group; /* or "hold, release" */
	const char *help; /* NULL: the command's */
} pages[] = {
    {"set up", "setup"},
    {NULL, "doctor"},
    {NULL, "maintain"},
    {NULL, "secrets", "the keys under which credentials are sealed"},
    {NULL, "import", "devices and more from another server"},
    {"callers", "app", "applications and their providers' credentials"},
    {NULL, "integration", "programs that may call the API"},
    {"send", "send"},
    {NULL, "campaign", "messages to many users, and how far they are"},
    {"queue", "queue, sendd", "what waits, what is held, and who delivers"},
    {NULL, "deliver"},
    {NULL, "hold, release", "keep what waits of an application, send it again"},
    {NULL, "retry, drop", "try now what waits for a later try, give it up"},
    {"users", "device", "devices of a user, and the quarantine"},
    {NULL, "activation", "activations, without a PowerAuth Server"},
    {NULL, "inbox", "messages that users read later"},
    {NULL, "user", "all that is held of a person: show, export, erase"},
    {"look back", "message", "what became of the messages to a user"},
    {NULL, "audit"},
    {NULL, "version"},
    {NULL, NULL}};

static const struct table_column two[] = {{""}, {""}, {NULL}};
static const struct table_column three[] = {{""}, {""}, {""}, {NULL}};

static size_t
page_width(void)
{
	size_t width = table_width();

	return width > 0 ? width : WIDTH;
}

static const struct command *
first_of(const struct command *const *tables, const char *group)
{
	for (; *tables != NULL; tables++)
		for (const struct command *m = *tables; m->group != NULL; m++)
			if (strcmp(m->group, group) == 0)
				return m;
	return NULL;
}

void
help_groups(const struct command *const *tables, FILE *out)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, three);

	for (const struct help_row *r = pages; r->group != NULL; r++) {
		const struct command *m = first_of(tables, r->group);

		table_put(t, r->chapter != NULL ? r->chapter : " ");
		table_put(t, r->group);
		table_put(t, r->help != NULL || m == NULL ? r->help : m->help);
	}
	(void)fprintf(out,
	    "usage: " NAME " [-c FILE] [--json] COMMAND [options]\n\n");
	table_write(t, out, INDENT, page_width());
	/* without a line between: the page fits a terminal, just so */
	(void)fprintf(out, "\"" NAME " COMMAND --help\" tells its verbs and "
	    "options; " NAME "(8) is the manual.\n");
	arena_free(a);
}

void
help_group(const struct command *const *tables, const char *group, FILE *out)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, two);

	for (; *tables != NULL; tables++)
		for (const struct command *m = *tables; m->group != NULL; m++) {
			if (strcmp(group, m->group) != 0)
				continue;
			table_put_fmt(t, NAME " %s %s%s%s", m->group, m->verb,
			    m->args[0] != NULL ? " " : "",
			    m->args[0] != NULL ? m->args[0] : "");
			table_put(t, m->help);
		}
	(void)fprintf(out, "usage: " NAME " %s VERB [options]\n\n", group);
	table_write(t, out, INDENT, page_width());
	(void)fprintf(out, "\n\"" NAME " %s VERB --help\" tells its options; "
	    NAME "(8) is the manual.\n", group);
	arena_free(a);
}

static const char *
synopsis(struct arena *a, const struct command *m)
{
	const char *text = arena_fmt(a, NAME " %s%s%s", m->group,
	    m->verb != NULL ? " " : "", m->verb != NULL ? m->verb : "");

	for (int i = 0; i < CLI_ARGS && m->args[i] != NULL; i++)
		text = arena_fmt(a, "%s %s", text, m->args[i]);
	for (const struct cli_option *o = m->options;
	     o != NULL && o->name != NULL; o++)
		if (o->must)
			text = arena_fmt(a, "%s --%s %s", text, o->name,
			    o->value);
	return arena_fmt(a, "%s [options]", text);
}

void
help_usage(const struct command *m, FILE *out)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, two);

	table_put(t, "usage:");
	table_put(t, synopsis(a, m));
	table_write(t, out, 0, page_width());
	arena_free(a);
}

const char *
help_choices(struct arena *a, const struct cli_option *o)
{
	const char *text = o->choices[0];

	for (int i = 1; o->choices[i] != NULL; i++)
		text = arena_fmt(a, "%s, %s", text, o->choices[i]);
	return text;
}

static void
add_option(struct arena *a, struct table *t, const struct cli_option *o)
{
	table_put_fmt(t, "--%s%s%s", o->name, o->value != NULL ? " " : "",
	    o->value != NULL ? o->value : "");
	table_put(t, arena_fmt(a, "%s%s%s%s", o->help,
	    o->must ? " (needed)" : "", o->choices != NULL ? "; takes " : "",
	    o->choices != NULL ? help_choices(a, o) : ""));
}

void
help_command(const struct command *m)
{
	static const struct cli_option common[] = {
	    {"json", NULL, "the result as JSON"},
	    {"help", NULL, "print this"},
	    {NULL}};
	struct arena *a = arena_new();
	struct table *t = table_new(a, two);

	for (const struct cli_option *o = m->options;
	     o != NULL && o->name != NULL; o++)
		add_option(a, t, o);
	add_option(a, t, &common[0]);
	table_put(t, "-c FILE");
	table_put(t, "settings, see outpost.conf(5)");
	add_option(a, t, &common[1]);
	help_usage(m, stdout);
	printf("%s\n\n", m->help);
	table_write(t, stdout, INDENT, page_width());
	arena_free(a);
}
