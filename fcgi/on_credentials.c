/* SPDX-License-Identifier: MIT */
/*
 * The providers' credentials of an application: set and removed, never
 * returned. Credentials that cannot work are refused here, while the person
 * who has the right key is present.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "core/credential_key.h"
#include "core/credentials.h"

#include "fcgi/call.h"
#include "fcgi/warn.h"

#define BLANKS " \t\r\n"

static const char *const environments[] = {
    "development", "production", NULL};

struct credentials_in {
	const char *app_id, *bundle, *key_id, *team_id, *environment, *key;
	const char *project_id, *client_id, *client_secret;
	const char *subject, *default_url;
	bool generate, force;
};

/* clang-format off */
#define AT(member) offsetof(struct credentials_in, member)
#define MUST (F_NEED | F_FILLED | F_NOT_BLANK)

/* A row of a bean form, with its text for a blank field. */
#define BEAN(name, member, max) \
	{name, F_ID, MUST, AT(member), 0, max, .missing = "must not be blank"}
#define BEAN_KEY \
	{"privateKeyBase64", F_TEXT, MUST | F_SECRET, AT(key), 0, 0, \
	    .missing = "must not be blank"}
/* A row of the deprecated forms, each with its own sentence. */
#define HAND(name, member, max, words) \
	{name, F_ID, MUST, AT(member), 0, max, .missing = (words)}
#define HAND_KEY \
	{"privateKeyBase64", F_TEXT, MUST | F_SECRET, AT(key), 0, 0, \
	    .missing = "Private key must not be empty."}
#define ENVIRONMENT \
	{"environment", F_ENUM, F_ANYCASE, AT(environment), \
	    .choices = environments}

static const struct field apns_fields[] = {
	BEAN("appId", app_id, 255),
	BEAN("bundle", bundle, 255),
	BEAN("keyId", key_id, 255),
	BEAN("teamId", team_id, 255),
	ENVIRONMENT,
	BEAN_KEY,
	{NULL}
};

static const struct field ios_fields[] = {
	HAND("appId", app_id, 255, "App ID must not be null."),
	HAND("bundle", bundle, 255, "Bundle must not be empty."),
	HAND("keyId", key_id, 255, "Key ID must not be empty."),
	HAND("teamId", team_id, 255, "Team ID must not be empty."),
	ENVIRONMENT,
	HAND_KEY,
	{NULL}
};

static const struct field fcm_fields[] = {
	BEAN("appId", app_id, 255),
	BEAN("projectId", project_id, 255),
	BEAN_KEY,
	{NULL}
};

static const struct field android_fields[] = {
	HAND("appId", app_id, 255, "App ID must not be null."),
	HAND("projectId", project_id, 255, "Project ID must not be empty."),
	HAND_KEY,
	{NULL}
};

static const struct field hms_fields[] = {
	BEAN("appId", app_id, 255),
	BEAN("projectId", project_id, 255),
	BEAN("clientId", client_id, 255),
	{"clientSecret", F_ID, MUST | F_SECRET, AT(client_secret), 0, 180,
	    .missing = "must not be blank"},
	{NULL}
};

static const struct field webpush_fields[] = {
	BEAN("appId", app_id, 255),
	BEAN("subject", subject, 255),
	{"privateKeyBase64", F_TEXT, F_FILLED | F_NOT_BLANK | F_SECRET,
	    AT(key), 0, 0, .missing = "must not be blank"},
	{"generate", F_FLAG, 0, AT(generate)},
	{"defaultUrl", F_ID, 0, AT(default_url), 0, 255},
	{"force", F_FLAG, 0, AT(force)},
	{NULL}
};

