/* SPDX-License-Identifier: MIT */
/*
 * The services of Web Push: which one is played, the host of the request says,
 * so that tests come through a proxy which leads every host to us. All are as
 * strict as the strictest, and each refuses in words of its own. The endpoints
 * are those of one browser (browser.h), made with one VAPID key.
 */
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/ledger.h"
#include "tests/fake/shape.h"
#include "tests/fake/verify.h"

#define PATH "/webpush/"
#define HTTPS "https://"
#define TTL_MAX 2419200
#define TOPIC_MAX 32
#define DAY_S 86400

enum service { GOOGLE, MOZILLA, APPLE, WINDOWS, OTHER, SERVICE__COUNT };

static const char *const domains[OTHER] = {
    [GOOGLE] = "fcm.googleapis.com",
    [MOZILLA] = "push.services.mozilla.com",
    [APPLE] = "push.apple.com",
    [WINDOWS] = "notify.windows.com",
};

/* Documented refusals, by the names that endpoints have for them: of Apple its
 * reasons, of Mozilla its errno, of Windows what its header says. */
struct refusal {
	enum service service;
	const char *name;
	int status;
	const char *said; /* NULL: the name */
	int retry_after;  /* 0: no such header */
};

/* clang-format off */
static const struct refusal refusals[] = {
    {GOOGLE, "UnauthorizedRegistration", 400,
	"<HTML><TITLE>UnauthorizedRegistration</TITLE></HTML>"},
    {GOOGLE, "InvalidRegistration", 400},
    {GOOGLE, "invalid-endpoint", 403, "invalid push subscription endpoint"},
    {GOOGLE, "invalid-jwt", 403,
	"permission denied: invalid JWT provided"},
    {GOOGLE, "mismatch", 403, "the VAPID credentials in the "
	"authorization header do not correspond to the credentials used to "
	"create the subscriptions."},
    {GOOGLE, "invalid-ttl", 400, "bad request: invalid TTL header"},
    {GOOGLE, "expired", 410,
	"push subscription has unsubscribed or expired.\n"},
    {MOZILLA, "108", 400, "Router type is invalid"},
    {MOZILLA, "110", 400, "Content-Encoding is missing or unknown"},
    {MOZILLA, "111", 400, "TTL is missing or not a number"},
    {MOZILLA, "112", 400, "TTL is negative"},
    {MOZILLA, "113", 400, "Topic is too long or not of its alphabet"},
    {MOZILLA, "114", 400, "TTL is negative"},
    {MOZILLA, "109", 401, "Request did not validate invalid token"},
    {MOZILLA, "109-mismatch", 401, "VAPID public key mismatch"},
    {MOZILLA, "102", 404, "Request did not validate: invalid endpoint"},
    {MOZILLA, "103", 410, "the subscription is gone"},
    {MOZILLA, "105", 410, "the endpoint is gone"},
    {MOZILLA, "106", 410, "the user is gone"},
    {MOZILLA, "104", 413, "the body is longer than 4028 characters"},
    {MOZILLA, "901", 502, "the bridge failed"},
    {MOZILLA, "902", 502, "the bridge failed"},
    {MOZILLA, "903", 502, "the bridge failed"},
    {MOZILLA, "201", 503, "Use exponential back-off", 120},
    {MOZILLA, "202", 503, "Use exponential back-off", 120},
    {APPLE, "VapidPkHashMismatch", 400},
    {APPLE, "BadWebPushTopic", 400},
    {APPLE, "BadTtl", 400},
    {APPLE, "BadUrgency", 400},
    {APPLE, "BadWebPushRequest", 400},
    {APPLE, "BadAuthorizationHeader", 400},
    {APPLE, "BadJwtToken", 403},
    {APPLE, "BadVapidPublicKey", 403},
    {APPLE, "BadPath", 404},
    {APPLE, "ExpiredSubscription", 410},
    {APPLE, "Unregistered", 410},
    {APPLE, "PayloadTooLarge", 413},
    {APPLE, "TooManyRequests", 429},
    {WINDOWS, "channelthrottled", 406},
    {WINDOWS, "dropped", 200},
};

