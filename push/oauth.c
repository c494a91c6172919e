/* SPDX-License-Identifier: MIT */
#include "push/oauth.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/jwt.h"
#include "push/key.h"
#include "push/verdict.h"

#define SCOPE "https://www.googleapis.com/auth/firebase.messaging"
#define GRANT_JWT "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
#define FILE_MAX (128 * 1024) /* the API and the command have lower limits */
#define ASSERTION_S 3600 /* Google's maximum */
#define TIMEOUT_MS 30000

#define TOKEN_MAX 4096
#define LIVES_MIN_S 60
#define LIVES_MAX_S 86400
#define LIVES_USUAL_S 3600

/* --- the service account ----------------------------------------------- */

static void
free_key(void *key)
{
	crypto_key_free(key);
}

static const struct err *
need(const struct json *root, const char *name, const char **into)
{
	const char *s = json_text(json_get(root, name), "");

	*into = s;
	if (s[0] == '\0')
		return err_new(ERR_INVALID,
		    "the service account has no \"%s\"", name);
	return NULL;
}

static const struct err *
check_account(const struct json *root, const struct service_account *s)
{
	const char *type = json_text(json_get(root, "type"),
	    "service_account");
	char quoted[40];

	text_quote(type, quoted, sizeof quoted);
	if (strcmp(type, "service_account") != 0)
		return err_new(ERR_INVALID, "the file is of type \"%s\", not "
		    "\"service_account\"", quoted);
	/* the id becomes a part of a path */
	if (!text_class_match("[a-zA-Z0-9.:-]{1,128}", s->project_id))
		return err_new(ERR_INVALID, "the service account's "
		    "\"project_id\" is not a project's id");
	if (!text_starts(s->token_uri, "https://") ||
	    !exchange_safe(s->token_uri))
		return err_new(ERR_INVALID, "the service account's "
		    "\"token_uri\" is not an https URL");
	return NULL;
}

static const struct err *
read_members(const struct json *root, struct service_account *s)
{
	const char *pem = json_text(json_get(root, "private_key"), NULL);
	const struct err *e;

	if ((e = need(root, "project_id", &s->project_id)) != NULL ||
	    (e = need(root, "client_email", &s->client_email)) != NULL ||
	    (e = need(root, "private_key_id", &s->private_key_id)) != NULL ||
	    (e = need(root, "token_uri", &s->token_uri)) != NULL ||
	    (e = check_account(root, s)) != NULL)
		return e;
	if (pem == NULL)
		return need(root, "private_key", &pem);
	return err_at(key_read(CRYPTO_RS256, pem, strlen(pem), &s->key),
	    "service account");
}

const struct err *
service_account_read(struct arena *a, const char *json, size_t len,
    struct service_account *account)
{
	struct buf text = BUF(FILE_MAX);
	struct service_account s = {0};
	struct json *root = NULL;
	const struct err *e;

	if ((e = key_text(json, len, &text)) == NULL)
		e = json_parse(a, buf_str(&text), text.len, VERDICT_DEPTH,
		    &root);
	buf_wipe(&text);
	if (e != NULL)
		return err_at(e, "service account");
	e = read_members(root, &s);
	json_wipe(json_get(root, "private_key"));
	if (e != NULL)
		return e;
	arena_defer(a, free_key, s.key);
	*account = s;
	return NULL;
}

/* --- the request ------------------------------------------------------- */

static const struct err *
set_form(struct exchange *x, const char *path)
{
	if (x->request.overflowed)
		return err_new(ERR_TOOBIG, "the token request is too large");
	if (!exchange_safe(path))
		return err_new(ERR_INVALID, "the path of the token URL is "
		    "not printable ASCII");
	x->path = path;
	exchange_header(x, "content-type",
	    "application/x-www-form-urlencoded");
	exchange_header(x, "accept", "application/json");
	x->body = x->request.data;
	x->body_len = x->request.len;
	x->timeout_ms = TIMEOUT_MS;
	return NULL;
}

static const struct err *
add_assertion(const struct service_account *account, int64_t now_s,
    struct buf *into)
{
	struct json *header = json_new_object(NULL);
	struct json *claims = json_new_object(NULL);
	const struct err *e;

	json_set_text(header, "alg", "RS256");
	json_set_text(header, "typ", "JWT");
	json_set_text(header, "kid", account->private_key_id);
	json_set_text(claims, "iss", account->client_email);
	json_set_text(claims, "scope", SCOPE);
	json_set_text(claims, "aud", account->token_uri);
	json_set_int(claims, "iat", now_s);
	json_set_int(claims, "exp", now_s + ASSERTION_S);
	e = jwt_sign(account->key, json_write(header, NULL),
	    json_write(claims, NULL), into);
	json_free(claims);
	json_free(header);
	return e;
}

