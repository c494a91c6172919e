/* SPDX-License-Identifier: MIT */
/* outpost user: all that is held of a person, and its removal. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "db/audit.h"
#include "lib/json_text.h"

#include "core/person.h"
#include "core/person_erase.h"

#include "cli/audited.h"
#include "cli/progress.h"
#include "cli/table.h"

#define PAGE 500   /* rows in memory */
#define USER_MAX 255 /* as the columns */

static const struct cli_option no_options[] = {{NULL}};
static const struct cli_option erase_options[] = {
	{"yes", NULL, "really"},
	{NULL}};

static const struct err *
check_user(struct cli *c)
{
	size_t len = strlen(c->args[0]);

	if (len == 0 || len > 4 * USER_MAX)
		return cli_misused(c, "a user has 1 to %d characters",
		    USER_MAX);
	return NULL;
}

/* --- show ------------------------------------------------------------- */

static const struct table_column columns[] = {{"WHAT"}, {"ROWS", true},
    {NULL}};

/* The parts that have rows, by name or as "name", and what only the audit
 * trail has. */
static const struct err *
print_held(struct cli *c, const char *name, const uint64_t n[PERSON_PARTS],
    const char *empty)
{
	struct table *t = table_new(c->mem, columns);
	struct json *j = json_new_object(c->mem);
	uint64_t plain;
	const struct err *e = audit_plain(c->db, c->args[0], &plain);

	if (e != NULL)
		return e;
	person_counts_json(n, json_set_object(j, name));
	json_set_int(j, "plainChanges", (int64_t)plain);
	if (c->json) {
		cli_print(j);
		return NULL;
	}
	for (unsigned i = 0; i < PERSON_PARTS; i++) {
		if (n[i] == 0)
			continue;
		table_put(t, person_part_name(i));
		table_put_count(t, n[i]);
	}
	table_print(t, empty);
	if (plain > 0)
		printf("%" PRIu64 " lines of the audit trail are older than "
		    "its hashes and have the user as it is; they stay until "
		    "[maintain] audit removes them\n", plain);
	return NULL;
}

static const struct err *
run_user_show(struct cli *c)
{
	uint64_t n[PERSON_PARTS];
	const struct err *e;

	if ((e = check_user(c)) != NULL ||
	    (e = person_count(c->db, c->args[0], n)) != NULL)
		return e;
	return print_held(c, "rows", n, "nothing is held of this user");
}

/* --- export ----------------------------------------------------------- */

/* The elements of an array, without its brackets. */
static void
print_elements(const struct json *array, bool first)
{
	size_t len;
	const char *text = json_write(array, &len);

	if (len > 2)
		printf("%s%.*s", first ? "" : ",", (int)(len - 2), text + 1);
}

/* PERSON_PARTS: the audit trail. */
static const struct err *
read_page_of(struct cli *c, struct arena *a, unsigned part, int64_t offset,
    struct json *array, uint64_t *n)
{
	if (part == PERSON_PARTS)
		return person_changes_json(c->db, a, c->named_arg, PAGE,
		    offset, array, n);
	return person_part_json(c->db, a, part, c->args[0], PAGE, offset,
	    array, n);
}

static const struct err *
print_part(struct cli *c, unsigned part)
{
	const struct err *e = NULL;
	uint64_t n = PAGE;

	printf(",\"%s\":[", part == PERSON_PARTS ? "changes"
	    : person_part_name(part));
	for (int64_t at = 0; e == NULL && n == PAGE; at += PAGE) {
		struct arena *a = arena_new();
		struct json *array = json_new_array(a);

		e = read_page_of(c, a, part, at, array, &n);
		if (e == NULL)
			print_elements(array, at == 0);
		arena_free(a);
	}
	printf("]");
	return e;
}

/* Page by page: a document may be larger than the memory. */
static const struct err *
run_user_export(struct cli *c)
{
	struct buf user = BUF(64 * 1024);
	const struct err *e;

	if ((e = check_user(c)) != NULL || (e = cli_audit(c)) != NULL)
		return e;
	(void)json_quote(c->args[0], &user);
	printf("{\"userId\":%s", buf_str(&user));
	buf_done(&user);
	for (unsigned part = 0; e == NULL && part <= PERSON_PARTS; part++)
		e = print_part(c, part);
	printf("}\n");
	return e;
}

/* --- erase ------------------------------------------------------------ */

static void
show_erased(uint64_t rows, void *progress)
{
	if (cli_progress(progress))
		(void)fprintf(stderr, "\r%" PRIu64 " rows ", rows);
}

static const struct err *
run_user_erase(struct cli *c)
{
	struct cli_progress progress = {0};
	struct person_erasure x = {.db = c->db, .user_id = c->args[0],
	    .progress = show_erased, .arg = &progress};
	const struct err *e = check_user(c);

	if (e != NULL)
		return e;
	if (!cli_flag(c, "yes"))
		return cli_misused(c, "all that is held of this user would be "
		    "lost: say --yes as well");
	if ((e = cli_audit(c)) == NULL)
		e = person_erase(&x);
	cli_progress_over(&progress);
	return e != NULL ? e : print_held(c, "erased", x.removed,
	    "nothing was held of this user");
}

const struct command user_commands[] = {
	{"user", "show", {"USER"}, "how much is held of a user", no_options,
	    run_user_show},
	{"user", "export", {"USER"}, "all that is held of a user, as JSON",
	    no_options, run_user_export, NEEDS_DATABASE, "user.export", true,
	    .person = true},
	{"user", "erase", {"USER"}, "remove all that is held of a user",
	    erase_options, run_user_erase, NEEDS_DATABASE, "user.erase", true,
	    .person = true},
	{NULL}};