/* What each service answers to the same fault: one of those, or a status. */
static const struct fault {
	const char *name;
	const char *word[SERVICE__COUNT];
} faults[] = {
    {"no-vapid", {"UnauthorizedRegistration", "109", "BadJwtToken", "401",
	"401"}},
    {"bad-jwt", {"invalid-jwt", "109", "BadJwtToken", "401", "403"}},
    {"mismatch", {"mismatch", "109-mismatch", "VapidPkHashMismatch", "401",
	"403"}},
    {"ttl", {"invalid-ttl", "111", "BadTtl", "400", "400"}},
    {"urgency", {"400", "400", "BadUrgency", "400", "400"}},
    {"topic", {"400", "113", "BadWebPushTopic", "400", "400"}},
    {"encoding", {"400", "110", "BadWebPushRequest", "400", "400"}},
    {"too-large", {"413", "104", "PayloadTooLarge", "413", "413"}},
};
/* clang-format on */

/* --- answers ----------------------------------------------------------- */

static const char *
host_of(const struct ask *ask)
{
	const char *host = ask_get(ask,
	    ask->stream != 0 ? HEAD_AUTHORITY : HEAD_HOST);

	return host != NULL ? host : "";
}

static enum service
service_of(const struct ask *ask)
{
	const char *host = host_of(ask);
	size_t len = strlen(host), n;
	enum service s;

	for (s = 0; s < OTHER; s++) {
		n = strlen(domains[s]);
		if (len >= n && strcmp(host + len - n, domains[s]) == 0)
			break;
	}
	return s;
}

static void
answer_refusal(struct ask *ask, const struct refusal *r)
{
	const char *said = r->said != NULL ? r->said : r->name;

	if (r->service == MOZILLA) {
		answer_json(ask, r->status, "{\"code\":%d,\"errno\":%.3s,"
		    "\"error\":\"demo\",\"message\":\"%s\"}", r->status,
		    r->name, said);
	} else if (r->service == APPLE) {
		answer_json(ask, r->status, "{\"reason\":\"%s\"}", said);
	} else if (r->service == WINDOWS) {
		ask->answer.status = r->status;
		ask->answer.wns = said;
	} else {
		answer_json(ask, r->status, "%s", said);
		ask->answer.type = "text/plain";
	}
	if (r->retry_after > 0)
		ask->answer.retry_after = r->retry_after;
}

/* "410": only that. A redirection leads to where the message would be
 * accepted. */
static bool
answer_status(struct ask *ask, const char *text)
{
	int64_t status;

	if (!text_i64(text, 200, 599, &status))
		return false;
	ask->answer.status = (int)status;
	if (status / 100 == 3)
		(void)snprintf(ask->answer.location,
		    sizeof(ask->answer.location), HTTPS "%.100s" PATH "other",
		    host_of(ask));
	return true;
}

static bool
answer_word(struct ask *ask, enum service service, const char *word)
{
	size_t i;

	for (i = 0; i < nitems(refusals); i++) {
		if (refusals[i].service != service ||
		    strcmp(refusals[i].name, word) != 0)
			continue;
		answer_refusal(ask, &refusals[i]);
		return true;
	}
	return answer_status(ask, word);
}

/* "429@5" answers with Retry-After: 5. */
bool
webpush_say(struct ask *ask, const char *what)
{
	enum service service = service_of(ask);
	size_t len = strcspn(what, "@"), i;
	char word[64];

	(void)snprintf(word, sizeof(word), "%.*s", (int)len, what);
	for (i = 0; i < nitems(faults); i++)
		if (strcmp(faults[i].name, word) == 0)
			(void)snprintf(word, sizeof(word), "%s",
			    faults[i].word[service]);
	if (!answer_word(ask, service, word))
		return false;
	if (what[len] == '@')
		(void)text_i64(what + len + 1, 0, 86400,
		    &ask->answer.retry_after);
	return true;
}

