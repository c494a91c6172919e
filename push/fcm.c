/* SPDX-License-Identifier: MIT */
/*
 * FCM, Google's service, HTTP v1: one device per request, with its token
 * inside the body. The template is head, token, middle, [seconds,] tail.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "push/aps.h"
#include "push/credential_check.h"
#include "push/payload.h"
#include "push/verdict.h"

#define PAYLOAD_MAX 4096
#define TTL_MAX_S 2419200 /* four weeks */
#define TTL_DIGITS 7
#define TIMEOUT_MS 30000
#define RETRY_MIN_S 10 /* Google's minimum for any retry */

/* --- compose ----------------------------------------------------------- */

/* FCM refuses these, or overwrites them (collapse_key). */
static const char *const reserved[] = {"", "from", "gcm", "gcm.*", "google*",
    "message_type", "collapse_key", NULL};

static void
add_fcm_notification(const struct message *m, struct buf *into,
    struct template *t)
{
	(void)buf_text(into, "{");
	payload_notification(m, into);
	json_put_text(into, "notification_priority",
	    m->high ? "PRIORITY_HIGH" : "PRIORITY_DEFAULT");
	if (m->has_badge && m->badge > 0 && m->badge <= INT32_MAX)
		json_put_int(into, "notification_count", m->badge);
	(void)buf_text(into, "}");
	if (!message_shows(m))
		template_warn(t, "nothing to show: no title or body");
}

/* FCM data is a map of texts: any other value becomes its JSON. Nothing, when
 * there are no data. */
static void
add_fcm_data(const struct message *m, bool notification, struct buf *data,
    struct template *t)
{
	struct buf note = PAYLOAD_PART;

	if (notification) {
		add_fcm_notification(m, &note, t);
		payload_warn_as_data(m, t);
	}
	(void)buf_text(data, "{");
	payload_extras(m, reserved, true, notification ? &note : NULL, data);
	if (data->len == 1)
		buf_reset(data);
	else
		(void)buf_text(data, "}");
	buf_done(&note);
}

/* The block for Apple devices that are registered with FCM. Extras stay in
 * data, which their app receives as well. Nothing when the alert would be
 * empty, which Apple refuses. */
static void
add_apple(const struct message *m, struct buf *apns, struct template *t)
{
	struct aps_headers h;

	if (!m->silent && !aps_alerts(m))
		return;
	(void)buf_text(apns, "{\"payload\":{\"aps\":{");
	aps_compose(m, apns, t);
	(void)buf_text(apns, "}},\"headers\":{");
	aps_headers(t, &h);
	json_put_text(apns, "apns-push-type", h.push_type);
	json_put_text(apns, "apns-priority", h.priority);
	if (h.expiration[0] != '\0')
		json_put_text(apns, "apns-expiration", h.expiration);
	if (h.collapse_id[0] != '\0')
		json_put_text(apns, "apns-collapse-id", h.collapse_id);
	(void)buf_text(apns, "}");
	if (message_has_image(m)) {
		json_put_name(apns, "fcm_options");
		(void)buf_text(apns, "{");
		json_put_text(apns, "image", m->image);
		(void)buf_text(apns, "}");
	}
	(void)buf_text(apns, "}");
}

static const struct err *
fcm_compose(const struct message *m, unsigned how, struct template *t)
{
	struct buf android = PAYLOAD_PART, data = PAYLOAD_PART;
	struct buf apns = PAYLOAD_PART;
	bool as_data = !m->silent && (how & COMPOSE_DATA_ONLY) != 0;
	const struct err *e;

	if ((e = template_init(t, m)) != NULL)
		return e;
	payload_warn_reserved(m, reserved, t);
	json_put_text(&android, "priority", m->high ? "HIGH" : "NORMAL");
	if (m->collapse_key != NULL && m->collapse_key[0] != '\0')
		json_put_text(&android, "collapse_key", m->collapse_key);
	if (!m->silent && !as_data) {
		json_put_name(&android, "notification");
		add_fcm_notification(m, &android, t);
	}
	add_fcm_data(m, as_data, &data, t);
	if ((how & COMPOSE_APPLE) != 0)
		add_apple(m, &apns, t);
	(void)buf_text(&t->head, "{\"message\":{\"token\":");
	template_splice(t, &android, &data, &apns);
	buf_done(&apns);
	buf_done(&data);
	buf_done(&android);
	return template_measure(t, m->expires_ms != 0 ? TTL_DIGITS : 0,
	    PAYLOAD_MAX, "FCM");
}

