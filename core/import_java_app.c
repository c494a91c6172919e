/* SPDX-License-Identifier: MIT */
/*
 * Applications of the Java edition and their credentials. No release of 1.5 to
 * 1.10 encrypts them: what it has in its columns is what it was given. So a key
 * that is no key here is not in clear, or was dumped in another form, and is
 * told apart by that. An application that has another credential here keeps it.
 */
#include "core/import_java_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#include "db/application.h"

#include "core/credentials.h"

#define KEY_BYTES (32 * 1024)

struct java_app_row {
	int64_t source;
	const char *name;
	struct bytes values[PLATFORM__COUNT][CREDENTIAL_FIELDS];
};

/* In the order of db/credential_columns.h. Since 1.10 the columns of before are
 * there too, and hold what was removed later: they are for dumps of before
 * alone. */
#define APP(member) offsetof(struct java_app_row, member)
#define VALUE(platform, i) APP(values[PLATFORM_##platform][i])
/* clang-format off */
static const struct import_column app_columns[] = {
	{"id", NULL, CELL_NUMBER, CELL_MUST, APP(source)},
	{"app_id", NULL, CELL_TEXT, CELL_MUST, APP(name), 255},
	{"apns_private_key", "ios_private_key", CELL_BYTES, 0, VALUE(APNS, 0), KEY_BYTES},
	{"apns_key_id", "ios_key_id", CELL_VALUE, 0, VALUE(APNS, 1), 255},
	{"apns_team_id", "ios_team_id", CELL_VALUE, 0, VALUE(APNS, 2), 255},
	{"apns_bundle", "ios_bundle", CELL_VALUE, 0, VALUE(APNS, 3), 255},
	{"apns_environment", "ios_environment", CELL_VALUE, 0, VALUE(APNS, 4), 255},
	{"fcm_private_key", "android_private_key", CELL_BYTES, 0, VALUE(FCM, 0), KEY_BYTES},
	{"fcm_project_id", "android_project_id", CELL_VALUE, 0, VALUE(FCM, 1), 255},
	{"hms_project_id", NULL, CELL_VALUE, CELL_OPTIONAL, VALUE(HMS, 0), 255},
	{"hms_client_id", NULL, CELL_VALUE, CELL_OPTIONAL, VALUE(HMS, 1), 255},
	{"hms_client_secret", NULL, CELL_VALUE, CELL_OPTIONAL, VALUE(HMS, 2), 255},
};
/* clang-format on */

static const struct import_form app_form = {app_columns, nitems(app_columns),
    sizeof(struct java_app_row)};

static void
look_app(struct import *im, const void *row, uint64_t line)
{
	const struct java_app_row *r = row;
	struct java *j = im->own;

	(void)line;
	if (j->n_apps == j->apps_room) {
		j->apps_room = j->apps_room > 0 ? 2 * j->apps_room : 64;
		j->apps = xrealloc(j->apps, j->apps_room * sizeof *j->apps);
	}
	j->apps[j->n_apps++] = (struct java_app){r->source,
	    arena_fmt(im->mem, "%s", r->name), 0};
}

/* --- a credential ----------------------------------------------------- */

static bool
is_equal(const struct provider *p, const struct bytes *a,
    const struct bytes *b)
{
	for (unsigned i = 0; i < p->n_fields; i++)
		if (a[i].len != b[i].len || (a[i].len > 0 &&
		    memcmp(a[i].data, b[i].data, a[i].len) != 0))
			return false;
	return true;
}

/* Another word than these two stood for the server's default. */
static void
tidy_environment(struct arena *a, const struct provider *p,
    struct bytes *values)
{
	const struct credential_field *f = provider_field(p,
	    FIELD_ENVIRONMENT);
	struct bytes *value = f != NULL ? &values[f - p->fields] : NULL;
	const char *word;

	if (value == NULL)
		return;
	word = import_word(a, value->data != NULL ? value->data : "");
	*value = strcmp(word, "development") == 0 ||
	    strcmp(word, "production") == 0 ? text_bytes(word)
					    : (struct bytes){0};
}

static bool
is_in_clear(struct bytes key)
{
	return key.len > 0 && text_is_utf8(key.data, key.len);
}