static bool
refuse(struct ask *ask, const char *fault, const char *why)
{
	log_warn("webpush fault=%s why=\"%s\"", fault, why);
	(void)webpush_say(ask, fault);
	return false;
}

/* --- VAPID (RFC 8292) --------------------------------------------------- */

/* Whom a service can write to. */
static bool
is_subject(const char *sub)
{
	return (text_starts(sub, "mailto:") || text_starts(sub, HTTPS)) &&
	    strpbrk(sub, " <>") == NULL && strstr(sub, "localhost") == NULL;
}

static bool
check_claims(struct fake *f, struct ask *ask, const struct jwt *jwt)
{
	int64_t now = clock_now_ms() / 1000 + f->ahead_s;
	const char *aud = arena_fmt(f->arena, HTTPS "%s", host_of(ask));

	if (strcmp(jwt->aud, aud) != 0)
		return refuse(ask, "bad-jwt", "aud is not the origin");
	if (jwt->exp <= now || jwt->exp > now + DAY_S)
		return refuse(ask, "bad-jwt", "exp is not within a day");
	if (!is_subject(jwt->sub))
		return refuse(ask, "bad-jwt", "sub is nobody");
	return true;
}

/* Is k the key that the browser subscribed with? */
static bool
is_key(struct fake *f, const char *k)
{
	unsigned char point[BROWSER_POINT];
	struct buf text = BUF(256);
	bool same;

	browser_point(verify_key(f->verify, TRUST_VAPID), point);
	(void)crypto_base64url(point, sizeof(point), &text);
	same = strcmp(buf_str(&text), k) == 0;
	buf_done(&text);
	return same;
}

static bool
check_vapid(struct fake *f, struct ask *ask)
{
	const char *head = ask_get(ask, HEAD_AUTHORIZATION);
	const char *k = head != NULL ? strstr(head, ", k=") : NULL;
	const struct jwt *jwt;
	const char *why, *token;

	if (k == NULL || !text_starts(head, "vapid t="))
		return refuse(ask, "no-vapid", "no VAPID");
	if (!is_key(f, k + strlen(", k=")))
		return refuse(ask, "mismatch", "k is another key");
	head += strlen("vapid t=");
	token = arena_text(f->arena, head, (size_t)(k - head));
	if ((jwt = verify_jwt(f, TRUST_VAPID, token, &why)) == NULL)
		return refuse(ask, "bad-jwt", why);
	return check_claims(f, ask, jwt);
}

/* --- the request -------------------------------------------------------- */

