/* SPDX-License-Identifier: MIT */
/* Apple's part: every rule we know of is enforced, none is bent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/id.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/apple.h"
#include "tests/fake/ledger.h"
#include "tests/fake/shape.h"
#include "tests/fake/verify.h"

#define HOUR 3600
#define MINT_GAP (20 * 60)

struct reason {
	int status;
	const char *name;
};

static const struct reason reasons[] = {
    {400, "BadCollapseId"},
    {400, "BadDeviceToken"},
    {400, "BadExpirationDate"},
    {400, "BadMessageId"},
    {400, "BadPriority"},
    {400, "BadTopic"},
    {400, "DeviceTokenNotForTopic"},
    {400, "DuplicateHeaders"},
    {400, "IdleTimeout"},
    {400, "InvalidPushType"},
    {400, "MissingDeviceToken"},
    {400, "MissingTopic"},
    {400, "PayloadEmpty"},
    {400, "TopicDisallowed"},
    {403, "BadCertificate"},
    {403, "BadCertificateEnvironment"},
    {403, "ExpiredProviderToken"},
    {403, "Forbidden"},
    {403, "InvalidProviderToken"},
    {403, "MissingProviderToken"},
    {403, "UnrelatedKeyIdInToken"},
    {403, "BadEnvironmentKeyIdInToken"},
    {404, "BadPath"},
    {405, "MethodNotAllowed"},
    {410, "Unregistered"},
    {410, "ExpiredToken"},
    {413, "PayloadTooLarge"},
    {429, "TooManyProviderTokenUpdates"},
    {429, "TooManyRequests"},
    {500, "InternalServerError"},
    {503, "ServiceUnavailable"},
    {503, "Shutdown"},
};

/* "Unregistered@1893449000123" sets the timestamp, else it is now. */
bool
apns_say(struct ask *ask, const char *what)
{
	const char *at = strchr(what, '@');
	size_t len = at != NULL ? (size_t)(at - what) : strlen(what), i;
	const struct reason *r;
	int64_t ms = clock_now_ms();

	for (i = 0; i < nitems(reasons); i++) {
		r = &reasons[i];
		if (strncmp(r->name, what, len) == 0 && r->name[len] == '\0')
			break;
	}
	if (i == nitems(reasons))
		return false;
	if (at != NULL)
		(void)text_i64(at + 1, 0, INT64_MAX, &ms);
	if (strcmp(r->name, "ExpiredProviderToken") == 0)
		conn_apns(ask->conn)->wedged = true;
	if (r->status == 410 && (at == NULL || at[1] != '\0'))
		answer_json(ask, 410, "{\"reason\":\"%s\",\"timestamp\":%lld}",
		    r->name, (long long)ms);
	else
		answer_json(ask, r->status, "{\"reason\":\"%s\"}", r->name);
	return true;
}

/* No documented word exists for a payload that is no notification. */
static const char *
bad_payload(struct ask *ask, const char *where, const char *why)
{
	log_warn("apns payload where=%s why=\"%s\"", where, why);
	answer_json(ask, 400, "{\"reason\":\"BadPayload\",\"detail\":"
	    "\"%s: %s\"}", where, why);
	return "";
}

static const char *
check_age(const struct jwt *jwt, struct apns_state *s)
{
	int64_t now = clock_now_ms() / 1000;

	if (s->wedged || jwt->iat < now - HOUR || jwt->iat > now + HOUR)
		return "ExpiredProviderToken";
	if (s->kid[0] != '\0' &&
	    (strcmp(s->kid, jwt->kid) != 0 || strcmp(s->team, jwt->iss) != 0))
		return "UnrelatedKeyIdInToken";
	if (s->iat != 0 && s->iat != jwt->iat &&
	    llabs(jwt->iat - s->iat) < MINT_GAP)
		return "TooManyProviderTokenUpdates";
	return NULL;
}

/* Another of the team's keys is fine by itself, but not on a connection
 * that began with the first one: that is judged before the signature. */
static const char *
check_token(struct fake *f, struct ask *ask)
{
	struct apns_state *s = conn_apns(ask->conn);
	const char *text = ask_get(ask, HEAD_AUTHORIZATION), *why;
	const struct jwt *jwt;

	if (text == NULL)
		return "MissingProviderToken";
	if (!text_starts(text, "bearer ") || text[7] == '\0')
		return "InvalidProviderToken";
	if (f->fast && !s->wedged && s->checked == verify_hash(text))
		return NULL;
	if ((jwt = verify_jwt(f, TRUST_APNS, text + 7, &why)) == NULL ||
	    !jwt->lean || jwt->iat < 0 ||
	    strcmp(jwt->iss, FAKE_TEAM_ID) != 0 || strlen(jwt->kid) != 10)
		return "InvalidProviderToken";
	if (s->kid[0] == '\0' && strcmp(jwt->kid, FAKE_KEY_ID) != 0)
		return "InvalidProviderToken";
	if ((why = check_age(jwt, s)) != NULL)
		return why;
	memcpy(s->kid, jwt->kid, strlen(jwt->kid) + 1);
	memcpy(s->team, jwt->iss, strlen(jwt->iss) + 1);
	s->iat = jwt->iat;
	s->checked = verify_hash(text);
	return NULL;
}

