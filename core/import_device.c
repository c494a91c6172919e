/* SPDX-License-Identifier: MIT */
#include "core/import_device.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#include "db/import_device.h"

#include "core/device_address.h"

/* A row on its way: the device that it will be, and what becomes of it. */
struct import_case {
	struct device d;
	const char *begins; /* as in struct device_address */
	const struct import_device *row;
	uint64_t line;
	enum import_fate fate;
	const char *why;
	const struct device *own; /* its row here; NULL: none */
};

static bool
is_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* --- one spelling ----------------------------------------------------- */

static const struct err *
take_environment(struct arena *a, const struct import_devices *all,
    const char *given, const char **out)
{
	const char *word = given != NULL ? import_word(a, given) : "";

	*out = NULL;
	if (strcmp(word, "development") == 0 || strcmp(word, "production") == 0)
		*out = word;
	else if (all->strict && word[0] != '\0')
		return err_new(ERR_INVALID, "environment is neither "
		    "development nor production");
	return NULL;
}

/* The device that the row describes. ERR_INVALID: none that we can have. */
static const struct err *
case_of(struct import *im, struct import_devices *all, struct arena *a,
    const struct import_device *row, struct import_case *c)
{
	struct device *d = &c->d;
	struct device_address at;
	const struct provider *p;
	const struct err *e;

	*c = (struct import_case){.row = row};
	*d = (struct device){.activation_id = row->activation_id,
	    .user_id = row->user_id, .active = row->active,
	    .registered_ms = row->registered_ms};
	d->platform = import_word(a, row->platform);
	if ((p = provider_by_name(d->platform)) == NULL)
		return err_new(ERR_INVALID, "the platform is none that we "
		    "know");
	if ((e = device_address_take(a, im->settings, p, row->token, &at)) !=
		NULL ||
	    (e = take_environment(a, all, row->environment,
		 &d->environment)) != NULL)
		return e;
	if (!all->app(im, row, &d->app, &d->app_id))
		return err_new(ERR_INVALID, "its application is not there");
	if (all->key != NULL)
		device_address_bind(a, p, all->key(im, p, d->app_id), &at);
	d->token = at.token;
	d->address = at.address;
	c->begins = at.begins;
	return NULL;
}

static const struct err *
device_of(struct import *im, struct import_devices *all, struct arena *a,
    const struct import_device *row, struct device *d)
{
	struct import_case c;
	const struct err *e = case_of(im, all, a, row, &c);

	*d = c.d;
	return e;
}

static uint64_t
key_of(const struct device *d)
{
	return import_digest(d->app_id, d->token, d->activation_id);
}

/* --- what the dump has ------------------------------------------------- */

static bool
has_row(const struct import_devices *all, const struct device *d)
{
	return import_seen_line(&all->rows, key_of(d)) != 0;
}

/* The line of the first row with that activation; 0: there is none. */
static uint64_t
line_of(const struct import_devices *all, const char *activation_id)
{
	return activation_id == NULL ? 0 : import_seen_line(&all->activations,
	    import_digest(activation_id, NULL, NULL));
}

/* --- the first reading ------------------------------------------------- */

static uint64_t
token_key(const struct device *d)
{
	return import_digest(d->app_id, d->token, NULL);
}

static uint64_t
spelt_of(const struct import_device *row)
{
	return import_digest(row->token, NULL, NULL);
}

void
import_device_look(struct import *im, struct import_devices *all,
    const struct import_device *row, uint64_t line)
{
	struct arena *a = arena_new();
	struct device d;

	if (device_of(im, all, a, row, &d) == NULL) {
		import_seen_add(&all->rows, key_of(&d), line);
		if (d.activation_id != NULL)
			import_seen_add(&all->activations,
			    import_digest(d.activation_id, NULL, NULL), line);
		if (d.address == NULL && !is_text(d.token, row->token))
			import_spelling_add(&all->spellings, token_key(&d),
			    spelt_of(row), row->registered_ms, line);
		if (row->registered_ms > all->latest_ms)
			all->latest_ms = row->registered_ms;
	}
	arena_free(a);
}

void
import_device_spelt(struct import *im, struct import_devices *all,
    const struct import_device *row, uint64_t line)
{
	struct arena *a = arena_new();
	struct device d;

	if (device_of(im, all, a, row, &d) == NULL)
		import_spelling_weigh(&all->spellings, token_key(&d),
		    spelt_of(row), row->registered_ms, line);
	arena_free(a);
}

void
import_device_looked(struct import_devices *all)
{
	import_seen_sort(&all->rows);
	import_seen_sort(&all->activations);
}

void
import_devices_done(struct import_devices *all)
{
	import_spelling_done(&all->spellings);
	import_seen_done(&all->rows);
	import_seen_done(&all->activations);
	import_seen_done(&all->refused);
}