/* Apple reads the topic as base64url, of which no text has this length. */
static bool
is_topic(const char *topic)
{
	size_t len = strlen(topic);

	return len <= TOPIC_MAX && len % 4 != 1 && strspn(topic,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_") == len;
}

static bool
is_urgency(const char *urgency)
{
	return strcmp(urgency, "very-low") == 0 ||
	    strcmp(urgency, "low") == 0 || strcmp(urgency, "normal") == 0 ||
	    strcmp(urgency, "high") == 0;
}

static bool
check_head(struct ask *ask)
{
	const char *ttl = ask_get(ask, HEAD_TTL);
	const char *urgency = ask_get(ask, HEAD_URGENCY);
	const char *topic = ask_get(ask, HEAD_WEB_TOPIC);
	const char *encoding = ask_get(ask, HEAD_ENCODING);
	uint64_t seconds;

	if (strcmp(ask_get(ask, HEAD_METHOD), "POST") != 0)
		return refuse(ask, "405", "not POST");
	/* Windows takes no 0 without a header of its own */
	if (ttl == NULL || !text_u64(ttl, TTL_MAX, &seconds) || seconds == 0)
		return refuse(ask, "ttl", "no TTL");
	if (urgency == NULL || !is_urgency(urgency))
		return refuse(ask, "urgency", "no urgency");
	if (topic != NULL && !is_topic(topic))
		return refuse(ask, "topic", "no topic");
	if (encoding == NULL || strcmp(encoding, "aes128gcm") != 0)
		return refuse(ask, "encoding", "not aes128gcm");
	if (ask->duplicate)
		return refuse(ask, "400", "a header came twice");
	return true;
}

/* --- the message -------------------------------------------------------- */

static bool
is_something(const struct json *j)
{
	return json_text(j, "")[0] != '\0';
}

/* A page on this machine is one for browsers, too. */
static bool
is_link(const struct json *j)
{
	return text_starts(json_text(j, ""), HTTPS) ||
	    text_starts(json_text(j, ""), "http://127.0.0.1:");
}

/* clang-format off */
static const struct shape notification[] = {
    {"title", SHAPE_TEXT, .required = true, .also = is_something},
    {"navigate", SHAPE_TEXT, .also = is_link},
    {"body", SHAPE_TEXT},
    {"icon", SHAPE_TEXT},
    {"image", SHAPE_TEXT, .also = is_link},
    {"tag", SHAPE_TEXT},
    {"app_badge", SHAPE_TEXT},
    {"data", SHAPE_OBJECT},
    {NULL}
};

static const struct shape declared[] = {
    {"web_push", SHAPE_INT, .min = 8030, .max = 8030, .required = true},
    {"notification", SHAPE_OBJECT, notification, .required = true},
    {"app_badge", SHAPE_INT, .max = 2147483647},
    {NULL}
};
/* clang-format on */

/* What the browser reads, and shows as it is declared. */
static bool
check_body(struct fake *f, struct ask *ask, struct json **message)
{
	struct buf *clear = arena_buf(f->arena, BROWSER_BODY_MAX);
	const char *why = browser_read(&f->browser, ask->body.data,
	    ask->body.len, clear);
	struct misfit bad;

	if (ask->body.len > BROWSER_BODY_MAX)
		return refuse(ask, "too-large", why);
	if (why != NULL)
		return refuse(ask, "400", why);
	if (json_parse(f->arena, buf_str(clear), clear->len, FAKE_DEPTH,
	    message) != NULL ||
	    !shape_is_single(buf_str(clear), clear->len))
		return refuse(ask, "400", "not a JSON object");
	if (!shape_fits(*message, declared, false, "", &bad))
		return refuse(ask, "400", bad.path);
	return true;
}

static void
accept_push(struct fake *f, struct ask *ask, struct entry *e)
{
	struct answer *a = &ask->answer;
	char id[sizeof(a->id)];

	(void)snprintf(id, sizeof(id), "message-%llu",
	    (unsigned long long)++f->serial);
	if (service_of(ask) == APPLE)
		(void)snprintf(a->id, sizeof(a->id), "%s", id);
	else
		(void)snprintf(a->location, sizeof(a->location),
		    HTTPS "%.100s/m/%s", host_of(ask), id);
	a->status = 201;
	f->n.accepted++;
	e->id = id;
	ledger_add(f, ask, e);
}

void
webpush_handle(struct fake *f, struct ask *ask)
{
	const char *path = ask_get(ask, HEAD_PATH);
	struct entry e = {.scenario = "accept"};

	e.token = arena_text(f->arena, path + strlen(PATH),
	    strlen(path) - strlen(PATH));
	e.topic = ask_get(ask, HEAD_WEB_TOPIC);
	if (!f->fast && (!check_vapid(f, ask) || !check_head(ask) ||
	    !check_body(f, ask, &e.payload)))
		return;
	if (scenario_play(f, ask, e.token, &e.scenario))
		accept_push(f, ask, &e);
}
