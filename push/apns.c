/* SPDX-License-Identifier: MIT */
/*
 * APNs, Apple's service: one device per request. All devices get the same
 * payload; the path and the headers differ.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/id.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/aps.h"
#include "push/credential_check.h"
#include "push/jwt.h"
#include "push/key.h"
#include "push/payload.h"
#include "push/verdict.h"

#define PAYLOAD_MAX 4096
#define USUAL_PAYLOAD 511 /* bytes, for which memory is taken at once */
#define TIMEOUT_MS 20000
#define PATH "/3/device/"
#define NOBODY                                                                 \
	"00000000000000000000000000000000"                                     \
	"00000000000000000000000000000000"

/* --- compose ----------------------------------------------------------- */

static const struct err *
apns_compose(const struct message *m, unsigned how, struct template *t)
{
	static const char *const with_image[] = {"aps", "image", NULL};
	static const char *const without[] = {"aps", NULL};
	const char *const *reserved = message_has_image(m) ? with_image
							    : without;
	const struct err *e;

	(void)how; /* no flag concerns APNs */
	if ((e = template_init(t, m)) != NULL)
		return e;
	(void)buf_reserve(&t->head, USUAL_PAYLOAD);
	(void)buf_text(&t->head, "{\"aps\":{");
	aps_compose(m, &t->head, t);
	(void)buf_text(&t->head, "}");
	if (!m->silent && !aps_alerts(m))
		template_warn(t, "nothing to show: no title, body, badge or "
		    "sound");
	payload_warn_reserved(m, reserved, t);
	if (message_has_image(m))
		json_put_text(&t->head, "image", m->image);
	payload_extras(m, reserved, false, NULL, &t->head);
	(void)buf_text(&t->head, "}");
	return template_measure(t, 0, PAYLOAD_MAX, "APNs");
}

/* --- address ----------------------------------------------------------- */

static const struct err *
apns_address(const struct template *t, const struct authorization *g,
    const struct target *targets, size_t n, int64_t now_ms,
    struct exchange *x)
{
	const char *id, *expires;
	struct aps_headers h;
	const struct err *e;
	char uuid[ID_UUID], token[TOKEN_SIZE];

	(void)now_ms; /* the header has the moment, not the time left */
	assert(n == 1);
	if (g->authorization == NULL || !exchange_safe(g->authorization) ||
	    g->topic == NULL || !exchange_safe(g->topic))
		return err_new(ERR_FAULT, "the bundle or the provider token "
		    "cannot be a header value");
	aps_headers(t, &h);
	id_uuid_of(targets[0].id, uuid);
	id = exchange_join(x, uuid, "");
	expires = exchange_join(x, h.expiration, "");
	if ((e = token_apns(targets[0].token, token)) != NULL)
		return e;
	x->path = exchange_join(x, PATH, token);
	exchange_header(x, "authorization", g->authorization);
	exchange_header(x, "apns-topic", g->topic);
	exchange_header(x, "apns-push-type", h.push_type);
	exchange_header(x, "apns-priority", h.priority);
	exchange_header(x, "apns-id", id);
	if (expires[0] != '\0')
		exchange_header(x, "apns-expiration", expires);
	if (h.collapse_id[0] != '\0')
		exchange_header(x, "apns-collapse-id", h.collapse_id);
	x->body = buf_str(&t->head);
	x->body_len = t->head.len;
	x->timeout_ms = TIMEOUT_MS;
	return NULL;
}

/* --- judge ------------------------------------------------------------- */

/* Apple's complete list. Apple asks for 15 minutes or so after a 5xx; sendd's
 * own backoff applies instead, which is quicker after a short failure. */