/* --- comparing --------------------------------------------------------- */

static bool
is_same(const struct device *a, const struct device *b)
{
	return a->app == b->app && a->active == b->active &&
	    is_text(a->user_id, b->user_id) &&
	    is_text(a->platform, b->platform) &&
	    is_text(a->environment, b->environment) &&
	    is_text(a->address, b->address) && strcmp(a->token, b->token) == 0;
}

/* Is what we found the device itself? */
static bool
is_own(const struct import_case *c, const struct import_found *f)
{
	if (c->d.activation_id != NULL)
		return f->by_activation;
	return f->d.activation_id == NULL;
}

static void
judge(struct import_case *c)
{
	const struct device *own = c->own;

	c->why = NULL;
	c->d.id = own != NULL ? own->id : 0;
	if (own != NULL && own->address != NULL && c->begins != NULL &&
	    text_starts(own->address, c->begins))
		c->d.address = own->address; /* it knows its key */
	if (own == NULL)
		c->fate = IMPORT_NEW;
	else if (is_same(&c->d, own) && !import_device_is_aside(own) &&
	    c->d.registered_ms <= own->registered_ms)
		c->fate = IMPORT_SAME;
	else if (c->d.registered_ms != 0 &&
	    own->registered_ms > c->d.registered_ms) {
		c->fate = IMPORT_KEPT;
		c->why = "it was registered here later";
	} else {
		c->fate = IMPORT_CHANGED;
	}
}

static bool
is_written(const struct import_case *c)
{
	return c->fate == IMPORT_NEW || c->fate == IMPORT_CHANGED;
}

/* Has the phone, which the row gives to another activation, to leave what is
 * here? What the dump has too stays, and gets its own row's state. */
static bool
is_left_behind(const struct import_devices *all, const struct import_case *c,
    const struct import_found *f)
{
	return !f->by_activation && f->d.id != c->d.id && is_written(c) &&
	    !has_row(all, &(struct device){.app_id = c->d.app_id,
		.token = f->d.token, .activation_id = f->d.activation_id}) &&
	    line_of(all, f->d.activation_id) == 0;
}

static void
decide(const struct import_devices *all, struct import_case *cases, size_t n,
    const struct import_found *found, size_t n_found)
{
	for (size_t i = 0; i < n; i++)
		cases[i].own = NULL;
	for (size_t i = 0; i < n_found; i++)
		if (is_own(&cases[found[i].of], &found[i]))
			cases[found[i].of].own = &found[i].d;
	for (size_t i = 0; i < n; i++)
		judge(&cases[i]);
	for (size_t i = 0; i < n_found; i++) {
		struct import_case *c = &cases[found[i].of];

		if (c->d.registered_ms == 0 ||
		    found[i].d.registered_ms <= c->d.registered_ms ||
		    !is_left_behind(all, c, &found[i]))
			continue;
		c->fate = IMPORT_KEPT;
		c->why = "its token was registered here later, by another "
		    "activation";
	}
}

/* --- taking ----------------------------------------------------------- */

void
import_device_refused(struct import_devices *all,
    const struct import_device *row)
{
	if (row->activation_id != NULL)
		import_seen_add(&all->refused,
		    import_digest(row->activation_id, NULL, NULL), 1);
}

struct taking {
	struct import *im;
	struct import_devices *all;
	struct arena *mem;
	struct import_case *cases;
	size_t n;
	/* of the cases that are to be written */
	struct import_case *work;
	size_t n_work;
};

/* List the devices of cases for a query. */
static struct device *
devices_of(struct arena *a, const struct import_case *cases, size_t n)
{
	struct device *list = arena_zero(a, (n + 1) * sizeof *list);

	for (size_t i = 0; i < n; i++)
		list[i] = cases[i].d;
	return list;
}

static const struct err *
find_and_decide(struct taking *t, struct import_case *cases, size_t n,
    bool lock, struct import_found **found, size_t *n_found)
{
	const struct err *e = import_device_find(t->im->db, t->mem,
	    devices_of(t->mem, cases, n), n, lock, found, n_found);

	if (e == NULL)
		decide(t->all, cases, n, *found, *n_found);
	return e;
}

/* In a transaction. What another program did since the look is seen here. */
static const struct err *
write_devices(struct db *db, void *arg)
{
	struct taking *t = arg;
	const struct device **list = arena_zero(t->mem,
	    (t->n_work + 1) * sizeof *list);
	struct import_found *found = NULL;
	size_t n_found = 0, n = 0;
	const struct err *e = find_and_decide(t, t->work, t->n_work, true,
	    &found, &n_found);

	for (size_t i = 0; e == NULL && i < n_found; i++)
		if (is_left_behind(t->all, &t->work[found[i].of], &found[i]))
			e = import_device_drop(db, found[i].d.id);
	for (size_t i = 0; e == NULL && i < t->n_work; i++)
		if (is_written(&t->work[i]))
			list[n++] = &t->work[i].d;
	return e != NULL ? e : import_device_put(db, list, n,
	    t->im->settings->powerauth.url == NULL);
}