/* --- address ----------------------------------------------------------- */

static const struct err *
fcm_address(const struct template *t, const struct authorization *g,
    const struct target *targets, size_t n, int64_t now_ms,
    struct exchange *x)
{
	const struct err *e;

	assert(n == 1);
	if (g->authorization == NULL || !exchange_safe(g->authorization) ||
	    g->path == NULL || !exchange_safe(g->path))
		return err_new(ERR_FAULT, "the path or the access token "
		    "cannot stand in a request");
	if ((e = payload_token(targets[0].token)) != NULL)
		return e;
	(void)buf_add(&x->request, buf_str(&t->head), t->head.len);
	(void)json_quote(targets[0].token, &x->request);
	(void)buf_add(&x->request, buf_str(&t->middle), t->middle.len);
	if (t->expires_ms != 0)
		(void)buf_fmt(&x->request, "%lld",
		    (long long)template_seconds(t, now_ms, TTL_MAX_S));
	if (!buf_add(&x->request, buf_str(&t->tail), t->tail.len))
		return err_new(ERR_TOOBIG, "the request is too large");
	x->path = g->path;
	exchange_header(x, "authorization", g->authorization);
	exchange_header(x, "content-type", "application/json; charset=UTF-8");
	/* request errors with details */
	exchange_header(x, "x-goog-api-format-version", "2");
	x->body = x->request.data;
	x->body_len = x->request.len;
	x->timeout_ms = TIMEOUT_MS;
	return NULL;
}

/* --- judge ------------------------------------------------------------- */

/* Not an errorCode of Google: INVALID_ARGUMENT with proof that it is about the
 * token. */
#define BAD_TOKEN "INVALID_ARGUMENT token"

/* Keyed by errorCode. An answer without one is from Google's platform and is
 * about the sender, never about the device. */
static const struct ruling rulings[] = {
	/* clang-format off */
	{400, BAD_TOKEN,		VERDICT_SUSPECT},
	/* about the message, which its caller wrote: no alarm */
	{400, "INVALID_ARGUMENT",	VERDICT_REJECT},
	{400, NULL,			VERDICT_REJECT},
	/* Firebase's credential at Apple is bad. Only iOS devices are
	 * concerned, so the rest of the application continues */
	{401, "THIRD_PARTY_AUTH_ERROR",	VERDICT_RETRY,	CURE_OPERATOR, 900},
	{401, "APNS_AUTH_ERROR",	VERDICT_RETRY,	CURE_OPERATOR, 900},
	{401, NULL,			VERDICT_HOLD,	CURE_TOKEN},
	{403, "SENDER_ID_MISMATCH",	VERDICT_SUSPECT},
	{403, NULL,			VERDICT_HOLD,	CURE_OPERATOR},
	{404, "UNREGISTERED",		VERDICT_GONE},
	{404, NULL,			VERDICT_HOLD,	CURE_OPERATOR},
	/* mostly about a whole project: all of it slows down, for a minute
	 * unless Google names another time */
	{429, "QUOTA_EXCEEDED",		VERDICT_RETRY,	CURE_SLOWER, 60},
	{429, NULL,			VERDICT_RETRY,	CURE_SLOWER, 60},
	{500, "INTERNAL",		VERDICT_RETRY},
	{503, "UNAVAILABLE",		VERDICT_RETRY},
	/* clang-format on */
};

static bool
is_detail(const struct json *detail, const char *type)
{
	const char *name = json_text(json_get(detail, "@type"), "");
	size_t n = strlen(name), m = strlen(type);

	return n >= m && strcmp(name + n - m, type) == 0;
}

