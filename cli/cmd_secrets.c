/* SPDX-License-Identifier: MIT */
/*
 * outpost secrets: the keys of the key file, and the values of the database
 * that are sealed under them.
 *
 * A rotation adds a key to the file and then seals each value under it. If it
 * is killed in between, every value can still be opened, since older keys stay
 * in the file; a value under an older key shows that a rotation is not
 * finished, and the next rotation finishes it before it adds another key.
 * Dropping keys is a separate command. A program that seals holds a shared lock
 * on the key file until its value is in the database; so under the exclusive
 * lock all values are counted, and later ones are under the current key.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "db/sealed_walk.h"

#include "cli/audited.h"
#include "cli/progress.h"
#include "cli/table.h"

#define PASSES 3 /* the later passes are for values sealed meanwhile */

static const struct cli_option no_options[] = {{NULL}};

/* The number of values that name a key, or are known to be under it. */
struct key_tally {
	struct key_tally *next;
	char id[KEYRING_ID];
	uint64_t boxes;
};

/* A walk over all sealed values, and its counts. */
struct sealed_census {
	struct cli *c;
	struct keyring *keyring;
	char current[KEYRING_ID];
	struct key_tally *tallies;
	uint64_t boxes, resealed, pending, unreadable;
	uint64_t nameless;  /* values of the old form that cannot be opened */
	uint64_t of;	    /* number of all values, when known */
	struct json *reasons; /* one for each unreadable value */
	struct cli_progress progress;
};

/* --- walking ---------------------------------------------------------- */

static struct key_tally *
tally_of(struct sealed_census *s, const char *id)
{
	struct key_tally *t = s->tallies;

	while (t != NULL && strcmp(t->id, id) != 0)
		t = t->next;
	if (t == NULL) {
		t = arena_zero(s->c->mem, sizeof *t);
		memcpy(t->id, id, KEYRING_ID);
		t->next = s->tallies;
		s->tallies = t;
	}
	return t;
}

static void
note_unreadable(struct sealed_census *s, const struct sealed_found *b)
{
	struct json *j;

	s->unreadable++;
	s->nameless += b->view.id[0] == '\0';
	j = json_add_object(s->reasons);
	json_set_text(j, "appId", b->app_id);
	json_set_text(j, "column", b->column);
	json_set_text(j, "reason", b->why);
}

static void
count_sealed(const struct sealed_found *b, void *arg)
{
	struct sealed_census *s = arg;
	const char *id = b->view.id;
	char now[KEYRING_ID];

	if (b->resealed) {
		keyring_id(s->keyring, 0, now);
		id = now;
	}
	s->boxes++;
	s->resealed += b->resealed;
	if (b->state == SEALED_UNREADABLE)
		note_unreadable(s, b);
	else if (strcmp(id, s->current) != 0)
		s->pending++;
	if (id[0] != '\0')
		tally_of(s, id)->boxes++;
	if (cli_progress(&s->progress))
		(void)fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " boxes ",
		    s->boxes, s->of);
}

static const struct err *
walk(struct sealed_census *s, enum sealed_work work)
{
	uint64_t resealed = s->resealed, of = s->boxes;
	const struct err *e;

	*s = (struct sealed_census){.c = s->c, .keyring = s->keyring,
	    .resealed = resealed, .of = of,
	    .reasons = json_new_array(s->c->mem)};
	keyring_id(s->keyring, 0, s->current);
	e = sealed_walk(s->c->db, s->keyring, work, count_sealed, s);
	cli_progress_over(&s->progress);
	return e;
}

/* --- reporting -------------------------------------------------------- */

/* The last output of each command: the values that cannot be opened, which is
 * an error. */
static const struct err *
report_unreadable(const struct sealed_census *s)
{
	for (size_t i = 0; i < json_len(s->reasons); i++) {
		const struct json *j = json_at(s->reasons, i);
		const char *app = json_text(json_get(j, "appId"), NULL);

		(void)fprintf(stderr, "outpost: %s%s: %s: %s\n",
		    app != NULL ? "application " : "a token of APNs",
		    app != NULL ? app : "",
		    json_text(json_get(j, "column"), ""),
		    json_text(json_get(j, "reason"), ""));
	}
	if (s->unreadable == 0)
		return NULL;
	return err_new(ERR_FAULT, "%" PRIu64 " of %" PRIu64 " boxes do not "
	    "open: bring back their key, or set those credentials anew",
	    s->unreadable, s->boxes);
}

