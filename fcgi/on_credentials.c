/* SPDX-License-Identifier: MIT */
/*
 * The providers' credentials of an application: set and removed, never told
 * back. What could not work is refused here, while the person who has the
 * right key is still looking.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"

#include "db/application.h"

#include "push/credential_check.h"

#include "fcgi/call.h"
#include "fcgi/audited.h"
#include "fcgi/warn.h"

#define BLANKS " \t\r\n"

static const char *const environments[] = {
    "development", "production", NULL};

struct credentials_in {
	const char *app_id, *bundle, *key_id, *team_id, *environment, *key;
	const char *project_id, *client_id, *client_secret;
};

/* clang-format off */
#define AT(member) offsetof(struct credentials_in, member)
#define MUST (F_NEED | F_FILLED | F_NOT_BLANK)

/* A row of a bean form, in whose words the field is not blank. */
#define BEAN(name, member, max) \
	{name, F_ID, MUST, AT(member), 0, max, .missing = "must not be blank"}
#define BEAN_KEY \
	{"privateKeyBase64", F_TEXT, MUST | F_SECRET, AT(key), 0, 0, \
	    .missing = "must not be blank"}
/* The same of the deprecated forms, each with its sentence. */
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

static const struct field remove_fields[] = {
	{"appId", F_ID, F_NEED | F_QUERY, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
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
const struct form app_remove_form = FORM(remove_fields, NULL, 0);
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

static const struct err *
not_base64(const char *text)
{
	if (strstr(text, "-----BEGIN") != NULL || *text == '{')
		return err_new(ERR_INVALID, "privateKeyBase64 is the file as "
		    "it is: wanted is its base64");
	return err_new(ERR_INVALID, "privateKeyBase64 is not valid base64");
}

/* base64 and openssl write it in lines, and a form may indent them. */
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
decode_key(struct call *c, const char *text, const char **key, size_t *len)
{
	struct buf *b = arena_buf(c->mem, LIMIT_KEY);
	struct buf *digits = without_blanks(c, text);

	(void)buf_reserve(b, LIMIT_KEY);
	if (!crypto_unbase64(buf_str(digits), digits->len, b))
		return b->overflowed
			? err_new(ERR_INVALID, "privateKeyBase64 is too long")
			: not_base64(text);
	*key = buf_str(b);
	*len = b->len;
	return NULL;
}

static const struct err *
check_apns(const struct apns_credentials *a)
{
	const struct err *e = credential_check_apns_key(a->key, a->key_len);

	if (e != NULL)
		return err_new(ERR_INVALID, "privateKeyBase64 is not an APNs "
		    "key: wanted is the .p8 file from Apple in base64 (%s)",
		    e->text);
	return credential_check_apns_names(a->team_id, a->key_id, a->bundle);
}

static const struct err *
check_fcm(struct call *c, const struct fcm_credentials *f, const char **doubt)
{
	struct service_account account;
	const struct err *e = credential_check_fcm_key(
	    c->mem, c->settings->provider[PLATFORM_FCM].send_url, f->key,
	    f->key_len, &account);

	if (e != NULL)
		return err_new(ERR_INVALID, "privateKeyBase64 is not an FCM "
		    "key: wanted is the service account's JSON file in base64 "
		    "(%s)", e->text);
	return credential_check_fcm_project(
	    c->mem, &account, f->project_id, doubt);
}

/* --- set -------------------------------------------------------------- */

const struct err *
on_app_apns(struct call *c)
{
	const struct credentials_in *in = c->in;
	struct apns_credentials a = {.team_id = in->team_id,
	    .key_id = in->key_id, .bundle = in->bundle,
	    .environment = in->environment};
	struct application app;
	const struct err *e;

	if ((e = find(c, &app)) != NULL ||
	    (e = decode_key(c, in->key, &a.key, &a.key_len)) != NULL ||
	    (e = check_apns(&a)) != NULL)
		return e;
	audit_detail(c, "bundle", a.bundle);
	audit_detail(c, "keyId", a.key_id);
	audit_detail(c, "teamId", a.team_id);
	audit_detail(c, "environment", a.environment);
	e = application_set_apns(c->db, c->worker->keyring, app.id, &a);
	return e != NULL ? e : reply_ok(c);
}

const struct err *
on_app_fcm(struct call *c)
{
	const struct credentials_in *in = c->in;
	struct fcm_credentials f = {.project_id = in->project_id};
	struct application app;
	const struct err *e;
	const char *doubt = NULL;

	if ((e = find(c, &app)) != NULL ||
	    (e = decode_key(c, in->key, &f.key, &f.key_len)) != NULL ||
	    (e = check_fcm(c, &f, &doubt)) != NULL)
		return e;
	audit_detail(c, "projectId", f.project_id);
	if (doubt != NULL)
		warn_add(c, WARN_OTHER_PROJECT, "projectId", "%s", doubt);
	e = application_set_fcm(c->db, c->worker->keyring, app.id, &f);
	return e != NULL ? e : reply_ok(c);
}

const struct err *
on_app_hms(struct call *c)
{
	const struct credentials_in *in = c->in;
	struct hms_credentials h = {in->project_id, in->client_id,
	    in->client_secret};
	struct application app;
	const struct err *e;

	if ((e = find(c, &app)) != NULL ||
	    (e = credential_check_hms(
		 h.project_id, h.client_id, h.client_secret)) != NULL)
		return e;
	audit_detail(c, "projectId", h.project_id);
	audit_detail(c, "clientId", h.client_id);
	e = application_set_hms(c->db, c->worker->keyring, app.id, &h);
	return e != NULL ? e : reply_ok(c);
}

/* --- remove ----------------------------------------------------------- */

const struct err *
on_app_apns_remove(struct call *c)
{
	struct application app;
	const struct err *e = find(c, &app);

	if (e == NULL)
		e = application_set_apns(c->db, c->worker->keyring, app.id,
		    &(struct apns_credentials){0});
	return e != NULL ? e : reply_ok(c);
}

const struct err *
on_app_fcm_remove(struct call *c)
{
	struct application app;
	const struct err *e = find(c, &app);

	if (e == NULL)
		e = application_set_fcm(c->db, c->worker->keyring, app.id,
		    &(struct fcm_credentials){0});
	return e != NULL ? e : reply_ok(c);
}

const struct err *
on_app_hms_remove(struct call *c)
{
	struct application app;
	const struct err *e = find(c, &app);

	if (e == NULL)
		e = application_set_hms(c->db, c->worker->keyring, app.id,
		    &(struct hms_credentials){0});
	return e != NULL ? e : reply_ok(c);
}
