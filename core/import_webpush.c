/* SPDX-License-Identifier: MIT */
#include "core/import_webpush.h"

#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"

#include "push/token.h"

#include "db/device.h"

#include "core/import_device.h"

#define PLATFORM_NAME "webpush"
#define ACTIVATION_BYTES 18 /* of a digest, which are 36 digits */

/* A row of the table. */
struct subscription_row {
	const char *user, *owner, *type, *endpoint, *p256dh, *auth, *coding;
	int64_t registered_ms;
};

struct import_browsers {
	const struct import_webpush *how;
	struct import_devices devices;
	struct import_seen_list endpoints;
	const char *key;  /* with which the browsers have subscribed */
	const char *type; /* of the first row that has one */
	bool mixed;	  /* there is another one */
};

/* clang-format off */
#define AT(member) offsetof(struct subscription_row, member)

/* Of laravel-notification-channels/webpush, and of those that call them as the
 * browser does. */
static const struct import_column columns[] = {
	{"user", "user_id", CELL_TEXT, CELL_OPTIONAL, AT(user), 255},
	{"subscribable_id", NULL, CELL_TEXT, CELL_OPTIONAL, AT(owner), 255},
	{"subscribable_type", NULL, CELL_TEXT, CELL_OPTIONAL, AT(type), 255},
	{"endpoint", NULL, CELL_TEXT, CELL_MUST, AT(endpoint), TOKEN_GIVEN_MAX},
	{"public_key", "p256dh", CELL_TEXT, CELL_MUST, AT(p256dh), 255},
	{"auth_token", "auth", CELL_TEXT, CELL_MUST, AT(auth), 255},
	{"content_encoding", NULL, CELL_TEXT, CELL_OPTIONAL, AT(coding), 255},
	{"updated_at", "created_at", CELL_TIME, CELL_OPTIONAL, AT(registered_ms)},
};
/* clang-format on */

static const struct import_form form = {columns, nitems(columns),
    sizeof(struct subscription_row)};

/* --- a row as a device ------------------------------------------------- */

/* As a browser would say it, so that it is checked alike. */
static const char *
token_of(struct arena *a, const struct subscription_row *row)
{
	struct json *j = json_new_object(a), *keys;
	const char *text;
	size_t len;

	json_set_text(j, "endpoint", row->endpoint);
	json_set_text(j, "contentEncoding", row->coding);
	keys = json_set_object(j, "keys");
	json_set_text(keys, "p256dh", row->p256dh);
	json_set_text(keys, "auth", row->auth);
	text = json_write(j, &len);
	return arena_text(a, text, len);
}

static const char *
user_of(const struct subscription_row *row)
{
	return row->user != NULL ? row->user : row->owner;
}

/* The page of docs/webpush names a browser so when it comes again. A PowerAuth
 * Server would not know such an activation. */
static const char *
activation_of(const struct import *im, struct arena *a,
    const struct subscription_row *row)
{
	const char *text = arena_fmt(a, "%s %s", user_of(row), row->endpoint);
	char hex[2 * ACTIVATION_BYTES + 1];
	unsigned char digest[32];

	if (im->settings->powerauth.url != NULL)
		return NULL;
	crypto_sha256(text, strlen(text), digest);
	text_hex(digest, ACTIVATION_BYTES, hex);
	return arena_text(a, hex, strlen(hex));
}

static struct import_device
device_of_subscription(const struct import *im, struct arena *a,
    const struct subscription_row *row)
{
	const struct import_browsers *b = im->own;

	return (struct import_device){.user_id = user_of(row),
	    .activation_id = activation_of(im, a, row),
	    .platform = PLATFORM_NAME, .token = token_of(a, row),
	    .app_name = b->how->app->app_id,
	    .registered_ms = row->registered_ms, .active = true};
}

static bool
find_app_of_site(struct import *im, const struct import_device *row,
    int64_t *id, const char **name)
{
	const struct import_browsers *b = im->own;

	(void)row;
	*id = b->how->app->id;
	*name = b->how->app->app_id;
	return true;
}

static const char *
find_key(struct import *im, const struct provider *p, const char *app)
{
	const struct import_browsers *b = im->own;

	(void)p;
	(void)app;
	return b->key;
}