static const struct ruling rulings[] = {
	/* clang-format off */
	{400, "BadCollapseId",		VERDICT_REJECT},
	{400, "BadDeviceToken",		VERDICT_SUSPECT},
	{400, "BadExpirationDate",	VERDICT_REJECT},
	{400, "BadMessageId",		VERDICT_REJECT},
	{400, "BadPriority",		VERDICT_REJECT},
	{400, "BadTopic",		VERDICT_HOLD,	CURE_OPERATOR},
	{400, "DeviceTokenNotForTopic",	VERDICT_SUSPECT},
	{400, "DuplicateHeaders",	VERDICT_REJECT,	CURE_OPERATOR},
	{400, "IdleTimeout",		VERDICT_RETRY,	CURE_CONNECTION},
	{400, "InvalidPushType",	VERDICT_REJECT},
	{400, "MissingDeviceToken",	VERDICT_REJECT},
	{400, "MissingTopic",		VERDICT_HOLD,	CURE_OPERATOR},
	{400, "PayloadEmpty",		VERDICT_REJECT},
	{400, "TopicDisallowed",	VERDICT_HOLD,	CURE_OPERATOR},
	{403, "BadCertificate",		VERDICT_HOLD,	CURE_OPERATOR},
	{403, "BadCertificateEnvironment", VERDICT_HOLD, CURE_OPERATOR},
	/* after this answer the connection accepts no other token */
	{403, "ExpiredProviderToken",	VERDICT_HOLD,
	    CURE_TOKEN | CURE_CONNECTION},
	{403, "Forbidden",		VERDICT_HOLD,	CURE_OPERATOR},
	{403, "InvalidProviderToken",	VERDICT_HOLD,	CURE_OPERATOR},
	{403, "MissingProviderToken",	VERDICT_HOLD,	CURE_OPERATOR},
	{403, "UnrelatedKeyIdInToken",	VERDICT_HOLD,	CURE_CONNECTION},
	{403, "BadEnvironmentKeyIdInToken", VERDICT_HOLD, CURE_OPERATOR},
	{404, "BadPath",		VERDICT_REJECT,	CURE_OPERATOR},
	{405, "MethodNotAllowed",	VERDICT_REJECT,	CURE_OPERATOR},
	{410, "Unregistered",		VERDICT_GONE},
	{410, "ExpiredToken",		VERDICT_GONE},
	{413, "PayloadTooLarge",	VERDICT_REJECT},
	/* not CURE_TOKEN: Apple refuses too many new tokens */
	{429, "TooManyProviderTokenUpdates", VERDICT_RETRY,
	    CURE_CONNECTION | CURE_OPERATOR, 60},
	/* for this device alone: the others need not slow down */
	{429, "TooManyRequests",	VERDICT_RETRY,	0, 60},
	{500, "InternalServerError",	VERDICT_RETRY},
	{503, "ServiceUnavailable",	VERDICT_RETRY},
	{503, "Shutdown",		VERDICT_RETRY,	CURE_CONNECTION},
	/* clang-format on */
};

static void
apns_judge(const struct exchange *x, const struct target *targets, size_t n,
    struct verdict *out)
{
	const struct ruling *r;
	struct json *answer;
	const char *reason;
	char own[ID_UUID];

	assert(n == 1);
	if (x->end != EXCHANGE_ANSWERED) {
		verdict_of_transport(x, out);
		return;
	}
	if (x->status == 200) {
		id_uuid_of(targets[0].id, own);
		verdict_sent(out, x->id[0] != '\0' ? x->id : own);
		return;
	}
	answer = verdict_answer(x);
	reason = verdict_word(json_text(json_get(answer, "reason"), NULL));
	r = ruling_find(rulings, nitems(rulings), x->status, reason);
	verdict_set(out, r != NULL ? r : ruling_by_status(x->status), x,
	    reason);
	if (out->kind == VERDICT_GONE)
		out->gone_ms = json_int(json_get(answer, "timestamp"), 0);
	if (out->gone_ms < 0)
		out->gone_ms = 0;
	json_free(answer);
}

static const struct err *
apns_endpoint(const struct provider_settings *s,
    const struct endpoint_app *app, char url[ENDPOINT_URL])
{
	int n = snprintf(url, ENDPOINT_URL, "%s", app->environment == 0
		? s->production_url : s->development_url);

	return n > 0 && n < ENDPOINT_URL
	    ? NULL
	    : err_new(ERR_TOOBIG, "the URL of APNs is too long");
}

/* --- credentials ------------------------------------------------------- */

enum { KEY, KEY_ID, TEAM_ID, BUNDLE, ENVIRONMENT };

static const char *const environments[] = {
    "development", "production", NULL};

static const struct credential_field fields[] = {
    [KEY] = {"privateKeyBase64", "key-file", "FILE", "the .p8 file of Apple",
	FIELD_KEY, .must = true,
	.wanted = "an APNs key: wanted is the .p8 file from Apple"},
    [KEY_ID] = {"keyId", "key-id", "ID", "its key id", .must = true,
	.shown = 2, .title = "key id"},
    [TEAM_ID] = {"teamId", "team-id", "ID", "of the developer account",
	.must = true, .shown = 3, .title = "team id"},
    [BUNDLE] = {"bundle", "bundle", "ID", "of the app", .role = FIELD_TOPIC,
	.must = true, .shown = 1, .title = "bundle"},
    [ENVIRONMENT] = {"environment", "environment", "NAME",
	"default: [apns] use_development", .role = FIELD_ENVIRONMENT,
	.shown = 4, .title = "environment", .choices = environments},
};