static const char *
error_code(const struct json *details)
{
	for (size_t i = 0; i < json_len(details); i++) {
		const struct json *detail = json_at(details, i);

		if (is_detail(detail, "google.firebase.fcm.v1.FcmError"))
			return verdict_word(json_text(
			    json_get(detail, "errorCode"), NULL));
	}
	return NULL;
}

static void
count_violations(const struct json *details, size_t *token, size_t *other)
{
	*token = *other = 0;
	for (size_t i = 0; i < json_len(details); i++) {
		const struct json *list = json_get(json_at(details, i),
		    "fieldViolations");

		for (size_t k = 0; k < json_len(list); k++) {
			const char *field = json_text(
			    json_get(json_at(list, k), "field"), "");

			if (strcmp(field, "message.token") == 0)
				++*token;
			else
				++*other;
		}
	}
}

/* Is the token the only fault? A request that has another fault too proves
 * nothing about the device. Without violations in the details, only Google's
 * sentence can be examined. */
static bool
blames_token(const struct json *error)
{
	const char *text = json_text(json_get(error, "message"), "");
	size_t token, other;

	count_violations(json_get(error, "details"), &token, &other);
	if (token + other > 0)
		return other == 0;
	return strcasestr(text, "registration token is not a valid") != NULL ||
	    strcasestr(text, "registration token is invalid") != NULL ||
	    strcasestr(text, "invalid registration token") != NULL;
}

static void
judge_error(const struct exchange *x, const struct json *error,
    struct verdict *out)
{
	const char *code = error_code(json_get(error, "details"));
	const char *status = verdict_word(json_text(
	    json_get(error, "status"), NULL));
	const char *word = code != NULL ? code : status, *key = code;
	const struct ruling *r;

	if (x->status == 400 && word != NULL &&
	    strcmp(word, "INVALID_ARGUMENT") == 0 && blames_token(error))
		key = word = BAD_TOKEN;
	r = ruling_find(rulings, nitems(rulings), x->status, key);
	verdict_set(out, r != NULL ? r : ruling_by_status(x->status), x,
	    word);
}

/* The id in "projects/<project>/messages/<id>"; NULL for any other form. */
static const char *
message_id(const struct json *answer)
{
	const char *name = json_text(json_get(answer, "name"), "");
	const char *id = strstr(name, "/messages/");

	if (!text_starts(name, "projects/") || id == NULL ||
	    id < name + strlen("projects/") + 1)
		return NULL;
	id += strlen("/messages/");
	return *id != '\0' ? id : NULL;
}

/* A success without a name may or may not be sent. Without proof the message
 * is tried again: better twice than never. */
static void
judge_success(const struct exchange *x, const struct json *answer,
    struct verdict *out)
{
	static const struct ruling unproved = {200, NULL, VERDICT_RETRY,
	    CURE_OPERATOR};
	const char *id = message_id(answer);

	if (id != NULL)
		verdict_sent(out, id);
	else
		verdict_set(out, &unproved, x, "success without a name");
}

static void
fcm_judge(const struct exchange *x, const struct target *targets, size_t n,
    struct verdict *out)
{
	struct json *answer;

	(void)targets;
	assert(n == 1);
	if (x->end == EXCHANGE_ANSWERED) {
		answer = verdict_answer(x);
		if (x->status == 200)
			judge_success(x, answer, out);
		else
			judge_error(x, json_get(answer, "error"), out);
		json_free(answer);
	} else {
		verdict_of_transport(x, out);
	}
	if (out->kind == VERDICT_RETRY && !out->uncounted &&
	    out->after_s < RETRY_MIN_S)
		out->after_s = RETRY_MIN_S;
}

static const struct err *
fcm_endpoint(const struct provider_settings *s, const struct endpoint_app *app,
    char url[ENDPOINT_URL])
{
	return endpoint_of_project(s->send_url, app->project, url);
}

/* --- credentials ------------------------------------------------------- */

enum { KEY, PROJECT };

static const struct credential_field fields[] = {
    [KEY] = {"privateKeyBase64", "key-file", "FILE",
	"the JSON file of a service account", FIELD_KEY, .must = true,
	.wanted = "an FCM key: wanted is the service account's JSON file"},
    [PROJECT] = {"projectId", "project", "ID", "default: the one in the file",
	.role = FIELD_PROJECT, .shown = 1, .title = "project"},
};