/* --- the first reading ------------------------------------------------- */

static uint64_t
endpoint_key(const struct subscription_row *row)
{
	return import_digest(row->endpoint, NULL, NULL);
}

static bool
is_wanted(const struct import_browsers *b, const struct subscription_row *row)
{
	return b->how->type == NULL || (row->type != NULL &&
	    strcmp(row->type, b->how->type) == 0);
}

static void
note_type(struct import *im, const char *type)
{
	struct import_browsers *b = im->own;

	if (type == NULL)
		return;
	if (b->type == NULL)
		b->type = arena_text(im->mem, type, strlen(type));
	b->mixed |= strcmp(b->type, type) != 0;
}

static void
look_browser(struct import *im, const void *data, uint64_t line)
{
	const struct subscription_row *row = data;
	struct import_browsers *b = im->own;
	struct arena *a;
	struct import_device d;

	if (!is_wanted(b, row) || user_of(row) == NULL)
		return;
	a = arena_new();
	note_type(im, row->type);
	import_seen_add(&b->endpoints, endpoint_key(row), line);
	d = device_of_subscription(im, a, row);
	import_device_look(im, &b->devices, &d, line);
	arena_free(a);
}

/* --- taking ------------------------------------------------------------ */

/* Is the row over already? */
static bool
set_apart(struct import *im, struct arena *a,
    const struct subscription_row *row, uint64_t line)
{
	const struct import_browsers *b = im->own;
	uint64_t last = import_seen_last(&b->endpoints, endpoint_key(row));

	if (!is_wanted(b, row))
		import_note(im, IMPORT_DEVICES, IMPORT_LEFT, line, NULL,
		    "its owner is of another type");
	else if (user_of(row) == NULL)
		import_note(im, IMPORT_DEVICES, IMPORT_REFUSED, line, NULL,
		    "it names no user");
	else if (last > line)
		import_note(im, IMPORT_DEVICES, IMPORT_LEFT, line, NULL,
		    arena_fmt(a, "its endpoint comes again in line %llu",
			(unsigned long long)last));
	else
		return false;
	return true;
}

static const struct err *
take_browsers(struct import *im, struct import_batch *batch)
{
	const struct subscription_row *rows = (const void *)batch->rows;
	struct import_device *list = arena_zero(batch->mem,
	    (batch->n + 1) * sizeof *list);
	struct import_browsers *b = im->own;
	struct import_batch devices = {batch->mem, (char *)list, batch->lines,
	    0};

	for (size_t i = 0; i < batch->n; i++) {
		if (set_apart(im, batch->mem, &rows[i], batch->lines[i]))
			continue;
		devices.lines[devices.n] = batch->lines[i];
		list[devices.n++] = device_of_subscription(im, batch->mem,
		    &rows[i]);
	}
	return import_device_take(im, &b->devices, &devices);
}

static const struct import_file file = {NULL, IMPORT_DEVICES, &form,
    look_browser, take_browsers};

/* What is wrong with the pair, or with the table as such? */
static const struct err *
look_at_site(struct import *im, const char *path)
{
	struct import_browsers *b = im->own;
	const struct err *e = NULL;

	b->key = b->how->key;
	if (b->how->pair != NULL)
		e = import_vapid_read(im, b->how->pair, &b->key);
	if (e == NULL)
		e = import_look(im, path, &file);
	import_device_looked(&b->devices);
	import_seen_sort(&b->endpoints);
	if (e == NULL && b->mixed)
		e = err_new(ERR_INVALID, "%s has owners of several types "
		    "(subscribable_type): say which one by --type", path);
	return e;
}

const struct err *
import_webpush(struct import *im, const char *path,
    const struct import_webpush *how)
{
	struct import_browsers *b = arena_zero(im->mem, sizeof *b);
	const struct err *e;

	b->how = how;
	b->devices.app = find_app_of_site;
	b->devices.key = find_key;
	im->own = b;
	e = look_at_site(im, path);
	if (e == NULL && how->pair != NULL)
		e = import_vapid_take(im, how->app, how->pair);
	if (e == NULL)
		e = import_take(im, path, &file);
	import_devices_done(&b->devices);
	import_seen_done(&b->endpoints);
	return e;
}