static uint64_t
boxes_under(const struct sealed_census *s, const char *id)
{
	for (const struct key_tally *t = s->tallies; t != NULL; t = t->next)
		if (strcmp(t->id, id) == 0)
			return t->boxes;
	return 0;
}

/* --- list ------------------------------------------------------------- */

static const struct table_column list_columns[] = {{"KEY"}, {"STATE"},
    {"BOXES", true}, {NULL}};

static void
list_key(const struct sealed_census *s, unsigned i, struct json *keys,
    struct table *t)
{
	const char *state = i == 0 ? "current" : "older";
	char id[KEYRING_ID];
	struct json *j;

	keyring_id(s->keyring, i, id);
	if (!s->c->json) {
		table_put(t, id);
		table_put(t, state);
		table_put_count(t, boxes_under(s, id));
		return;
	}
	j = json_add_object(keys);
	json_set_text(j, "key", id);
	json_set_bool(j, "current", i == 0);
	json_set_int(j, "boxes", (int64_t)boxes_under(s, id));
}

static const struct err *
list(struct sealed_census *s)
{
	struct json *j = json_new_object(s->c->mem);
	struct json *keys = json_set_array(j, "keys");
	struct table *t = table_new(s->c->mem, list_columns);
	const struct err *e = walk(s, SEALED_LOOK);

	if (e != NULL)
		return e;
	for (unsigned i = 0; i < keyring_count(s->keyring); i++)
		list_key(s, i, keys, t);
	json_set(j, "shut", s->reasons);
	if (s->c->json)
		cli_print(j);
	else
		table_print(t, "no keys");
	(void)fflush(stdout);
	return report_unreadable(s);
}

/* --- rotate, reseal --------------------------------------------------- */

static const struct err *
seal_anew(struct sealed_census *s)
{
	const struct err *e = walk(s, SEALED_RESEAL);

	for (int i = 1; e == NULL && s->pending > 0 && i < PASSES; i++)
		e = walk(s, SEALED_RESEAL);
	if (e == NULL && s->pending > 0)
		e = err_new(ERR_CONFLICT, "%" PRIu64 " boxes are under older "
		    "keys still: others change them; run it again",
		    s->pending);
	return e;
}

static const struct err *
report_resealed(const struct sealed_census *s, bool added)
{
	struct json *j;

	if (s->c->json) {
		j = json_new_object(s->c->mem);
		json_set_text(j, "key", s->current);
		json_set_bool(j, "added", added);
		json_set_int(j, "resealed", (int64_t)s->resealed);
		json_set(j, "shut", s->reasons);
		cli_print(j);
	} else {
		printf("sealed anew: %" PRIu64 " of %" PRIu64 " boxes; the "
		    "current key is %s\n", s->resealed, s->boxes, s->current);
	}
	(void)fflush(stdout);
	return report_unreadable(s);
}

/* Add a key, unless another process has just added one. */
static const struct err *
add_key(struct sealed_census *s, bool *added)
{
	char now[KEYRING_ID];
	const struct err *e;
	int lock;

	if ((e = keyring_lock_alone(s->keyring, &lock)) != NULL)
		return e;
	keyring_id(s->keyring, 0, now);
	if (strcmp(now, s->current) == 0) {
		e = keyring_add(s->keyring, lock);
		*added = e == NULL;
		keyring_id(s->keyring, 0, now);
	}
	keyring_unlock(lock);
	if (*added && !s->c->json)
		printf("added key %s; older keys stay in the file until "
		    "\"outpost secrets prune\"\n", now);
	(void)fflush(stdout);
	return e;
}

static const struct err *
rotate(struct sealed_census *s)
{
	const struct err *e;
	bool added = false;

	if ((e = sealed_may_write(s->c->db)) != NULL ||
	    (e = walk(s, SEALED_LOOK)) != NULL || (e = cli_audit(s->c)) != NULL)
		return e;
	if (s->pending == 0)
		e = add_key(s, &added);
	else if (!s->c->json)
		printf("a rotation to key %s was not finished: finishing it, "
		    "without another key\n", s->current);
	if (e == NULL)
		e = seal_anew(s);
	return e != NULL ? e : report_resealed(s, added);
}

