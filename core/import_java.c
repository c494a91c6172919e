/* SPDX-License-Identifier: MIT */
#include "core/import_java.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/mem.h"

#include "push/token.h"

#include "db/application.h"
#include "db/device.h"

#include "core/import_java_part.h"

struct java_file {
	const struct import_file *file;
	bool must;
};

/* In the order in which they refer to each other. */
static const struct java_file java_files[] = {
	{&java_apps_file, true},
	{&java_devices_file, true},
	{&java_campaigns_file, false},
	{&java_users_file, false},
	{&java_links_file, false},
	{&java_inbox_file, false},
	{&java_messages_file, false},
};

static int
compare_sources(const void *a, const void *b)
{
	const struct java_app *x = a, *y = b;

	return x->source < y->source ? -1 : x->source > y->source;
}

struct java_app *
java_app_of(const struct java *j, int64_t source)
{
	const struct java_app key = {.source = source};

	return j->n_apps == 0 ? NULL : bsearch(&key, j->apps, j->n_apps,
	    sizeof key, compare_sources);
}

/* --- devices ---------------------------------------------------------- */

/* clang-format off */
#define AT(member) offsetof(struct import_device, member)

static const struct import_column device_columns[] = {
	{"activation_id", NULL, CELL_TEXT, 0, AT(activation_id), DEVICE_ID_MAX},
	{"user_id", NULL, CELL_TEXT, 0, AT(user_id), 255},
	{"app_id", NULL, CELL_NUMBER, CELL_MUST, AT(source_app)},
	{"platform", NULL, CELL_TEXT, CELL_MUST, AT(platform), 20},
	{"environment", NULL, CELL_TEXT, CELL_OPTIONAL, AT(environment), 255},
	{"push_token", NULL, CELL_TEXT, CELL_MUST, AT(token), TOKEN_GIVEN_MAX},
	{"timestamp_last_registered", NULL, CELL_TIME, CELL_MUST, AT(registered_ms)},
	{"is_active", NULL, CELL_BOOL, 0, AT(active)},
};
/* clang-format on */

static const struct import_form device_form = {device_columns,
    nitems(device_columns), sizeof(struct import_device)};

static bool
app_of_device(struct import *im, const struct import_device *row, int64_t *id,
    const char **name)
{
	const struct java_app *a = java_app_of(im->own, row->source_app);

	if (a == NULL)
		return false;
	*id = a->id;
	*name = a->name;
	return true;
}

static void
look_java_device(struct import *im, const void *row, uint64_t line)
{
	struct java *j = im->own;

	import_device_look(im, &j->devices, row, line);
}

static void
look_java_spelling(struct import *im, const void *row, uint64_t line)
{
	struct java *j = im->own;

	import_device_spelt(im, &j->devices, row, line);
}

static const struct err *
take_java_devices(struct import *im, struct import_batch *b)
{
	struct java *j = im->own;

	return import_device_take(im, &j->devices, b);
}

static void
refuse_java_device(struct import *im, const void *row)
{
	struct java *j = im->own;

	import_device_refused(&j->devices, row);
}

#define DEVICES "push_device_registration.csv"
const struct import_file java_devices_file = {DEVICES, IMPORT_DEVICES,
    &device_form, look_java_device, take_java_devices, refuse_java_device};
const struct import_file java_spellings_file = {DEVICES, IMPORT_DEVICES,
    &device_form, look_java_spelling, take_java_devices};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const struct err *
tell_extra_devices(struct import *im)
{
	struct java *j = im->own;
	const char **names = arena_zero(im->mem,
	    (j->n_apps + 1) * sizeof *names);

	for (size_t i = 0; i < j->n_apps; i++)
		names[i] = j->apps[i].name;
	qsort(names, j->n_apps, sizeof *names, compare_texts);
	return import_device_extra(im, &j->devices, names, j->n_apps);
}

/* --- the directory ---------------------------------------------------- */

typedef const struct err *read_fn(struct import *im, const char *path,
    const struct import_file *f);

static const struct err *
read_file(struct import *im, const char *directory, const struct java_file *f,
    read_fn *fn)
{
	const char *path = arena_fmt(im->mem, "%s/%s", directory,
	    f->file->name);
	const struct err *e = fn(im, path, f->file);

	if (e == NULL || e->code != ERR_MISSING || f->must)
		return e;
	if (fn == import_look)
		im->missing = im->missing == NULL ? f->file->name
		    : arena_fmt(im->mem, "%s, %s", im->missing, f->file->name);
	return NULL;
}

static const struct err *
look_at_all(struct import *im, const char *directory)
{
	struct java *j = im->own;
	const struct java_file spellings = {&java_spellings_file, true};
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < nitems(java_files); i++) {
		e = read_file(im, directory, &java_files[i], import_look);
		if (java_files[i].file == &java_apps_file && j->n_apps > 0)
			qsort(j->apps, j->n_apps, sizeof *j->apps,
			    compare_sources);
	}
	java_sort_links(j);
	import_device_looked(&j->devices);
	import_seen_sort(&j->users);
	import_seen_sort(&j->inbox);
	if (e == NULL && j->devices.spellings.n > 0)
		e = read_file(im, directory, &spellings, import_look);
	return e;
}

static const struct err *
take_all(struct import *im, const char *directory)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < nitems(java_files); i++)
		if (java_files[i].file->take != NULL)
			e = read_file(im, directory, &java_files[i],
			    import_take);
	if (e == NULL)
		e = tell_extra_devices(im);
	if (e == NULL)
		e = java_extra_campaigns(im);
	return e != NULL ? e : java_extra_users(im);
}

static void
java_done(struct java *j)
{
	import_devices_done(&j->devices);
	import_seen_done(&j->campaigns);
	import_seen_done(&j->unsent);
	import_seen_done(&j->users);
	import_seen_done(&j->inbox);
	keyring_free(j->keyring);
	free(j->apps);
	free(j->links);
}

const struct err *
import_java(struct import *im, const char *directory)
{
	struct java *j = arena_zero(im->mem, sizeof *j);
	const struct err *e;
	struct stat st;

	if (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_new(ERR_MISSING, "%s is not a directory of CSV "
		    "files", directory);
	j->devices.app = app_of_device;
	im->own = j;
	e = keyring_new(im->settings->secrets.key_file, &j->keyring);
	if (e == NULL)
		e = look_at_all(im, directory);
	if (e == NULL)
		e = take_all(im, directory);
	java_done(j);
	return e;
}
