/* SPDX-License-Identifier: MIT */
/*
 * Apple's service: one device a request, the payload is the same for all of
 * them, what differs travels in the path and the headers.
 */
#include <assert.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/id.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/payload.h"
#include "push/verdict.h"

#define PAYLOAD_MAX 4096
#define TIMEOUT_MS 20000
#define PATH "/3/device/"
#define COLLAPSE_MAX 64
#define EXPIRATION_MAX 4294967295 /* 32 bits: the year 2106 */

/* --- compose ----------------------------------------------------------- */

/* The collapse key as a header value. What is too long or has characters
 * that no header carries is told apart as well by its digest. */
static void
collapse_id(const char *key, struct template *t)
{
	unsigned char digest[32];
	size_t len;

	if (key == NULL || key[0] == '\0')
		return;
	len = strlen(key);
	if (len <= COLLAPSE_MAX && exchange_safe(key)) {
		memcpy(t->collapse, key, len + 1);
		return;
	}
	crypto_sha256(key, len, digest);
	text_hex(digest, sizeof digest, t->collapse);
	template_warn(t, "apns-collapse-id is the SHA-256 of collapseKey: it "
	    "is over %d bytes or not plain ASCII", COLLAPSE_MAX);
}

static void
add_alert(const struct message *m, struct json *aps)
{
	struct json *alert;

	if (!message_shows(m))
		return;
	alert = json_set_object(aps, "alert");
	json_set_text(alert, "title", m->title);
	json_set_text(alert, "title-loc-key", m->title_loc_key);
	payload_args(alert, "title-loc-args", m->title_loc_key,
	    m->title_loc_args);
	json_set_text(alert, "body", m->body);
	json_set_text(alert, "loc-key", m->body_loc_key);
	payload_args(alert, "loc-args", m->body_loc_key, m->body_loc_args);
}

static void
add_visible(const struct message *m, struct json *aps, struct template *t)
{
	add_alert(m, aps);
	if (m->has_badge && m->badge >= 0)
		json_set_int(aps, "badge", m->badge);
	else if (m->has_badge)
		template_warn(t, "badge left out: it is negative");
	json_set_text(aps, "sound", m->sound);
	json_set_text(aps, "category", m->category);
	if (m->collapse_key != NULL && m->collapse_key[0] != '\0')
		json_set_text(aps, "thread-id", m->collapse_key);
	if (!message_shows(m) && !m->has_badge && m->sound == NULL)
		template_warn(t, "nothing to show: no title, body, badge or "
		    "sound");
}

/* Nothing that shows, plays or badges may be in a background push. */
static void
add_silent(const struct message *m, struct json *aps, struct template *t)
{
	json_set_int(aps, "content-available", 1);
	if (m->has_badge)
		template_warn(t, "badge left out: not allowed in a silent "
		    "push");
}

static bool
add_sibling(const char *name, struct json *value, void *root)
{
	json_set(root, name, value);
	return true;
}

static const struct err *
apns_compose(const struct message *m, bool data_only, struct template *t)
{
	static const char *const reserved[] = {"aps", NULL};
	struct json *root, *aps, *extras;
	const struct err *e;
	const char *text;
	size_t len;

	(void)data_only; /* Android's notion */
	if ((e = template_init(t, m)) != NULL)
		return e;
	root = json_new_object(NULL);
	t->background = m->silent;
	collapse_id(m->collapse_key, t);
	aps = json_set_object(root, "aps");
	if (m->silent)
		add_silent(m, aps, t);
	else
		add_visible(m, aps, t);
	extras = payload_extras(m, reserved, t);
	json_each(extras, add_sibling, root);
	text = json_write(root, &len);
	(void)buf_add(&t->head, text, len);
	json_free(extras);
	json_free(root);
	return template_measure(t, 0, PAYLOAD_MAX, "APNs");
}

/* --- address ----------------------------------------------------------- */

/* In seconds, rounded up; never 0, which would mean "now or never". */
static int64_t
expiration(int64_t expires_ms)
{
	int64_t s = expires_ms / 1000 + (expires_ms % 1000 > 0);

	if (s < 1)
		return 1;
	return s > EXPIRATION_MAX ? EXPIRATION_MAX : s;
}

static const struct err *
apns_address(const struct template *t, const struct grant *g,
    const struct target *targets, size_t n, int64_t now_ms,
    struct exchange *x)
{
	const char *id, *expires = NULL;
	const struct err *e;
	char uuid[ID_UUID], token[TOKEN_SIZE];

