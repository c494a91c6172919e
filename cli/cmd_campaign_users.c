/* SPDX-License-Identifier: MIT */
/*
 * outpost campaign users load FILE: the users of a campaign from a file. Users
 * are added in portions, each durable before the next, and a user who is in the
 * campaign already stays: a load that was interrupted is run again, from the
 * line where it was, which it tells, or from the first one.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/csv.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "db/campaign.h"
#include "db/campaign_user.h"
#include "db/integration.h"

#include "cli/audited.h"
#include "cli/progress.h"

#define PORTION 5000	/* users; written in chunks (db/campaign_user.h) */
#define FAULTS_SHOWN 20 /* lines that are refused; all are counted */

static const struct cli_option load_options[] = {
	{"campaign", "ID", "the campaign that gets the users", .must = true,
	    .audited = true},
	{"from", "LINE", "go on at this line of the file", .audited = true},
	{NULL}};

struct user_load {
	struct cli *c;
	const char *path;
	int64_t campaign, from;
	unsigned column; /* of the users */
	struct csv *csv;
	struct arena *mem; /* of the portion */
	const char *users[PORTION];
	size_t n;
	uint64_t line; /* behind the last portion that was added */
	uint64_t read, refused;
	struct cli_progress progress;
};

/* --- a line ----------------------------------------------------------- */

static bool
has_controls(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

static const char *
fault_of(const char *user)
{
	size_t len = strlen(user);

	if (len == 0)
		return "there is no user";
	if (has_controls(user))
		return "a control character in the user";
	return text_utf16_len(user, len) > CAMPAIGN_USER_MAX
	    ? "the user is longer than 255 characters" : NULL;
}

static void
refuse_line(struct user_load *l, uint64_t line, const char *why)
{
	if (l->refused++ < FAULTS_SHOWN) {
		cli_progress_over(&l->progress);
		(void)fprintf(stderr, "%s:%llu: %s\n", l->path,
		    (unsigned long long)line, why);
	}
}

static const struct err *
add_portion(struct user_load *l)
{
	const struct err *e = campaign_user_add(l->c->db, l->campaign,
	    l->users, l->n, INTEGRATION_COMMAND_LINE);

	arena_reset(l->mem);
	l->n = 0;
	if (cli_progress(&l->progress))
		(void)fprintf(stderr, "\r%llu users, %u%%",
		    (unsigned long long)l->read, csv_percent(l->csv));
	return e;
}

static const struct err *
take_line(struct user_load *l, const struct csv_row *row)
{
	const struct bytes *cell = &row->cells[l->column];
	const char *user, *why;
	const struct err *e = NULL;

	if (row->line < (uint64_t)l->from)
		return NULL;
	if (l->n == PORTION && (e = add_portion(l)) == NULL)
		l->line = row->line;
	if (e != NULL)
		return e;
	user = arena_text(l->mem, cell->data, cell->len);
	if ((why = fault_of(user)) != NULL) {
		refuse_line(l, row->line, why);
		return NULL;
	}
	l->users[l->n++] = user;
	l->read++;
	return NULL;
}

/* --- the file --------------------------------------------------------- */

/* Is it the name of the column of the users? Without one, the first column has
 * them, in the first line too. */
static bool
names_users(struct bytes cell)
{
	static const char *const names[] = {"user", "userId", "user_id"};

	for (size_t i = 0; i < nitems(names); i++)
		if (cell.len == strlen(names[i]) &&
		    strncasecmp(cell.data, names[i], cell.len) == 0)
			return true;
	return false;
}

static const struct err *
take_first(struct user_load *l)
{
	const struct csv_row *first = csv_names(l->csv);

	for (unsigned i = 0; i < first->n; i++)
		if (names_users(first->cells[i])) {
			l->column = i;
			return NULL;
		}
	return take_line(l, first);
}

static const struct err *
take_file(struct user_load *l)
{
	const struct csv_row *row;
	const struct err *e = take_first(l);

	while (e == NULL && (e = csv_next(l->csv, &row)) == NULL &&
	    row != NULL)
		e = take_line(l, row);
	return e != NULL ? e : add_portion(l);
}

/* What was added stays; a failure tells where to go on. */
static const struct err *
stopped(const struct user_load *l, const struct err *e)
{
	if (l->line == 0)
		return e;
	return err_at(e, "the users before line %llu are added, go on with "
	    "--from %llu", (unsigned long long)l->line,
	    (unsigned long long)l->line);
}

static void
print_load(const struct user_load *l)
{
	struct json *j;

	if (!l->c->json) {
		printf("%llu users, %llu lines refused\n",
		    (unsigned long long)l->read,
		    (unsigned long long)l->refused);
		return;
	}
	j = json_new_object(l->c->mem);
	json_set_int(j, "users", (int64_t)l->read);
	json_set_int(j, "refused", (int64_t)l->refused);
	cli_print(j);
}

/* --- the command ------------------------------------------------------ */

static const struct err *
read_arguments(struct user_load *l)
{
	struct cli *c = l->c;
	const char *from = cli_value(c, "from");

	if (strcmp(c->args[0], "load") != 0)
		return cli_misused(c, "campaign users load FILE is the only "
		    "one: there is no campaign users %s", c->args[0]);
	if (!text_i64(cli_value(c, "campaign"), 1, INT64_MAX, &l->campaign))
		return cli_misused(c, "the id of a campaign is a number");
	if (from != NULL && !text_i64(from, 1, INT64_MAX, &l->from))
		return cli_misused(c, "--from is the number of a line");
	l->path = c->args[1];
	return NULL;
}

static const struct err *
find_campaign(struct user_load *l)
{
	struct campaign campaign;
	const struct err *e = campaign_by_id(l->c->db, l->c->mem, l->campaign,
	    &campaign);

	if (e == NULL && campaign.everybody)
		e = err_new(ERR_CONFLICT, "campaign %lld is for everybody: it "
		    "takes no users", (long long)l->campaign);
	return e;
}

static const struct err *
load_users(struct cli *c)
{
	struct user_load *l = arena_zero(c->mem, sizeof *l);
	const struct err *e;

	l->c = c;
	if ((e = read_arguments(l)) != NULL || (e = find_campaign(l)) != NULL ||
	    (e = csv_open(l->path, &l->csv)) != NULL)
		return e;
	l->mem = arena_new();
	if ((e = cli_audit(c)) == NULL && (e = take_file(l)) != NULL)
		e = stopped(l, e);
	cli_progress_over(&l->progress);
	csv_close(l->csv);
	arena_free(l->mem);
	if (e != NULL)
		return e;
	print_load(l);
	c->outcome = l->refused > 0 ? 1 : 0;
	return NULL;
}

const struct command campaign_users_commands[] = {
	{"campaign", "users", {"load", "FILE"},
	    "add the users of a file, CSV or one a line, to a campaign",
	    load_options, load_users, NEEDS_DATABASE, "campaign.users", true},
	{NULL}};