/* The default for the project is that of the service account. */
static void
fcm_complete(struct arena *a, struct bytes *v)
{
	struct service_account account;

	if (v[PROJECT].data == NULL &&
	    service_account_read(a, v[KEY].data, v[KEY].len, &account) == NULL)
		v[PROJECT] = text_bytes(account.project_id);
}

static const struct err *
fcm_check(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct credential_finding *found)
{
	struct service_account account;
	const struct err *e = credential_check_fcm_key(
	    a, s->send_url, v[KEY].data, v[KEY].len, &account);

	if (e != NULL) {
		found->key = &fields[KEY];
		return e;
	}
	found->doubted = &fields[PROJECT];
	return credential_check_fcm_project(
	    a, &account, v[PROJECT].data, &found->doubt);
}

static const struct err *
fcm_open(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct access *out)
{
	struct service_account *account = arena_zero(a, sizeof *account);
	const struct err *e = credential_check_fcm_key(
	    a, s->send_url, v[KEY].data, v[KEY].len, account);

	if (e != NULL)
		return e;
	*out = (struct access){.own = account,
	    .token_url = account->token_uri,
	    .identity = {text_bytes(account->client_email), v[PROJECT]}};
	return NULL;
}

static const struct err *
fcm_ask(const struct access *access, const char *path, int64_t now_s,
    struct exchange *x)
{
	return oauth_ask_google(access->own, path, now_s, x);
}

/* --- settings ---------------------------------------------------------- */

/* clang-format off */
static const struct conf_key keys[] = {
	/* name, type, where, default, min, max, choices, help */
	{ "fcm.send_url", CONF_PROJECT, SECTION_AT(send_url), "https://fcm.googleapis.com/v1/projects/%s/messages:send", 0, 0, NULL, "FCM; %s is the project" },
	{ "fcm.data_notification_only", CONF_FLAG, SECTION_AT(data_only), "no", 0, 0, NULL, "the notification goes as data" },
	{ "fcm.apple", CONF_FLAG, SECTION_AT(apple), "yes", 0, 0, NULL, "with a block for Apple devices that registered with FCM" },
	{ "fcm.connections", CONF_NUMBER, SECTION_AT(connections), "2", 1, 64, NULL, "connections a credential" },
	{ "fcm.connect_timeout", CONF_DURATION, SECTION_AT(connect_timeout_ms), "5s", 100, 300000, NULL, "to connect, TLS included" },
	{ "fcm.response_timeout", CONF_DURATION, SECTION_AT(response_timeout_ms), "30s", 100, 300000, NULL, "for one answer" },
	{ "fcm.idle_ping", CONF_DURATION, SECTION_AT(idle_ms), "10m", 0, SECTION_HOUR, NULL, "PING after this time without traffic; 0s: never" },
	{ "fcm.rate", CONF_RATE, SECTION_AT(rate), "10000/s", 1, 1000000000, NULL, "messages a second and app" },
	SECTION_PROXY("fcm"),
};
/* clang-format on */

const struct provider provider_fcm = {
    PLATFORM_ROW_FCM(PROVIDER_NAMES)
    .title = "FCM",
    .wire = WIRE_H2,
    .probe = {NULL, "{\"validate_only\":true,\"message\":{\"token\":"
	"\"check\",\"data\":{\"check\":\"1\"}}}",
	{{"content-type", "application/json; charset=UTF-8"}}, false},
    .fields = fields,
    .n_fields = nitems(fields),
    .complete = fcm_complete,
    .check = fcm_check,
    .open = fcm_open,
    .ask = fcm_ask,
    .keys = keys,
    .n_keys = nitems(keys),
    .payload_max = PAYLOAD_MAX,
    .batch = 1,
    .ttl_max_s = TTL_MAX_S,
    .token = token_plain,
    .endpoint = fcm_endpoint,
    .compose = fcm_compose,
    .address = fcm_address,
    .judge = fcm_judge,
};
