/* SPDX-License-Identifier: MIT */
/* Both token servers: a form comes in, an access token goes out. */
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "tests/fake/fake.h"
#include "tests/fake/verify.h"

#define SCOPE "https://www.googleapis.com/auth/firebase.messaging"
#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"

/* A field of the form, decoded, in the arena; NULL when absent. */
static const char *
form_get(struct fake *f, const struct ask *ask, const char *name)
{
	const char *p = buf_str(&ask->body);
	size_t len = strlen(name), n;
	char *value;

	for (; *p != '\0'; p += p[n] == '&' ? n + 1 : n) {
		n = strcspn(p, "&");
		if (n <= len || strncmp(p, name, len) != 0 || p[len] != '=')
			continue;
		value = arena_text(f->arena, p + len + 1, n - len - 1);
		return text_unescape(value, true) ? value : NULL;
	}
	return NULL;
}

static bool
is_form(const struct ask *ask)
{
	const char *type = ask_get(ask, HEAD_CONTENT_TYPE);

	return strcmp(ask_get(ask, HEAD_METHOD), "POST") == 0 && type != NULL &&
	    text_starts(type, "application/x-www-form-urlencoded");
}

static void
google_refuse(struct ask *ask, const char *error, const char *why)
{
	log_warn("google error=%s why=\"%s\"", error, why);
	answer_json(ask, 400,
	    "{\"error\":\"%s\",\"error_description\":\"%s\"}", error, why);
}

static const char *
check_claims(struct fake *f, const struct jwt *jwt)
{
	int64_t now = clock_now_ms() / 1000;

	if (strcmp(jwt->iss, FAKE_FCM_EMAIL) != 0)
		return "Invalid grant: account not found";
	if (strcmp(jwt->scope, SCOPE) != 0)
		return "wrong scope";
	if (strcmp(jwt->aud, f->token_uri) != 0)
		return "wrong audience";
	if (jwt->iat < 0 || jwt->exp < 0 || jwt->exp <= jwt->iat ||
	    jwt->exp - jwt->iat > 3600 || jwt->exp < now ||
	    jwt->iat > now + 300)
		return "Invalid JWT: Token must be a short-lived token (60 "
		    "minutes) and in a reasonable timeframe.";
	return NULL;
}

void
google_handle(struct fake *f, struct ask *ask)
{
	const char *grant = form_get(f, ask, "grant_type");
	const char *text = form_get(f, ask, "assertion"), *why;
	const struct jwt *jwt;

	if (!is_form(ask) || grant == NULL || text == NULL) {
		google_refuse(ask, "invalid_request", "missing field");
		return;
	}
	if (strcmp(grant, GRANT) != 0) {
		google_refuse(ask, "unsupported_grant_type", grant);
		return;
	}
	jwt = verify_jwt(f, TRUST_FCM, text, &why);
	if (jwt == NULL || (why = check_claims(f, jwt)) != NULL) {
		google_refuse(ask, "invalid_grant", why);
		return;
	}
	answer_json(ask, 200, "{\"access_token\":\"%s\",\"expires_in\":%lld,"
	    "\"token_type\":\"Bearer\"}", verify_issue(f, ROLE_FCM),
	    (long long)f->expires_in);
}

static void
huawei_refuse(struct ask *ask, int sub, const char *why)
{
	log_warn("huawei sub_error=%d why=\"%s\"", sub, why);
	answer_json(ask, 400, "{\"error\":1101,\"sub_error\":%d,"
	    "\"error_description\":\"%s\"}", sub, why);
}

/* As the real one, it escapes "/" where JSON would not need it. */
static void
huawei_grant(struct fake *f, struct ask *ask)
{
	const char *p = verify_issue(f, ROLE_HMS);
	struct buf text = BUF(512);

	for (; *p != '\0'; p++)
		if (*p == '/')
			buf_text(&text, "\\/");
		else
			buf_add(&text, p, 1);
	answer_json(ask, 200, "{\"access_token\":\"%s\",\"expires_in\":%lld,"
	    "\"token_type\":\"Bearer\"}", buf_str(&text),
	    (long long)f->expires_in);
	buf_done(&text);
}

void
huawei_handle(struct fake *f, struct ask *ask)
{
	const char *grant = form_get(f, ask, "grant_type");
	const char *id = form_get(f, ask, "client_id");
	const char *secret = form_get(f, ask, "client_secret");

	if (!is_form(ask) || grant == NULL ||
	    strcmp(grant, "client_credentials") != 0)
		huawei_refuse(ask, 20001, "grant_type");
	else if (id == NULL || !text_class_match("[0-9]{1,64}", id))
		huawei_refuse(ask, 20002, "client_id malformed");
	else if (strcmp(id, FAKE_HMS_CLIENT) != 0)
		huawei_refuse(ask, 20003, "client_id unknown");
	else if (secret == NULL || secret[0] == '\0')
		huawei_refuse(ask, 20171, "client_secret empty");
	else if (strcmp(secret, f->secret) != 0)
		huawei_refuse(ask, 12304, "client_secret wrong");
	else
		huawei_grant(f, ask);
}