static const struct err *
write_work(struct taking *t)
{
	const struct err *e = NULL;
	size_t k = 0;

	t->work = arena_zero(t->mem, (t->n + 1) * sizeof *t->work);
	for (size_t i = 0; i < t->n; i++)
		if (is_written(&t->cases[i]))
			t->work[t->n_work++] = t->cases[i];
	if (t->n_work > 0 && !t->im->dry_run)
		e = db_transact(t->im->db, write_devices, t);
	for (size_t i = 0; i < t->n; i++)
		if (is_written(&t->cases[i]))
			t->cases[i] = t->work[k++];
	return e;
}

/* The case of a row, unless it is over already. */
static bool
open_case(struct taking *t, const struct import_device *row, uint64_t line)
{
	struct import_case *c = &t->cases[t->n];
	const struct err *e;
	uint64_t first;

	e = case_of(t->im, t->all, t->mem, row, c);
	c->line = line;
	if (e != NULL) {
		import_note(t->im, IMPORT_DEVICES, IMPORT_REFUSED, line,
		    row->activation_id, e->text);
		import_device_refused(t->all, row);
		return false;
	}
	first = line_of(t->all, row->activation_id);
	if (first != 0 && first < line) {
		import_note(t->im, IMPORT_DEVICES, IMPORT_REFUSED, line,
		    row->activation_id, arena_fmt(t->mem, "its activation is "
		    "in line %llu already", (unsigned long long)first));
		return false;
	}
	if (import_spelling_is_old(&t->all->spellings, token_key(&c->d),
		spelt_of(row))) {
		import_note(t->im, IMPORT_DEVICES, IMPORT_LEFT, line,
		    row->activation_id, "its token was registered later in "
		    "another spelling");
		return false;
	}
	return true;
}

const struct err *
import_device_take(struct import *im, struct import_devices *all,
    struct import_batch *b)
{
	const struct import_device *rows = (const void *)b->rows;
	struct taking t = {.im = im, .all = all, .mem = b->mem};
	struct import_found *found = NULL;
	size_t n_found = 0;
	const struct err *e;

	t.cases = arena_zero(b->mem, (b->n + 1) * sizeof *t.cases);
	for (size_t i = 0; i < b->n; i++)
		t.n += open_case(&t, &rows[i], b->lines[i]);
	if ((e = find_and_decide(&t, t.cases, t.n, false, &found, &n_found)) !=
		NULL ||
	    (e = write_work(&t)) != NULL)
		return e;
	for (size_t i = 0; i < t.n; i++)
		import_note(im, IMPORT_DEVICES, t.cases[i].fate,
		    t.cases[i].line, t.cases[i].d.activation_id,
		    t.cases[i].why);
	return NULL;
}

/* --- what is here only ------------------------------------------------ */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Does a row of the dump name the device, with whatever token? */
static bool
is_in_dump(const struct import_devices *all, const struct device *d)
{
	const char *id = d->activation_id;

	if (id == NULL)
		return has_row(all, d);
	return line_of(all, id) != 0 || import_seen_line(&all->refused,
	    import_digest(id, NULL, NULL)) != 0;
}

/* Is it here alone, and of one of the applications? */
static bool
is_extra(const struct import_devices *all, const char *const *apps, size_t n,
    const struct device *d)
{
	return d->gone_ms == 0 && bsearch(&d->app_id, apps, n, sizeof *apps,
	    compare_names) != NULL && !is_in_dump(all, d);
}

static const struct err *
take_extra(struct import *im, const struct import_devices *all,
    const struct device *d)
{
	bool since = d->registered_ms > all->latest_ms;
	const struct err *e = NULL;

	if (im->aside && !im->dry_run && !since)
		e = import_device_aside(im->db, d);
	if (e == NULL)
		import_note(im, IMPORT_DEVICES, IMPORT_EXTRA, 0,
		    d->activation_id, since ? "registered here since"
		    : im->aside ? "set aside" : NULL);
	return e;
}

const struct err *
import_device_extra(struct import *im, struct import_devices *all,
    const char *const *apps, size_t n)
{
	struct arena *a = arena_new();
	const struct err *e = NULL;
	struct device *list;
	int64_t id = 0;
	size_t found;

	import_seen_sort(&all->refused);
	do {
		e = import_device_after(im->db, a, id, &list, &found);
		for (size_t i = 0; e == NULL && i < found; i++) {
			id = list[i].id;
			if (is_extra(all, apps, n, &list[i]))
				e = take_extra(im, all, &list[i]);
		}
		arena_reset(a);
	} while (e == NULL && found > 0);
	arena_free(a);
	return e;
}
