/* SPDX-License-Identifier: MIT */
/* Google's part: FCM HTTP v1, one message per request. */
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/apple.h"
#include "tests/fake/ledger.h"
#include "tests/fake/shape.h"
#include "tests/fake/verify.h"

#define TYPE "\"@type\":\"type.googleapis.com/"
#define TTL_MAX 2419200

struct class {
	const char *name;
	int status;
	const char *rpc;     /* error.status */
	const char *code;    /* of the FcmError; NULL: there is none */
	const char *more;    /* another entry of details, or NULL */
	const char *message; /* NULL: "demo" */
	int retry_after;     /* 0: no such header */
};

/* clang-format off */
static const struct class classes[] = {
    {"UNREGISTERED", 404, "NOT_FOUND", "UNREGISTERED"},
    {"NOT_FOUND", 404, "NOT_FOUND"},
    {"INVALID_ARGUMENT-token", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT",
	"{" TYPE "google.rpc.BadRequest\",\"fieldViolations\":["
	"{\"field\":\"message.token\",\"description\":\"demo\"}]}"},
    {"INVALID_ARGUMENT-text", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT",
	NULL, "The registration token is not a valid FCM registration token"},
    {"INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", NULL,
	"{" TYPE "google.rpc.BadRequest\",\"fieldViolations\":["
	"{\"field\":\"message.data[0].value\",\"description\":\"demo\"}]}"},
    {"INVALID_ARGUMENT-bare", 400, "INVALID_ARGUMENT"},
    {"SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"},
    {"PERMISSION_DENIED", 403, "PERMISSION_DENIED", NULL,
	"{" TYPE "google.rpc.ErrorInfo\",\"reason\":\"SERVICE_DISABLED\","
	"\"domain\":\"googleapis.com\"}"},
    {"UNAUTHENTICATED", 401, "UNAUTHENTICATED"},
    {"THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED",
	"THIRD_PARTY_AUTH_ERROR"},
    {"QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED",
	"{" TYPE "google.rpc.QuotaFailure\",\"violations\":["
	"{\"subject\":\"demo\",\"description\":\"demo\"}]}", NULL, 30},
    {"UNAVAILABLE", 503, "UNAVAILABLE", "UNAVAILABLE"},
    {"INTERNAL", 500, "INTERNAL", "INTERNAL"},
    {"UNSPECIFIED_ERROR", 500, "UNKNOWN", "UNSPECIFIED_ERROR"},
};

static const struct shape notification[] = {
    {"title", SHAPE_TEXT},
    {"body", SHAPE_TEXT},
    {"image", SHAPE_TEXT},
    {NULL}
};

static const struct shape android_notification[] = {
    {"title", SHAPE_TEXT},
    {"body", SHAPE_TEXT},
    {"icon", SHAPE_TEXT},
    {"color", SHAPE_TEXT},
    {"sound", SHAPE_TEXT},
    {"tag", SHAPE_TEXT},
    {"click_action", SHAPE_TEXT},
    {"title_loc_key", SHAPE_TEXT},
    {"title_loc_args", SHAPE_TEXTS},
    {"body_loc_key", SHAPE_TEXT},
    {"body_loc_args", SHAPE_TEXTS},
    {"channel_id", SHAPE_TEXT},
    {"image", SHAPE_TEXT},
    {"ticker", SHAPE_TEXT},
    {"sticky", SHAPE_BOOL},
    {"event_time", SHAPE_TEXT},
    {"local_only", SHAPE_BOOL},
    {"notification_priority", SHAPE_WORD,
	.words = "PRIORITY_MIN|PRIORITY_LOW|PRIORITY_DEFAULT|PRIORITY_HIGH|"
	"PRIORITY_MAX"},
    {"vibrate_timings", SHAPE_TEXTS},
    {"default_vibrate_timings", SHAPE_BOOL},
    {"default_sound", SHAPE_BOOL},
    {"light_settings", SHAPE_OBJECT},
    {"default_light_settings", SHAPE_BOOL},
    {"visibility", SHAPE_WORD, .words = "PRIVATE|PUBLIC|SECRET"},
    {"notification_count", SHAPE_INT, .max = 2147483647},
    {"proxy", SHAPE_WORD, .words = "ALLOW|DENY|IF_PRIORITY_LOWERED"},
    {NULL}
};

