/* SPDX-License-Identifier: MIT */
#include "core/import_list.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#include "push/token.h"

#include "db/application.h"
#include "db/device.h"

#include "core/credentials.h"
#include "core/import_device.h"

struct import_listing {
	struct import_devices devices;
	struct application *apps; /* in order of the name */
	size_t n_apps;
};

/* clang-format off */
#define AT(member) offsetof(struct import_device, member)

static const struct import_column columns[] = {
	{"user", "user_id", CELL_TEXT, CELL_MUST, AT(user_id), 255},
	{"platform", NULL, CELL_TEXT, CELL_MUST, AT(platform), 20},
	{"token", "push_token", CELL_TEXT, CELL_MUST, AT(token), TOKEN_GIVEN_MAX},
	{"activation", "activation_id", CELL_TEXT, 0, AT(activation_id), DEVICE_ID_MAX},
	{"application", "app_id", CELL_TEXT, CELL_MUST, AT(app_name), 255},
	{"environment", NULL, CELL_TEXT, CELL_OPTIONAL, AT(environment), 255},
	{"active", "is_active", CELL_BOOL, CELL_OPTIONAL | CELL_TRUE, AT(active)},
	{"registered", "timestamp_last_registered", CELL_TIME, CELL_OPTIONAL, AT(registered_ms)},
};
/* clang-format on */

static const struct import_form form = {columns, nitems(columns),
    sizeof(struct import_device)};

static int
compare_apps(const void *key, const void *element)
{
	const struct application *a = element;

	return strcmp(key, a->app_id);
}

static bool
find_listed(struct import *im, const struct import_device *row, int64_t *id,
    const char **name)
{
	const struct import_listing *l = im->own;
	const struct application *a = l->n_apps == 0 ? NULL
	    : bsearch(row->app_name, l->apps, l->n_apps, sizeof *a,
		  compare_apps);

	if (a == NULL)
		return false;
	*id = a->id;
	*name = a->app_id;
	return true;
}

static const char *
key_of_listed(struct import *im, const struct provider *p, const char *app)
{
	const struct import_listing *l = im->own;

	return credentials_value(bsearch(app, l->apps, l->n_apps,
	    sizeof *l->apps, compare_apps), p, FIELD_TOPIC);
}

static void
look_device(struct import *im, const void *row, uint64_t line)
{
	struct import_listing *l = im->own;

	import_device_look(im, &l->devices, row, line);
}

static void
look_spelling(struct import *im, const void *row, uint64_t line)
{
	struct import_listing *l = im->own;

	import_device_spelt(im, &l->devices, row, line);
}

static const struct err *
take_devices(struct import *im, struct import_batch *b)
{
	struct import_listing *l = im->own;

	return import_device_take(im, &l->devices, b);
}

static const struct import_file file = {NULL, IMPORT_DEVICES, &form,
    look_device, take_devices};
static const struct import_file spellings = {NULL, IMPORT_DEVICES, &form,
    look_spelling, take_devices};

const struct err *
import_list(struct import *im, const char *path)
{
	struct import_listing *l = arena_zero(im->mem, sizeof *l);
	const struct err *e;

	l->devices.app = find_listed;
	l->devices.key = key_of_listed;
	l->devices.strict = true;
	im->own = l;
	e = application_list(im->db, im->mem, &l->apps, &l->n_apps);
	if (e == NULL)
		e = import_look(im, path, &file);
	import_device_looked(&l->devices);
	if (e == NULL && l->devices.spellings.n > 0)
		e = import_look(im, path, &spellings);
	if (e == NULL)
		e = import_take(im, path, &file);
	import_devices_done(&l->devices);
	return e;
}