static const char *
check_topic(const char *topic)
{
	static const char ours[] = FAKE_BUNDLE ".";

	if (topic == NULL || topic[0] == '\0')
		return "MissingTopic";
	if (strcmp(topic, FAKE_BUNDLE) == 0)
		return NULL;
	if (topic[strspn(topic, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] != '\0')
		return "BadTopic";
	return text_starts(topic, ours) ? "DeviceTokenNotForTopic" :
	    "TopicDisallowed";
}

static bool
is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i] != '\0'; i++)
		if (s[i] == '\0' || (form[i] == '-' ? s[i] != '-' :
		    strchr("0123456789abcdef", s[i]) == NULL))
			return false;
	return s[i] == '\0';
}

static const char *
check_headers(struct ask *ask)
{
	const char *type = ask_get(ask, HEAD_PUSH_TYPE);
	const char *priority = ask_get(ask, HEAD_PRIORITY);
	const char *expiration = ask_get(ask, HEAD_EXPIRATION);
	const char *collapse = ask_get(ask, HEAD_COLLAPSE_ID);
	const char *id = ask_get(ask, HEAD_ID), *why;

	if ((why = check_topic(ask_get(ask, HEAD_TOPIC))) != NULL)
		return why;
	if (id != NULL && !is_uuid(id))
		return "BadMessageId";
	return apple_header_fault(type, priority, expiration, collapse);
}

static bool
no_null(const char *name, struct json *value, void *arg)
{
	const char **bad = arg;

	if (value == NULL)
		*bad = name;
	return value != NULL;
}

static const char *
check_payload(struct fake *f, struct ask *ask, struct json **root)
{
	const char *text = buf_str(&ask->body), *bad = NULL;
	bool silent = strcmp(ask_get(ask, HEAD_PUSH_TYPE), "background") == 0;
	struct misfit fit;
	const struct err *e;

	e = json_parse(f->arena, text, ask->body.len, FAKE_DEPTH, root);
	if (e != NULL || json_kind(*root) != JSON_OBJECT ||
	    !shape_is_single(text, ask->body.len))
		return bad_payload(ask, "payload", "not a JSON object");
	json_each(*root, no_null, &bad);
	if (bad != NULL)
		return bad_payload(ask, bad, "null");
	bad = apple_aps_fault(json_get(*root, "aps"), silent, &fit);
	return bad != NULL && *bad == '\0'
	    ? bad_payload(ask, fit.path, fit.why) : bad;
}

static const char *
check_device(const char *token)
{
	size_t len = strlen(token);

	if (len == 0)
		return "MissingDeviceToken";
	if (len % 2 != 0 || len > 400 ||
	    token[strspn(token, "0123456789abcdefABCDEF")] != '\0')
		return "BadDeviceToken";
	if (token[strspn(token, "0")] == '\0') /* nobody's */
		return "BadDeviceToken";
	return NULL;
}

/* A token of our tests is text in hex; NULL for any other. */
static const char *
decode(struct fake *f, const char *token)
{
	size_t n = strlen(token) / 2;
	char *text;

	if (strncmp(token, "746f6b2d", 8) != 0 &&
	    strncmp(token, "746F6B2D", 8) != 0)
		return NULL;
	text = arena_zero(f->arena, n + 1);
	return text_unhex(token, text, n) ? text : NULL;
}

static const char *
check(struct fake *f, struct ask *ask, const char *token, struct json **root)
{
	const char *why;

	if (ask->duplicate)
		return "DuplicateHeaders";
	if (strcmp(ask_get(ask, HEAD_METHOD), "POST") != 0)
		return "MethodNotAllowed";
	if ((why = check_token(f, ask)) != NULL ||
	    (why = check_device(token)) != NULL ||
	    (why = check_headers(ask)) != NULL)
		return why;
	if (ask->body.len == 0)
		return "PayloadEmpty";
	if (ask->body.len > FAKE_PAYLOAD_MAX || ask->body.overflowed)
		return "PayloadTooLarge";
	return f->fast ? NULL : check_payload(f, ask, root);
}

static void
accept_push(struct fake *f, struct ask *ask, struct entry *e)
{
	f->n.accepted++;
	conn_raise(ask->conn);
	e->id = ask->answer.id;
	e->topic = ask_get(ask, HEAD_TOPIC);
	ledger_add(f, ask, e);
}

void
apns_handle(struct fake *f, struct ask *ask)
{
	const char *token = ask_get(ask, HEAD_PATH) + strlen("/3/device/");
	const char *id = ask_get(ask, HEAD_ID), *why;
	struct answer *a = &ask->answer;
	struct entry e = {.token = token};

	why = check(f, ask, token, &e.payload);
	if (id != NULL && is_uuid(id))
		memcpy(a->id, id, ID_UUID);
	else if (f->fast)
		id_uuid_of(++f->serial, a->id);
	else
		id_uuid(a->id);
	if (why != NULL) {
		(void)apns_say(ask, why);
		return;
	}
	e.decoded = decode(f, token);
	if (!f->fast)
		id_uuid(a->unique);
	e.scenario = "accept";
	if (e.decoded == NULL ||
	    scenario_play(f, ask, e.decoded, &e.scenario))
		accept_push(f, ask, &e);
}