const struct err *
oauth_ask_google(const struct service_account *account, const char *path,
    int64_t now_s, struct exchange *x)
{
	const struct err *e;

	(void)buf_text(&x->request, "grant_type=" GRANT_JWT "&assertion=");
	/* a signed token has no character that a form would escape */
	if ((e = add_assertion(account, now_s, &x->request)) != NULL)
		return e;
	return set_form(x, path);
}

static void
add_escaped(const char *s, struct buf *into)
{
	for (; *s != '\0'; s++)
		if (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL)
			(void)buf_add(into, s, 1);
		else
			(void)buf_fmt(into, "%%%02X", (unsigned char)*s);
}

const struct err *
oauth_ask_huawei(const char *client_id, const char *client_secret,
    const char *path, struct exchange *x)
{
	(void)buf_text(&x->request,
	    "grant_type=client_credentials&client_id=");
	add_escaped(client_id, &x->request);
	(void)buf_text(&x->request, "&client_secret=");
	add_escaped(client_secret, &x->request);
	return set_form(x, path);
}

/* --- the answer -------------------------------------------------------- */

/* Will the failure end by itself, judged by its status and error? Any other
 * needs a person. */
static bool
passes(int status, const char *word)
{
	static const char *const words[] = {"server_error",
	    "temporarily_unavailable", "internal_failure"};

	if (status == 408 || status == 429 || status < 300 || status >= 500)
		return true;
	for (size_t i = 0; i < nitems(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* Append a member of the error answer after a separator. The text comes from
 * outside and is quoted. */
static void
add_said(const struct json *answer, const char *name, const char *before,
    struct buf *into)
{
	const struct json *j = json_get(answer, name);
	char quoted[120];

	if (j == NULL)
		return;
	text_quote(json_as_text(j), quoted, sizeof quoted);
	(void)buf_fmt(into, "%s%s", before, quoted);
}

/* The error of a refusal, as "HTTP 400, 1101/12304: description". */
static const struct err *
refused(int status, const struct json *answer)
{
	const char *word = json_text(json_get(answer, "error"), "");
	enum err_code code = passes(status, word) ? ERR_BUSY : ERR_DENIED;
	struct buf said = BUF(400);
	const struct err *e;

	add_said(answer, "error", ", ", &said);
	add_said(answer, "sub_error", "/", &said);
	add_said(answer, "error_description", ": ", &said);
	e = err_new(code, "no access token: HTTP %d%s%s", status,
	    buf_str(&said), strcmp(word, "invalid_grant") == 0
		? " (check the key and this machine's clock)"
		: "");
	buf_done(&said);
	return e;
}

static bool
token_ok(const char *token)
{
	return strnlen(token, TOKEN_MAX + 1) <= TOKEN_MAX &&
	    exchange_safe(token) && strchr(token, ' ') == NULL;
}

/* The life in seconds, given as a number or as text; by default, what both
 * services usually give. */
static int64_t
lives_of(const struct json *answer)
{
	const struct json *j = json_get(answer, "expires_in");
	int64_t s = json_int(j, LIVES_USUAL_S);

	(void)text_i64(json_text(j, ""), INT64_MIN, INT64_MAX, &s);
	if (s < LIVES_MIN_S)
		return LIVES_MIN_S;
	return s > LIVES_MAX_S ? LIVES_MAX_S : s;
}

/* A 200 without a token is a page of a proxy or a fault of the server: try
 * again later. */
static const struct err *
take(const struct json *answer, struct buf *authorization, int64_t *lives_s)
{
	const char *token = json_text(json_get(answer, "access_token"), "");
	const char *type = json_text(json_get(answer, "token_type"),
	    "Bearer");

	if (token[0] == '\0' || !token_ok(token))
		return err_new(ERR_BUSY, "the token server's answer holds no "
		    "usable access token");
	if (strcasecmp(type, "Bearer") != 0)
		return err_new(ERR_DENIED, "the token server granted a token "
		    "of a type other than Bearer");
	if (!buf_fmt(authorization, "Bearer %s", token))
		return err_new(ERR_TOOBIG, "no room for an access token of "
		    "%zu bytes", strlen(token));
	*lives_s = lives_of(answer);
	return NULL;
}

const struct err *
oauth_granted(const struct exchange *x, struct buf *authorization,
    int64_t *lives_s)
{
	const struct err *e;
	struct json *answer;
	char why[96];

	if (x->end != EXCHANGE_ANSWERED) {
		text_quote(x->why, why, sizeof why);
		return err_new(ERR_BUSY, "no answer of the token server: %s",
		    why);
	}
	answer = verdict_answer(x);
	if (x->status == 200)
		e = take(answer, authorization, lives_s);
	else
		e = refused(x->status, answer);
	json_free(answer);
	return e;
}