static const struct err *
apns_check(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct credential_finding *found)
{
	const struct err *e = credential_check_apns_key(
	    v[KEY].data, v[KEY].len);

	(void)a;
	(void)s;
	if (e != NULL) {
		found->key = &fields[KEY];
		return e;
	}
	return credential_check_apns_names(
	    v[TEAM_ID].data, v[KEY_ID].data, v[BUNDLE].data);
}

struct apns_access {
	struct crypto_key *key;
	const char *team_id, *key_id;
};

static void
free_access(void *own)
{
	struct apns_access *g = own;

	crypto_key_free(g->key);
}

static const struct err *
apns_open(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct access *out)
{
	struct apns_access *own = arena_zero(a, sizeof *own);
	const struct err *e;

	(void)s;
	own->team_id = v[TEAM_ID].data;
	own->key_id = v[KEY_ID].data;
	if (own->team_id == NULL || own->key_id == NULL ||
	    v[BUNDLE].data == NULL)
		return err_new(ERR_INVALID,
		    "team, key id or bundle is missing");
	e = key_read(CRYPTO_ES256, v[KEY].data, v[KEY].len, &own->key);
	if (e != NULL)
		return e;
	arena_defer(a, free_access, own);
	*out = (struct access){.own = own,
	    .identity = {v[TEAM_ID], v[KEY_ID], v[KEY]}};
	return NULL;
}

static const struct err *
apns_sign(const struct access *access, const char *origin, int64_t now_s,
    struct buf *into)
{
	const struct apns_access *own = access->own;

	(void)origin;
	return jwt_apns(own->key, own->key_id, own->team_id, now_s, into);
}

/* --- settings ---------------------------------------------------------- */

/* clang-format off */
static const struct conf_key keys[] = {
	/* name, type, where, default, min, max, choices, help */
	{ "apns.use_development", CONF_FLAG, SECTION_AT(use_development), "yes", 0, 0, NULL, "environment of apps that name none" },
	{ "apns.production_url", CONF_SERVICE, SECTION_AT(production_url), "https://api.push.apple.com", 0, 0, NULL, "APNs" },
	{ "apns.development_url", CONF_SERVICE, SECTION_AT(development_url), "https://api.sandbox.push.apple.com", 0, 0, NULL, "APNs sandbox" },
	{ "apns.connections", CONF_NUMBER, SECTION_AT(connections), "1", 1, 64, NULL, "connections a credential" },
	{ "apns.connect_timeout", CONF_DURATION, SECTION_AT(connect_timeout_ms), "5s", 100, 300000, NULL, "to connect, TLS included" },
	{ "apns.response_timeout", CONF_DURATION, SECTION_AT(response_timeout_ms), "30s", 100, 300000, NULL, "for one answer" },
	{ "apns.idle_ping", CONF_DURATION, SECTION_AT(idle_ms), "60s", 0, SECTION_HOUR, NULL, "PING after this time without traffic; 0s: never" },
	{ "apns.rate", CONF_RATE, SECTION_AT(rate), "1000000/s", 1, 1000000000, NULL, "messages a second and app" },
	SECTION_PROXY("apns"),
};
/* clang-format on */

const struct provider provider_apns = {
    PLATFORM_ROW_APNS(PROVIDER_NAMES)
    .title = "APNs",
    .wire = WIRE_H2,
    .cautious = true,
    .environments = true,
    /* a token that no device has: Apple refuses it after it has accepted the
     * credential */
    .probe = {PATH NOBODY, "{\"aps\":{\"alert\":\"check\"}}",
	{{"apns-push-type", "alert"}, {"apns-priority", "5"},
	    {"apns-expiration", "0"}}, true},
    .fields = fields,
    .n_fields = nitems(fields),
    .check = apns_check,
    .open = apns_open,
    .scheme = "bearer ",
    .sign = apns_sign,
    /* Apple refuses a token that is older than an hour, and more than one new
     * token in 20 minutes */
    .sign_life_s = 50 * 60,
    .sign_pause_s = 20 * 60,
    .keys = keys,
    .n_keys = nitems(keys),
    .payload_max = PAYLOAD_MAX,
    .batch = 1,
    .token = token_apns,
    .endpoint = apns_endpoint,
    .compose = apns_compose,
    .address = apns_address,
    .judge = apns_judge,
};