/* The sentence of a credential that cannot be taken. */
static const char *
why_not(struct arena *a, const struct provider *p, const struct bytes *values,
    const struct err *e)
{
	const char *why = arena_fmt(a, "its credential for %s: %s", p->title,
	    e->text);

	for (unsigned i = 0; i < p->n_fields; i++)
		if (p->fields[i].kind == FIELD_KEY && !is_in_clear(values[i]))
			return arena_fmt(a, "its credential for %s is not in "
			    "clear: set it here by \"outpost app %s\"",
			    p->title, p->name);
	return why;
}

struct setting_credential {
	struct keyring *keyring;
	int64_t app;
	enum platform platform;
	const struct bytes *values;
};

static const struct err *
set_credential(struct db *db, void *arg)
{
	const struct setting_credential *s = arg;

	return application_set_credential(db, s->keyring, s->app, s->platform,
	    s->values);
}

static const struct err *
take_credential(struct import *im, struct arena *a, const struct java_app *app,
    const struct provider *p, struct bytes *values, const struct bytes *here,
    uint64_t line)
{
	struct java *j = im->own;
	struct setting_credential s = {j->keyring, app->id, p->platform,
	    values};
	struct credential_finding found;
	enum import_fate fate = IMPORT_NEW;
	const struct err *e;

	e = credentials_check(a, im->settings, p, values, &found);
	if (e != NULL) {
		import_note(im, IMPORT_CREDENTIALS, IMPORT_REFUSED, line,
		    app->name, why_not(a, p, values, e));
		return NULL;
	}
	if (here != NULL)
		fate = is_equal(p, values, here) ? IMPORT_SAME : IMPORT_KEPT;
	else if (!im->dry_run &&
	    (e = db_transact(im->db, set_credential, &s)) != NULL)
		return e;
	import_note(im, IMPORT_CREDENTIALS, fate, line, app->name,
	    fate == IMPORT_KEPT ? arena_fmt(a, "it has another one for %s "
	    "here", p->title) : p->title);
	return NULL;
}

/* A credential without its key or secret sends nothing there either. */
static void
note_half(struct import *im, struct arena *a, const struct java_app *app,
    const struct provider *p, const struct bytes *values, uint64_t line)
{
	bool some = false;

	for (unsigned i = 0; i < p->n_fields; i++)
		some = some || values[i].data != NULL;
	if (some)
		import_note(im, IMPORT_CREDENTIALS, IMPORT_LEFT, line,
		    app->name, arena_fmt(a, "its credential for %s has no key "
		    "or secret", p->title));
}

/* --- an application --------------------------------------------------- */

static const struct err *
take_credentials(struct import *im, struct arena *a, const struct java_app *app,
    struct java_app_row *row, uint64_t line)
{
	struct java *j = im->own;
	struct credentials here = {0};
	const struct err *e = NULL;

	if (app->id != 0)
		e = application_credentials(im->db, a, j->keyring, app->id,
		    &here);
	for (int i = 0; e == NULL && i < PLATFORM__COUNT; i++) {
		const struct provider *p = providers[i];
		bool there = here.trouble[i][0] != '\0' ||
		    provider_configured(p, here.values[i]);

		tidy_environment(a, p, row->values[i]);
		if (provider_configured(p, row->values[i]))
			e = take_credential(im, a, app, p, row->values[i],
			    there ? here.values[i] : NULL, line);
		else
			note_half(im, a, app, p, row->values[i], line);
	}
	return e;
}

static const struct err *
add_application(struct db *db, void *arg)
{
	struct java_app *app = arg;

	return application_add(db, app->name, &app->id);
}

static const struct err *
take_app(struct import *im, struct arena *a, struct java_app_row *row,
    uint64_t line)
{
	struct java *j = im->own;
	struct java_app *app = java_app_of(j, row->source);
	struct application here = {0};
	const struct err *e;

	e = application_by_name(im->db, a, app->name, &here);
	if (e != NULL && e->code != ERR_MISSING)
		return e;
	if (e == NULL)
		app->id = here.id;
	else if (!im->dry_run &&
	    (e = db_transact(im->db, add_application, app)) != NULL)
		return e;
	import_note(im, IMPORT_APPS, here.id != 0 && app->id == here.id
	    ? IMPORT_SAME : IMPORT_NEW, line, app->name, NULL);
	return take_credentials(im, a, app, row, line);
}

static const struct err *
take_apps(struct import *im, struct import_batch *b)
{
	struct java_app_row *rows = (void *)b->rows;
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < b->n; i++)
		e = take_app(im, b->mem, &rows[i], b->lines[i]);
	return e;
}

const struct import_file java_apps_file = {"push_app_credentials.csv",
    IMPORT_APPS, &app_form, look_app, take_apps};
