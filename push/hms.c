/* SPDX-License-Identifier: MIT */
/*
 * HMS, Huawei's service: up to a thousand devices per request, and a business
 * code in the answer that means more than the HTTP status. The template is
 * head, tokens, middle, [seconds,] tail.
 */
#include <assert.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/credential_check.h"
#include "push/hms_judge.h"
#include "push/payload.h"
#include "push/verdict.h"

#define PAYLOAD_MAX 4096
#define BATCH 1000
#define TTL_MAX_S 1296000 /* 15 days */
#define TTL_DIGITS 7
#define TIMEOUT_MS 60000
#define BADGE_MAX 99
#define START_THE_APP 3 /* of click_action */

/* --- compose ----------------------------------------------------------- */

/* HMS accepts a number from -1 to 100; the digest of any other key selects a
 * number. */
static void
add_collapse(const char *key, struct buf *android, struct template *t)
{
	unsigned char digest[32];
	int64_t number;

	if (key == NULL || key[0] == '\0')
		return;
	if (!text_i64(key, -1, 100, &number)) {
		crypto_sha256(key, strlen(key), digest);
		number = 1 + (digest[0] << 8 | digest[1]) % 100;
		template_warn(t, "collapse_key %d stands for collapseKey: HMS "
		    "takes numbers only", (int)number);
	}
	json_put_int(android, "collapse_key", number);
}

static void
add_badge(const struct message *m, struct buf *notification,
    struct template *t)
{
	if (!m->has_badge)
		return;
	if (m->badge < 0) {
		template_warn(t, "badge left out: it is negative");
		return;
	}
	if (m->badge > BADGE_MAX)
		template_warn(t, "badge cut to %d", BADGE_MAX);
	json_put_name(notification, "badge");
	(void)buf_text(notification, "{");
	json_put_int(notification, "set_num",
	    m->badge > BADGE_MAX ? BADGE_MAX : m->badge);
	(void)buf_text(notification, "}");
}

/* HMS requires both title and body: if one is missing, copy the other. */
static struct message
in_both(const struct message *m, struct template *t)
{
	bool title = message_has(m->title) || message_has(m->title_loc_key);
	bool body = message_has(m->body) || message_has(m->body_loc_key);
	struct message both = *m;

	if (title && !body) {
		both.body = m->title;
		both.body_loc_key = m->title_loc_key;
		both.body_loc_args = m->title_loc_args;
		template_warn(t, "the title stands for the body too: HMS "
		    "wants both");
	} else if (body && !title) {
		both.title = m->body;
		both.title_loc_key = m->body_loc_key;
		both.title_loc_args = m->body_loc_args;
		template_warn(t, "the body stands for the title too: HMS "
		    "wants both");
	}
	return both;
}

static void
add_hms_notification(const struct message *m, struct buf *into,
    struct template *t)
{
	(void)buf_text(into, "{");
	payload_notification(m, into);
	add_badge(m, into, t);
	/* HIGH needs a permission from Huawei */
	json_put_text(into, "importance", "NORMAL");
	json_put_name(into, "foreground_show");
	(void)buf_text(into, "true");
	json_put_name(into, "click_action");
	(void)buf_text(into, "{");
	json_put_int(into, "type", START_THE_APP);
	(void)buf_text(into, "}}");
}

/* The data are one text. A message must have data or a notification, so needed
 * data are at least "{}"; else nothing when there are no data. */
static void
add_hms_data(const struct message *m, bool needed, bool notification,
    struct buf *data, struct template *t)
{
	static const char *const reserved[] = {NULL};
	struct buf note = PAYLOAD_PART, plain = PAYLOAD_PART;

	if (notification) {
		add_hms_notification(m, &note, t);
		payload_warn_as_data(m, t);
	}
	(void)buf_text(&plain, "{");
	payload_extras(m, reserved, false, notification ? &note : NULL,
	    &plain);
	(void)buf_text(&plain, "}");
	if (needed || plain.len > 2)
		json_put_quoted(data, buf_str(&plain), plain.len);
	buf_done(&plain);
	buf_done(&note);
}

