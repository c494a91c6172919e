/* SPDX-License-Identifier: MIT */
#include "core/import_vapid.h"

#include <string.h>

#include "lib/text.h"

#include "push/provider.h"

#include "core/credential_key.h"
#include "core/credentials.h"

/* --- the values -------------------------------------------------------- */

static void
set_value(const struct provider *p, const char *field, const char *text,
    struct bytes *values)
{
	for (unsigned i = 0; i < p->n_fields; i++)
		if (strcmp(p->fields[i].name, field) == 0)
			values[i] = text_bytes(text);
}

/* Both are base64url, the site's perhaps with padding. */
static bool
is_same_key(const char *theirs, const char *ours)
{
	size_t len = strcspn(theirs, "=");

	return strlen(ours) == len && strncmp(theirs, ours, len) == 0;
}

const struct err *
import_vapid_read(struct import *im, struct import_vapid *v, const char **key)
{
	const struct provider *p = provider_by_name("webpush");
	struct credential_finding found;
	const struct err *e;

	v->values = arena_zero(im->mem, CREDENTIAL_FIELDS * sizeof *v->values);
	set_value(p, "privateKeyBase64", v->private_key, v->values);
	set_value(p, "subject", v->subject, v->values);
	if (v->link != NULL && text_starts(v->link, "https://"))
		set_value(p, "defaultUrl", v->link, v->values);
	e = credentials_check(im->mem, im->settings, p, v->values, &found);
	*key = provider_value(p, v->values, FIELD_TOPIC);
	if (e == NULL && v->public_key != NULL &&
	    !is_same_key(v->public_key, *key))
		e = err_new(ERR_INVALID, "the public key is not that of the "
		    "private one");
	return e != NULL ? err_at(e, "the site's VAPID pair") : NULL;
}

/* --- the application's ------------------------------------------------- */

struct setting_vapid {
	struct keyring *keyring;
	struct credential_change change;
	const struct bytes *values;
};

/* In a transaction. */
static const struct err *
set_vapid(struct db *db, void *arg)
{
	struct setting_vapid *s = arg;
	const struct err *e = credential_key_replace(db, &s->change,
	    s->values);

	return e != NULL ? e : application_set_credential(db, s->keyring,
	    s->change.app->id, s->change.provider->platform, s->values);
}

const struct err *
import_vapid_take(struct import *im, const struct application *app,
    const struct import_vapid *v)
{
	const struct provider *p = provider_by_name("webpush");
	const char *key = provider_value(p, v->values, FIELD_TOPIC);
	const char *here = credentials_value(app, p, FIELD_TOPIC);
	struct setting_vapid s = {v->keyring, {.provider = p, .app = app},
	    v->values};
	enum import_fate fate = here == NULL ? IMPORT_NEW : IMPORT_CHANGED;
	const struct err *e = NULL;

	if (here != NULL && strcmp(here, key) == 0)
		fate = IMPORT_SAME;
	else if (im->dry_run)
		e = credential_key_replace(im->db, &s.change, v->values);
	else
		e = db_transact(im->db, set_vapid, &s);
	if (e == NULL)
		import_note(im, IMPORT_CREDENTIALS, fate, 0, app->app_id, NULL);
	return e;
}