static const struct err *
reseal(struct sealed_census *s)
{
	const struct err *e = cli_audit(s->c);

	if (e == NULL)
		e = seal_anew(s);
	return e != NULL ? e : report_resealed(s, false);
}

/* --- prune ------------------------------------------------------------ */

struct pruning {
	bool keep[KEYRING_MAX];
	struct json *dropped, *kept; /* ids of keys, without the current */
};

/* A key stays while values are sealed under it. A value that names no key and
 * cannot be opened may be under any key: then all keys stay. */
static void
choose_keys(const struct sealed_census *s, struct pruning *p)
{
	char id[KEYRING_ID];

	p->keep[0] = true; /* the current key */
	for (unsigned i = 1; i < keyring_count(s->keyring); i++) {
		keyring_id(s->keyring, i, id);
		p->keep[i] = boxes_under(s, id) > 0 || s->nameless > 0;
		json_add_text(p->keep[i] ? p->kept : p->dropped, id);
	}
}

/* Count and drop under one lock, so that no value is sealed in between. */
static const struct err *
drop_keys(struct sealed_census *s, struct pruning *p)
{
	const struct err *e;
	int lock;

	if ((e = keyring_lock_alone(s->keyring, &lock)) != NULL)
		return e;
	if ((e = walk(s, SEALED_LOOK)) == NULL) {
		choose_keys(s, p);
		if (json_len(p->dropped) > 0)
			e = cli_audit(s->c);
		if (e == NULL)
			e = keyring_keep(s->keyring, lock, p->keep);
	}
	keyring_unlock(lock);
	return e;
}

static void
print_pruned(const struct sealed_census *s, const struct pruning *p)
{
	for (size_t i = 0; i < json_len(p->dropped); i++)
		printf("dropped key %s\n",
		    json_text(json_at(p->dropped, i), ""));
	for (size_t i = 0; i < json_len(p->kept); i++) {
		const char *id = json_text(json_at(p->kept, i), "");

		printf("kept key %s: %" PRIu64 " boxes are under it\n", id,
		    boxes_under(s, id));
	}
	if (json_len(p->dropped) + json_len(p->kept) == 0)
		puts("nothing to do: the current key is the only one");
}

static const struct err *
prune(struct sealed_census *s)
{
	struct json *j = json_new_object(s->c->mem);
	struct pruning p = {.dropped = json_set_array(j, "dropped")};
	const struct err *e;

	p.kept = json_set_array(j, "kept");
	if ((e = drop_keys(s, &p)) != NULL)
		return e;
	if (s->c->json)
		cli_print(j);
	else
		print_pruned(s, &p);
	(void)fflush(stdout);
	if ((e = report_unreadable(s)) != NULL || json_len(p.kept) == 0)
		return e;
	return err_new(ERR_CONFLICT, "boxes are under older keys: "
	    "\"outpost secrets reseal\" puts them under the current one");
}

/* --- the commands ----------------------------------------------------- */

static const struct err *
with_keyring(struct cli *c, const struct err *(*work)(struct sealed_census *))
{
	struct sealed_census s = {.c = c};
	const struct err *e =
	    keyring_new(c->settings.secrets.key_file, &s.keyring);

	if (e == NULL)
		e = work(&s);
	keyring_free(s.keyring);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return e;
}

static const struct err *
run_secrets_list(struct cli *c)
{
	return with_keyring(c, list);
}

static const struct err *
run_secrets_rotate(struct cli *c)
{
	return with_keyring(c, rotate);
}

static const struct err *
run_secrets_reseal(struct cli *c)
{
	return with_keyring(c, reseal);
}

static const struct err *
run_secrets_prune(struct cli *c)
{
	return with_keyring(c, prune);
}

/* clang-format off */
const struct command secrets_commands[] = {
	{"secrets", "list",   {NULL}, "list the keys and what is sealed under them",
	    no_options, run_secrets_list},
	{"secrets", "rotate", {NULL}, "make a new key and seal everything under it",
	    no_options, run_secrets_rotate, NEEDS_DATABASE, "secrets.rotate", true},
	{"secrets", "reseal", {NULL}, "seal under the current key what is not",
	    no_options, run_secrets_reseal, NEEDS_DATABASE, "secrets.reseal", true},
	{"secrets", "prune",  {NULL}, "drop the keys that nothing is sealed under",
	    no_options, run_secrets_prune, NEEDS_DATABASE, "secrets.prune", true},
	{NULL}};
/* clang-format on */