static const struct err *
hms_compose(const struct message *m, unsigned how, struct template *t)
{
	static const struct buf none;
	struct buf android = PAYLOAD_PART, data = PAYLOAD_PART;
	bool data_only = (how & COMPOSE_DATA_ONLY) != 0;
	bool as_data = m->silent || data_only;
	struct message both;
	const struct err *e;

	if ((e = template_init(t, m)) != NULL)
		return e;
	if (!as_data && !message_shows(m))
		return err_new(ERR_INVALID, "HMS shows nothing without a title "
		    "or a body");
	add_collapse(m->collapse_key, &android, t);
	if (as_data) { /* HIGH needs a permission from Huawei */
		json_put_text(&android, "urgency", "NORMAL");
	} else {
		both = in_both(m, t);
		json_put_name(&android, "notification");
		add_hms_notification(&both, &android, t);
	}
	add_hms_data(m, as_data, data_only && !m->silent, &data, t);
	(void)buf_text(&t->head,
	    "{\"validate_only\":false,\"message\":{\"token\":[");
	(void)buf_text(&t->middle, "]");
	template_splice(t, &android, &data, &none);
	buf_done(&data);
	buf_done(&android);
	return template_measure(t, m->expires_ms != 0 ? TTL_DIGITS : 0,
	    PAYLOAD_MAX, "HMS");
}

/* --- address ----------------------------------------------------------- */

static const struct err *
add_tokens(const struct target *targets, size_t n, struct buf *into)
{
	const struct err *e;

	for (size_t i = 0; i < n; i++) {
		if ((e = payload_token(targets[i].token)) != NULL)
			return e;
		if (i > 0)
			(void)buf_text(into, ",");
		(void)json_quote(targets[i].token, into);
	}
	return NULL;
}

static const struct err *
hms_address(const struct template *t, const struct authorization *g,
    const struct target *targets, size_t n, int64_t now_ms,
    struct exchange *x)
{
	const struct err *e;

	assert(n >= 1 && n <= BATCH);
	if (g->authorization == NULL || !exchange_safe(g->authorization) ||
	    g->path == NULL || !exchange_safe(g->path))
		return err_new(ERR_FAULT, "the path or the access token "
		    "cannot stand in a request");
	(void)buf_add(&x->request, buf_str(&t->head), t->head.len);
	if ((e = add_tokens(targets, n, &x->request)) != NULL)
		return e;
	(void)buf_add(&x->request, buf_str(&t->middle), t->middle.len);
	if (t->expires_ms != 0)
		(void)buf_fmt(&x->request, "%lld",
		    (long long)template_seconds(t, now_ms, TTL_MAX_S));
	if (!buf_add(&x->request, buf_str(&t->tail), t->tail.len))
		return err_new(ERR_TOOBIG, "the request is too large");
	x->path = g->path;
	exchange_header(x, "authorization", g->authorization);
	exchange_header(x, "content-type", "application/json;charset=UTF-8");
	x->body = x->request.data;
	x->body_len = x->request.len;
	x->timeout_ms = TIMEOUT_MS;
	return NULL;
}

static const struct err *
hms_endpoint(const struct provider_settings *s, const struct endpoint_app *app,
    char url[ENDPOINT_URL])
{
	return endpoint_of_project(s->send_url, app->project, url);
}

/* --- credentials ------------------------------------------------------- */

enum { PROJECT, CLIENT_ID, CLIENT_SECRET };

static const struct credential_field fields[] = {
    [PROJECT] = {"projectId", "project", "ID", "of AppGallery Connect",
	.role = FIELD_PROJECT, .must = true, .shown = 1, .title = "project"},
    [CLIENT_ID] = {"clientId", "client-id", "ID", "of the OAuth client",
	.must = true},
    [CLIENT_SECRET] = {"clientSecret", "client-secret-file", "FILE",
	"with its secret", FIELD_SECRET, .must = true},
};