static const struct shape android[] = {
    {"collapse_key", SHAPE_TEXT},
    {"priority", SHAPE_WORD, .words = "NORMAL|HIGH|normal|high"},
    {"ttl", SHAPE_TTL, .max = TTL_MAX},
    {"restricted_package_name", SHAPE_TEXT},
    {"data", SHAPE_MAP},
    {"direct_boot_ok", SHAPE_BOOL},
    {"bandwidth_constrained_ok", SHAPE_BOOL},
    {"restricted_satellite_ok", SHAPE_BOOL},
    {"notification", SHAPE_OBJECT, android_notification},
    {NULL}
};

static const struct shape apns[] = {
    {"headers", SHAPE_MAP},
    {"payload", SHAPE_OBJECT},
    {"fcm_options", SHAPE_OBJECT},
    {"live_activity_token", SHAPE_TEXT},
    {NULL}
};

static const struct shape message[] = {
    {"token", SHAPE_TEXT},
    {"fid", SHAPE_TEXT},
    {"topic", SHAPE_TEXT},
    {"condition", SHAPE_TEXT},
    {"data", SHAPE_MAP},
    {"notification", SHAPE_OBJECT, notification},
    {"android", SHAPE_OBJECT, android},
    {"apns", SHAPE_OBJECT, apns},
    {"webpush", SHAPE_OBJECT},
    {"fcm_options", SHAPE_OBJECT},
    {NULL}
};

static const struct shape request[] = {
    {"validate_only", SHAPE_BOOL},
    {"message", SHAPE_OBJECT, message, .required = true},
    {NULL}
};
/* clang-format on */

static void
answer_class(struct ask *ask, const struct class *c)
{
	const char *comma = c->code != NULL && c->more != NULL ? "," : "";
	char code[128] = "";

	if (c->code != NULL)
		(void)snprintf(code, sizeof(code), "{" TYPE
		    "google.firebase.fcm.v1.FcmError\",\"errorCode\":\"%s\"}",
		    c->code);
	answer_json(ask, c->status, "{\"error\":{\"code\":%d,\"message\":\"%s\""
	    ",\"status\":\"%s\"%s%s%s%s%s}}", c->status,
	    c->message != NULL ? c->message : "demo", c->rpc,
	    c->code != NULL || c->more != NULL ? ",\"details\":[" : "", code,
	    comma, c->more != NULL ? c->more : "",
	    c->code != NULL || c->more != NULL ? "]" : "");
	if (c->retry_after > 0)
		ask->answer.retry_after = c->retry_after;
}

/* "QUOTA_EXCEEDED@5" answers with Retry-After: 5. */
bool
fcm_say(struct ask *ask, const char *what)
{
	size_t len = strcspn(what, "@"), i;

	for (i = 0; i < nitems(classes); i++)
		if (strncmp(classes[i].name, what, len) == 0 &&
		    classes[i].name[len] == '\0')
			break;
	if (i == nitems(classes))
		return false;
	answer_class(ask, &classes[i]);
	if (what[len] == '@')
		(void)text_i64(what + len + 1, 0, 86400,
		    &ask->answer.retry_after);
	return true;
}

static bool
refuse(struct ask *ask, const char *where, const char *why)
{
	log_warn("fcm field=%s why=\"%s\"", where, why);
	answer_json(ask, 400, "{\"error\":{\"code\":400,\"message\":\"%s: %s\","
	    "\"status\":\"INVALID_ARGUMENT\",\"details\":[{" TYPE
	    "google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":\"%s\","
	    "\"description\":\"%s\"}]}]}}", where, why, where, why);
	return false;
}

static bool
key_allowed(const char *name, struct json *value, void *arg)
{
	const char **bad = arg;

	(void)value;
	if (strcmp(name, "from") == 0 || strcmp(name, "gcm") == 0 ||
	    strcmp(name, "message_type") == 0 || name[0] == '\0' ||
	    text_starts(name, "google"))
		*bad = name;
	return *bad == NULL;
}

static bool
check_data(struct ask *ask, const struct json *data)
{
	const char *bad = NULL;

	json_each(data, key_allowed, &bad);
	return bad == NULL || refuse(ask, "message.data", "reserved key");
}

static bool
check_loc(struct ask *ask, const struct json *note)
{
	if (shape_get(note, "title_loc_args") != NULL &&
	    shape_get(note, "title_loc_key") == NULL)
		return refuse(ask, "message.android.notification.title_loc_key",
		    "missing");
	if (shape_get(note, "body_loc_args") != NULL &&
	    shape_get(note, "body_loc_key") == NULL)
		return refuse(ask, "message.android.notification.body_loc_key",
		    "missing");
	return true;
}