static const struct field remove_fields[] = {
	{"appId", F_ID, F_NEED | F_QUERY, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{NULL}
};

static const struct field remove_key_fields[] = {
	{"appId", F_ID, F_NEED | F_QUERY, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{"force", F_FLAG, F_QUERY, AT(force)},
	{NULL}
};

#define FORM(fields, missing, how) \
	{fields, sizeof(struct credentials_in), missing, how}

const struct form app_apns_form =
	FORM(apns_fields, "must not be null", FORM_VIOLATIONS);
const struct form app_ios_form =
	FORM(ios_fields, "Request object must not be empty", 0);
const struct form app_fcm_form =
	FORM(fcm_fields, "must not be null", FORM_VIOLATIONS);
const struct form app_android_form =
	FORM(android_fields, "Request object must not be empty", 0);
const struct form app_hms_form =
	FORM(hms_fields, "must not be null", FORM_VIOLATIONS);
const struct form app_webpush_form =
	FORM(webpush_fields, "must not be null", FORM_VIOLATIONS);
const struct form app_remove_form = FORM(remove_fields, NULL, 0);
const struct form app_remove_key_form = FORM(remove_key_fields, NULL, 0);
const struct form app_remove_object_form =
	FORM(remove_fields, "Request object must not be empty", 0);
/* clang-format on */

static const struct err *
find(struct call *c, struct application *app)
{
	const struct credentials_in *in = c->in;

	c->app = in->app_id;
	return problem_say(application_by_name(c->db, c->mem, in->app_id, app),
	    ERR_MISSING, "Application credentials with entered ID: %s does "
	    "not exist", in->app_id);
}

/* --- keys ------------------------------------------------------------- */

static bool
is_file(const char *text)
{
	return strstr(text, "-----BEGIN") != NULL || *text == '{';
}

/* Remove white space: base64 and openssl write lines, a form may indent them.
 */
static struct buf *
without_blanks(struct call *c, const char *text)
{
	struct buf *b = arena_buf(c->mem, strlen(text));

	(void)buf_reserve(b, strlen(text));
	for (size_t n; *text != '\0'; text += n) {
		n = strcspn(text, BLANKS);
		(void)buf_add(b, text, n);
		n += strspn(text + n, BLANKS);
	}
	return b;
}

/* The decoded key; memory of the call, wiped after it. */
static const struct err *
decode_key(struct call *c, const char *text, struct bytes *key)
{
	struct buf *b = arena_buf(c->mem, LIMIT_KEY);
	struct buf *digits = without_blanks(c, text);

	(void)buf_reserve(b, LIMIT_KEY);
	if (is_file(text))
		return err_new(ERR_INVALID, "privateKeyBase64 is the file as "
		    "it is: wanted is its base64");
	if (!crypto_unbase64_any(buf_str(digits), digits->len, b))
		return err_new(ERR_INVALID, b->overflowed
			? "privateKeyBase64 is too long"
			: "privateKeyBase64 is not valid base64");
	*key = (struct bytes){buf_str(b), b->len};
	return NULL;
}

/* --- set -------------------------------------------------------------- */

/* The provider that the path names, by its present or earlier name:
 * /admin/app/ios/... */
static const struct provider *
provider_of_path(const struct call *c)
{
	static const char parent[] = "/admin/app/";
	const char *name = c->route->path +
	    (text_starts(c->route->path, parent) ? strlen(parent) : 1);

	return provider_by_name(
	    arena_text(c->mem, name, strcspn(name, "/")));
}

/* The call's value for a field, by the row of its form. */
static const char *
given(const struct call *c, const struct credential_field *f)
{
	const struct field *row = c->route->form->fields;

	while (row->name != NULL && strcmp(row->name, f->name) != 0)
		row++;
	return row->name != NULL
	    ? *(const char *const *)(const void *)
		  ((const char *)c->in + row->at)
	    : NULL;
}

static const struct err *
read_values(struct call *c, const struct provider *p, struct bytes *values)
{
	const struct err *e = NULL;

	for (unsigned i = 0; e == NULL && i < p->n_fields; i++) {
		values[i] = text_bytes(given(c, &p->fields[i]));
		if (p->fields[i].kind == FIELD_KEY && values[i].data != NULL)
			e = decode_key(c, values[i].data, &values[i]);
	}
	return e;
}

static const struct err *
check(struct call *c, const struct provider *p, struct bytes *values)
{
	struct credential_finding found;
	const struct err *e = credentials_check(c->mem, c->settings, p, values,
	    &found);

	if (e != NULL && found.key != NULL)
		return err_new(ERR_INVALID, "%s is not %s in base64 (%s)",
		    found.key->name, found.key->wanted, e->text);
	if (e == NULL && found.doubt != NULL)
		warn_add(c, WARN_OTHER_PROJECT, found.doubted->name, "%s",
		    found.doubt);
	return e;
}

static const struct err *
as_conflict(struct call *c, const struct err *e)
{
	return e->code == ERR_CONFLICT
	    ? problem_as(c, PROBLEM_CONFLICT, e) : e;
}

/* The public half of the key, for pages, and how many devices have lost
 * theirs. */
static const struct err *
answer_key(struct call *c, const struct credential_change *change,
    const struct bytes *values)
{
	const struct provider *p = change->provider;
	struct json *object = json_new_object(c->mem);

	if (p->generate == NULL)
		return reply_ok(c);
	json_set_text(object, provider_field(p, FIELD_TOPIC)->name,
	    provider_value(p, values, FIELD_TOPIC));
	if (change->lost > 0)
		json_set_int(object, "lost", (int64_t)change->lost);
	return reply_object(c, object);
}

const struct err *
on_app_credential(struct call *c)
{
	const struct provider *p = provider_of_path(c);
	const struct credentials_in *in = c->in;
	struct bytes values[CREDENTIAL_FIELDS];
	struct application app;
	struct credential_change change = {.provider = p, .app = &app,
	    .generate = in->generate, .force = in->force};
	const struct err *e;

	if ((e = find(c, &app)) != NULL ||
	    (e = read_values(c, p, values)) != NULL ||
	    (e = credential_key_fill(c->db, c->mem, c->worker->keyring,
		 &change, values)) != NULL ||
	    (e = check(c, p, values)) != NULL)
		return e;
	if ((e = credential_key_replace(c->db, &change, values)) != NULL)
		return as_conflict(c, e);
	c->detail = credentials_detail(c->mem, p, values);
	e = application_set_credential(c->db, c->worker->keyring, app.id,
	    p->platform, values);
	return e != NULL ? e : answer_key(c, &change, values);
}

const struct err *
on_app_credential_remove(struct call *c)
{
	const struct provider *p = provider_of_path(c);
	const struct credentials_in *in = c->in;
	struct application app;
	struct credential_change change = {.provider = p, .app = &app,
	    .force = in->force};
	const struct err *e;

	if ((e = find(c, &app)) != NULL)
		return e;
	if ((e = credential_key_remove(c->db, &change)) != NULL)
		return as_conflict(c, e);
	e = application_set_credential(c->db, c->worker->keyring, app.id,
	    p->platform, NULL);
	return e != NULL ? e : reply_ok(c);
}