static const struct err *
hms_check(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct credential_finding *found)
{
	(void)a;
	(void)s;
	(void)found;
	return credential_check_hms(
	    v[PROJECT].data, v[CLIENT_ID].data, v[CLIENT_SECRET].data);
}

static const struct err *
hms_open(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct access *out)
{
	struct bytes *own = arena_zero(a, nitems(fields) * sizeof *own);

	if (v[CLIENT_ID].data == NULL)
		return err_new(ERR_MISSING, "no hms credentials");
	if (v[PROJECT].data == NULL)
		return err_new(ERR_INVALID, "no project");
	memcpy(own, v, nitems(fields) * sizeof *own);
	*out = (struct access){.own = own,
	    .token_url = arena_fmt(a, "%s", s->token_url),
	    .identity = {v[CLIENT_ID], v[PROJECT]}};
	return NULL;
}

static const struct err *
hms_ask(const struct access *access, const char *path, int64_t now_s,
    struct exchange *x)
{
	const struct bytes *v = access->own;

	(void)now_s;
	return oauth_ask_huawei(
	    v[CLIENT_ID].data, v[CLIENT_SECRET].data, path, x);
}

/* --- settings ---------------------------------------------------------- */

/* clang-format off */
static const struct conf_key keys[] = {
	/* name, type, where, default, min, max, choices, help */
	{ "hms.send_url", CONF_PROJECT, SECTION_AT(send_url), "https://push-api.cloud.huawei.com/v2/%s/messages:send", 0, 0, NULL, "HMS; %s is the project" },
	{ "hms.token_url", CONF_SERVICE, SECTION_AT(token_url), "https://oauth-login.cloud.huawei.com/oauth2/v3/token", 0, 0, NULL, "HMS token server" },
	{ "hms.data_notification_only", CONF_FLAG, SECTION_AT(data_only), "no", 0, 0, NULL, "the notification goes as data" },
	{ "hms.connections", CONF_NUMBER, SECTION_AT(connections), "2", 1, 64, NULL, "connections a credential" },
	{ "hms.connect_timeout", CONF_DURATION, SECTION_AT(connect_timeout_ms), "5s", 100, 300000, NULL, "to connect, TLS included" },
	{ "hms.response_timeout", CONF_DURATION, SECTION_AT(response_timeout_ms), "60s", 100, 300000, NULL, "for one answer" },
	{ "hms.max_idle", CONF_DURATION, SECTION_AT(idle_ms), "200s", 1000, SECTION_HOUR, NULL, "keep idle connections for this time" },
	{ "hms.batch", CONF_NUMBER, SECTION_AT(batch), "1000", 1, 1000, NULL, "tokens a request" },
	{ "hms.rate", CONF_RATE, SECTION_AT(rate), "6000/s", 1, 1000000000, NULL, "messages a second and app" },
	SECTION_PROXY("hms"),
};
/* clang-format on */

const struct provider provider_hms = {
    PLATFORM_ROW_HMS(PROVIDER_NAMES)
    .title = "HMS",
    .wire = WIRE_HTTP,
    .probe = {NULL, "{\"validate_only\":true,\"message\":{\"token\":"
	"[\"check\"],\"data\":\"{}\",\"android\":{\"urgency\":\"NORMAL\"}}}",
	{{"content-type", "application/json;charset=UTF-8"}}, false},
    .fields = fields,
    .n_fields = nitems(fields),
    .check = hms_check,
    .open = hms_open,
    .ask = hms_ask,
    .keys = keys,
    .n_keys = nitems(keys),
    .payload_max = PAYLOAD_MAX,
    .batch = BATCH,
    .ttl_max_s = TTL_MAX_S,
    .token = token_plain,
    .endpoint = hms_endpoint,
    .compose = hms_compose,
    .address = hms_address,
    .judge = hms_judge,
};