/* Exactly one; *value is what it says. */
static bool
check_target(struct ask *ask, const struct json *m, const char **value)
{
	static const char *const kinds[] = {"token", "fid", "topic",
	    "condition"};
	size_t i, n = 0;

	for (i = 0; i < nitems(kinds); i++) {
		if (!json_has(m, kinds[i]))
			continue;
		*value = json_text(json_get(m, kinds[i]), "");
		n++;
	}
	if (n != 1 || (*value)[0] == '\0')
		return refuse(ask, "message", "needs exactly one target");
	return true;
}

/* FCM hands the block to Apple as it is: what Apple refuses is refused. The
 * app keys belong beside aps, or into data. */
static bool
check_apns(struct ask *ask, const struct json *block)
{
	const struct json *h = json_get(block, "headers");
	const char *type = json_text(json_get(h, "apns-push-type"), NULL);
	struct misfit bad;
	const char *why;

	if (block == NULL)
		return true;
	why = apple_header_fault(type,
	    json_text(json_get(h, "apns-priority"), NULL),
	    json_text(json_get(h, "apns-expiration"), NULL),
	    json_text(json_get(h, "apns-collapse-id"), NULL));
	if (why != NULL)
		return refuse(ask, "message.apns.headers", why);
	why = apple_aps_fault(json_get(json_get(block, "payload"), "aps"),
	    strcmp(type, "background") == 0, &bad);
	if (why == NULL)
		return true;
	return refuse(ask, "message.apns.payload",
	    *why != '\0' ? why : bad.why);
}

static bool
check_body(struct fake *f, struct ask *ask, struct json **root,
    const char **target)
{
	const char *text = buf_str(&ask->body);
	struct misfit bad;
	struct json *m, *a;
	size_t len;

	if (json_parse(f->arena, text, ask->body.len, FAKE_DEPTH, root) !=
	    NULL || !shape_is_single(text, ask->body.len))
		return refuse(ask, "body", "not a JSON object");
	if (!shape_fits(*root, request, true, "", &bad))
		return refuse(ask, bad.path, bad.why);
	m = json_get(*root, "message");
	a = json_get(m, "android");
	if (!check_target(ask, m, target) ||
	    !check_data(ask, json_get(m, "data")) ||
	    !check_data(ask, json_get(a, "data")) ||
	    !check_loc(ask, json_get(a, "notification")) ||
	    !check_apns(ask, json_get(m, "apns")))
		return false;
	(void)json_write(m, &len);
	if (len <= FAKE_PAYLOAD_MAX)
		return true;
	(void)fcm_say(ask, "INVALID_ARGUMENT-bare");
	return false;
}

static bool
check_head(struct fake *f, struct ask *ask, const char *project)
{
	const char *auth = ask_get(ask, HEAD_AUTHORIZATION);
	const char *type = ask_get(ask, HEAD_CONTENT_TYPE);

	if (strcmp(ask_get(ask, HEAD_METHOD), "POST") != 0)
		return !fcm_say(ask, "NOT_FOUND");
	if (auth == NULL || !text_starts(auth, "Bearer ") ||
	    verify_access(f, ROLE_FCM, auth + 7) != ACCESS_OK)
		return !fcm_say(ask, "UNAUTHENTICATED");
	if (strcmp(project, FAKE_FCM_PROJECT) != 0)
		return !fcm_say(ask, "NOT_FOUND");
	if (type == NULL || !text_starts(type, "application/json"))
		return refuse(ask, "content-type", "not application/json");
	if (ask->duplicate)
		return refuse(ask, "headers", "duplicate");
	return true;
}

static void
accept_push(struct fake *f, struct ask *ask, struct entry *e)
{
	bool try = json_flag(shape_get(e->payload, "validate_only"), false);
	char id[64];

	(void)snprintf(id, sizeof(id), "0:%llu%%demo",
	    1893450000000000ULL + (unsigned long long)++f->serial);
	e->id = arena_fmt(f->arena, "projects/%s/messages/%s", e->project,
	    try ? "fake_message_id" : id);
	answer_json(ask, 200, "{\"name\":\"%s\"}", e->id);
	if (try)
		return;
	f->n.accepted++;
	ledger_add(f, ask, e);
}

void
fcm_handle(struct fake *f, struct ask *ask)
{
	const char *path = ask_get(ask, HEAD_PATH) + strlen("/v1/projects/");
	struct entry e = {.scenario = "accept", .token = "-"};

	e.project = arena_text(f->arena, path, strcspn(path, "/"));
	if (!check_head(f, ask, e.project))
		return;
	if (!f->fast && !check_body(f, ask, &e.payload, &e.token))
		return;
	if (scenario_play(f, ask, e.token, &e.scenario))
		accept_push(f, ask, &e);
}