	(void)now_ms; /* Apple is told the moment, not the time left */
	assert(n == 1);
	if (g->authorization == NULL || !exchange_safe(g->authorization) ||
	    g->topic == NULL || !exchange_safe(g->topic))
		return err_new(ERR_FAULT, "the bundle or the provider token "
		    "cannot be a header value");
	id_uuid_of(targets[0].id, uuid);
	id = exchange_fmt(x, "%s", uuid);
	if (t->expires_ms != 0)
		expires = exchange_fmt(x, "%lld",
		    (long long)expiration(t->expires_ms));
	if ((e = token_apns(targets[0].token, token)) != NULL)
		return e;
	x->path = exchange_fmt(x, PATH "%s", token);
	exchange_header(x, "authorization", g->authorization);
	exchange_header(x, "apns-topic", g->topic);
	exchange_header(x, "apns-push-type",
	    t->background ? "background" : "alert");
	/* a background push with priority 10 is refused */
	exchange_header(x, "apns-priority",
	    t->high && !t->background ? "10" : "5");
	exchange_header(x, "apns-id", id);
	if (expires != NULL)
		exchange_header(x, "apns-expiration", expires);
	if (t->collapse[0] != '\0')
		exchange_header(x, "apns-collapse-id", t->collapse);
	x->body = buf_str(&t->head);
	x->body_len = t->head.len;
	x->timeout_ms = TIMEOUT_MS;
	return NULL;
}

/* --- judge ------------------------------------------------------------- */

/* Apple's list, whole. A 5xx is to wait 15 minutes or so: our own backoff
 * comes there, and is quicker after a hiccup. */
static const struct ruling rulings[] = {
	/* clang-format off */
	{400, "BadCollapseId",		VERDICT_REJECT},
	{400, "BadDeviceToken",		VERDICT_SUSPECT},
	{400, "BadExpirationDate",	VERDICT_REJECT},
	{400, "BadMessageId",		VERDICT_REJECT},
	{400, "BadPriority",		VERDICT_REJECT},
	{400, "BadTopic",		VERDICT_HOLD,	CURE_PERSON},
	{400, "DeviceTokenNotForTopic",	VERDICT_SUSPECT},
	{400, "DuplicateHeaders",	VERDICT_REJECT,	CURE_PERSON},
	{400, "IdleTimeout",		VERDICT_RETRY,	CURE_CONNECTION},
	{400, "InvalidPushType",	VERDICT_REJECT},
	{400, "MissingDeviceToken",	VERDICT_REJECT},
	{400, "MissingTopic",		VERDICT_HOLD,	CURE_PERSON},
	{400, "PayloadEmpty",		VERDICT_REJECT},
	{400, "TopicDisallowed",	VERDICT_HOLD,	CURE_PERSON},
	{403, "BadCertificate",		VERDICT_HOLD,	CURE_PERSON},
	{403, "BadCertificateEnvironment", VERDICT_HOLD, CURE_PERSON},
	/* the connection never takes another token once it said this */
	{403, "ExpiredProviderToken",	VERDICT_HOLD,
	    CURE_GRANT | CURE_CONNECTION},
	{403, "Forbidden",		VERDICT_HOLD,	CURE_PERSON},
	{403, "InvalidProviderToken",	VERDICT_HOLD,	CURE_PERSON},
	{403, "MissingProviderToken",	VERDICT_HOLD,	CURE_PERSON},
	{403, "UnrelatedKeyIdInToken",	VERDICT_HOLD,	CURE_CONNECTION},
	{403, "BadEnvironmentKeyIdInToken", VERDICT_HOLD, CURE_PERSON},
	{404, "BadPath",		VERDICT_REJECT,	CURE_PERSON},
	{405, "MethodNotAllowed",	VERDICT_REJECT,	CURE_PERSON},
	{410, "Unregistered",		VERDICT_GONE},
	{410, "ExpiredToken",		VERDICT_GONE},
	{413, "PayloadTooLarge",	VERDICT_REJECT},
	/* not CURE_GRANT: another new token is what it complains of */
	{429, "TooManyProviderTokenUpdates", VERDICT_RETRY,
	    CURE_CONNECTION | CURE_PERSON, 60},
	/* of this device alone: no reason to slow down the others */
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

const struct provider provider_apns = {
    .name = "apns",
    .old_name = "ios",
    .platform = PLATFORM_APNS,
    .payload_max = PAYLOAD_MAX,
    .batch = 1,
    .token = token_apns,
    .compose = apns_compose,
    .address = apns_address,
    .judge = apns_judge,
};
