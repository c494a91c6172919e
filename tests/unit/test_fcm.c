/* SPDX-License-Identifier: MIT */
#include "push_case.h"

#define NOW 1893450000000
#define HOUR (NOW + 3600 * 1000)
#define PAYMENT "\"title\":\"Payment\",\"body\":\"You paid 12 EUR\""

static const struct authorization grant = {"Bearer ya29.demo", NULL,
    "/v1/projects/demo-project/messages:send"};

struct compose_row {
	const char *name, *body;
	bool silent, high;
	unsigned how;
	int64_t expires_ms;
	const char *payload;
	const char *warning; /* part of it; NULL: none */
};

#define HEAD "{\"message\":{\"token\":\"fcm-token-1\","

#define DATA COMPOSE_DATA_ONLY
#define APPLE COMPOSE_APPLE

static const struct compose_row composed[] = {
	/* clang-format off */
	{"alert", "{" PAYMENT ",\"sound\":\"default\",\"category\":\"PAY\","
	    "\"collapseKey\":\"pay-77\",\"extras\":{\"ref\":\"77\"}}",
	    false, true, 0, HOUR,
	    HEAD "\"data\":{\"ref\":\"77\"},\"android\":{"
	    "\"priority\":\"HIGH\",\"ttl\":\"3600s\","
	    "\"collapse_key\":\"pay-77\",\"notification\":{" PAYMENT ","
	    "\"sound\":\"default\",\"tag\":\"PAY\","
	    "\"notification_priority\":\"PRIORITY_HIGH\"}}}}"},
	{"silent", "{" PAYMENT ",\"sound\":\"default\",\"category\":\"PAY\","
	    "\"collapseKey\":\"pay-77\",\"extras\":{\"ref\":\"77\"}}",
	    true, true, 0, HOUR,
	    HEAD "\"data\":{\"ref\":\"77\"},\"android\":{"
	    "\"priority\":\"HIGH\",\"ttl\":\"3600s\","
	    "\"collapse_key\":\"pay-77\"}}}"},
	{"notification as data", "{" PAYMENT ",\"sound\":\"default\","
	    "\"category\":\"PAY\",\"extras\":{\"ref\":\"77\"}}",
	    false, true, DATA, HOUR,
	    HEAD "\"data\":{\"ref\":\"77\",\"_notification\":"
	    "\"{\\\"title\\\":\\\"Payment\\\","
	    "\\\"body\\\":\\\"You paid 12 EUR\\\","
	    "\\\"sound\\\":\\\"default\\\",\\\"tag\\\":\\\"PAY\\\","
	    "\\\"notification_priority\\\":\\\"PRIORITY_HIGH\\\"}\"},"
	    "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"3600s\"}}}"},
	{"silent stays silent as data", "{" PAYMENT "}", true, true, DATA,
	    HOUR, HEAD "\"android\":{\"priority\":\"HIGH\","
	    "\"ttl\":\"3600s\"}}}"},
	{"no limit, normal", "{\"title\":\"t\"}", false, false, 0, 0,
	    HEAD "\"android\":{\"priority\":\"NORMAL\",\"notification\":{"
	    "\"title\":\"t\","
	    "\"notification_priority\":\"PRIORITY_DEFAULT\"}}}}"},
	{"ttl rounded up", "{}", true, true, 0, NOW + 1,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"1s\"}}}"},
	{"ttl of what is over", "{}", true, true, 0, NOW - 5000,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"1s\"}}}"},
	{"ttl cut to four weeks", "{}", true, true, 0,
	    253402300799999,
	    HEAD "\"android\":{\"priority\":\"HIGH\","
	    "\"ttl\":\"2419200s\"}}}"},
	{"localised, icon, badge", "{\"titleLocKey\":\"tk\","
	    "\"titleLocArgs\":[\"a\"],\"bodyLocKey\":\"bk\","
	    "\"bodyLocArgs\":[\"b\",3],\"icon\":\"i\",\"badge\":2}",
	    false, true, 0, HOUR,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"3600s\","
	    "\"notification\":{\"title_loc_key\":\"tk\","
	    "\"title_loc_args\":[\"a\"],\"body_loc_key\":\"bk\","
	    "\"body_loc_args\":[\"b\",\"3\"],\"icon\":\"i\","
	    "\"notification_count\":2,"
	    "\"notification_priority\":\"PRIORITY_HIGH\"}}}}"},
	{"arguments without a key, badge 0", "{\"title\":\"t\","
	    "\"titleLocArgs\":[\"a\"],\"bodyLocArgs\":[],\"badge\":0}",
	    false, true, 0, 0,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"notification\":{"
	    "\"title\":\"t\","
	    "\"notification_priority\":\"PRIORITY_HIGH\"}}}}"},
	{"data are texts", "{\"extras\":{\"s\":\"x\",\"n\":7,\"d\":1.50,"
	    "\"b\":true,\"o\":{\"k\":[1,null,{\"z\":null}]},\"z\":null}}",
	    true, true, 0, 0,
	    HEAD "\"data\":{\"s\":\"x\",\"n\":\"7\",\"d\":\"1.50\","
	    "\"b\":\"true\",\"o\":\"{\\\"k\\\":[1,{}]}\"},"
	    "\"android\":{\"priority\":\"HIGH\"}}}"},
	{"reserved names", "{\"extras\":{\"from\":1,\"gcm\":1,\"gcm.x\":1,"
	    "\"google.x\":1,\"googlex\":1,\"message_type\":1,"
	    "\"fromage\":1,\"gcmx\":1,\"\":1}}", true, true, 0, 0,
	    HEAD "\"data\":{\"fromage\":\"1\",\"gcmx\":\"1\"},"
	    "\"android\":{\"priority\":\"HIGH\"}}}", "\"from\" left out"},
	{"collapse_key is overwritten anyway", "{\"extras\":{"
	    "\"collapse_key\":1}}", true, true, 0, 0,
	    HEAD "\"android\":{\"priority\":\"HIGH\"}}}",
	    "\"collapse_key\" left out"},
	{"nothing to show", "{\"sound\":\"s\"}", false, true, 0, 0,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"notification\":{"
	    "\"sound\":\"s\",\"notification_priority\":\"PRIORITY_HIGH\"}}}}",
	    "nothing to show"},
	{"_notification is ours as data", "{\"title\":\"t\",\"extras\":{"
	    "\"_notification\":\"x\"}}", false, true, DATA, 0,
	    HEAD "\"data\":{\"_notification\":\"{\\\"title\\\":\\\"t\\\","
	    "\\\"notification_priority\\\":\\\"PRIORITY_HIGH\\\"}\"},"
	    "\"android\":{\"priority\":\"HIGH\"}}}",
	    "\"_notification\" left out"},
	{"Apple: alert", "{" PAYMENT ",\"badge\":2,\"sound\":\"default\","
	    "\"category\":\"PAY\",\"collapseKey\":\"pay-77\","
	    "\"extras\":{\"ref\":\"77\"}}", false, true, APPLE, HOUR,
	    HEAD "\"data\":{\"ref\":\"77\"},\"android\":{"
	    "\"priority\":\"HIGH\",\"ttl\":\"3600s\","
	    "\"collapse_key\":\"pay-77\",\"notification\":{" PAYMENT ","
	    "\"sound\":\"default\",\"tag\":\"PAY\","
	    "\"notification_count\":2,"
	    "\"notification_priority\":\"PRIORITY_HIGH\"}},\"apns\":{"
	    "\"headers\":{\"apns-push-type\":\"alert\","
	    "\"apns-priority\":\"10\",\"apns-expiration\":\"1893453600\","
	    "\"apns-collapse-id\":\"pay-77\"},\"payload\":{\"aps\":{"
	    "\"alert\":{" PAYMENT "},\"badge\":2,\"sound\":\"default\","
	    "\"category\":\"PAY\",\"thread-id\":\"pay-77\"}}}}}"},
	{"image, for Apple too", "{\"title\":\"t\","
	    "\"image\":\"https://a.cz/i\"}", false, true, APPLE, 0,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"notification\":{"
	    "\"title\":\"t\",\"image\":\"https://a.cz/i\","
	    "\"notification_priority\":\"PRIORITY_HIGH\"}},\"apns\":{"
	    "\"headers\":{\"apns-push-type\":\"alert\","
	    "\"apns-priority\":\"10\"},\"payload\":{\"aps\":{"
	    "\"alert\":{\"title\":\"t\"},\"mutable-content\":1}},"
	    "\"fcm_options\":{\"image\":\"https://a.cz/i\"}}}}"},
	{"Apple: silent is background and 5", "{" PAYMENT ",\"badge\":2,"
	    "\"extras\":{\"ref\":\"77\"}}", true, true, APPLE, HOUR,
	    HEAD "\"data\":{\"ref\":\"77\"},\"android\":{"
	    "\"priority\":\"HIGH\",\"ttl\":\"3600s\"},\"apns\":{"
	    "\"headers\":{\"apns-push-type\":\"background\","
	    "\"apns-priority\":\"5\",\"apns-expiration\":\"1893453600\"},"
	    "\"payload\":{\"aps\":{\"content-available\":1}}}}}",
	    "badge left out"},
	{"Apple: localised, no limit, normal", "{\"titleLocKey\":\"tk\","
	    "\"titleLocArgs\":[\"a\"],\"bodyLocKey\":\"bk\","
	    "\"bodyLocArgs\":[\"b\",3]}", false, false, APPLE, 0,
	    HEAD "\"android\":{\"priority\":\"NORMAL\",\"notification\":{"
	    "\"title_loc_key\":\"tk\",\"title_loc_args\":[\"a\"],"
	    "\"body_loc_key\":\"bk\",\"body_loc_args\":[\"b\",\"3\"],"
	    "\"notification_priority\":\"PRIORITY_DEFAULT\"}},\"apns\":{"
	    "\"headers\":{\"apns-push-type\":\"alert\","
	    "\"apns-priority\":\"5\"},\"payload\":{\"aps\":{\"alert\":{"
	    "\"title-loc-key\":\"tk\",\"title-loc-args\":[\"a\"],"
	    "\"loc-key\":\"bk\",\"loc-args\":[\"b\",\"3\"]}}}}}}"},
	{"Apple: its notification is none of the data", "{\"title\":\"t\"}",
	    false, true, DATA | APPLE, 0,
	    HEAD "\"data\":{\"_notification\":\"{\\\"title\\\":\\\"t\\\","
	    "\\\"notification_priority\\\":\\\"PRIORITY_HIGH\\\"}\"},"
	    "\"android\":{\"priority\":\"HIGH\"},\"apns\":{\"headers\":{"
	    "\"apns-push-type\":\"alert\",\"apns-priority\":\"10\"},"
	    "\"payload\":{\"aps\":{\"alert\":{\"title\":\"t\"}}}}}}"},
	{"Apple: an alert of nothing is none", "{\"extras\":{\"a\":1}}",
	    false, true, DATA | APPLE, 0,
	    HEAD "\"data\":{\"a\":\"1\",\"_notification\":\"{"
	    "\\\"notification_priority\\\":\\\"PRIORITY_HIGH\\\"}\"},"
	    "\"android\":{\"priority\":\"HIGH\"}}}", "nothing to show"},
	{"Apple: a badge alone is one", "{\"badge\":0}",
	    false, true, APPLE, 0,
	    HEAD "\"android\":{\"priority\":\"HIGH\",\"notification\":{"
	    "\"notification_priority\":\"PRIORITY_HIGH\"}},\"apns\":{"
	    "\"headers\":{\"apns-push-type\":\"alert\","
	    "\"apns-priority\":\"10\"},\"payload\":{\"aps\":{"
	    "\"badge\":0}}}}}", "nothing to show"},
	{"Apple: a key that is no header", "{\"title\":\"t\","
	    "\"collapseKey\":\"\303\251\"}", false, true, APPLE, 0,
	    HEAD "\"android\":{\"priority\":\"HIGH\","
	    "\"collapse_key\":\"\303\251\",\"notification\":{"
	    "\"title\":\"t\","
	    "\"notification_priority\":\"PRIORITY_HIGH\"}},\"apns\":{"
	    "\"headers\":{\"apns-push-type\":\"alert\","
	    "\"apns-priority\":\"10\",\"apns-collapse-id\":\""
	    "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
	    "\"},\"payload\":{\"aps\":{\"alert\":{\"title\":\"t\"},"
	    "\"thread-id\":\"\303\251\"}}}}}", "SHA-256 of collapseKey"},
	/* clang-format on */
};

static void
composes(void **state)
{
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct target target = {"fcm-token-1", 99};

	(void)state;
	for (size_t i = 0; i < nitems(composed); i++) {
		const struct compose_row *r = &composed[i];
		struct message m = message_of(a, r->body, r->silent, r->high,
		    r->expires_ms);
		struct template t;

		ROW(r->name,
		    provider_fcm.compose(&m, r->how, &t) == NULL);
		exchange_reset(x);
		ROW(r->name, provider_fcm.address(&t, &grant, &target, 1,
			NOW, x) == NULL);
		row_json(r->name, x->body, r->payload);
		ROW(r->name, x->body_len == strlen(x->body));
		ROW_TEXT(r->name, x->path, grant.path);
		ROW_TEXT(r->name, header_of(x, "authorization"),
		    "Bearer ya29.demo");
		ROW_TEXT(r->name, header_of(x, "content-type"),
		    "application/json; charset=UTF-8");
		ROW(r->name, x->timeout_ms >= 10000);
		ROW(r->name, r->warning == NULL
			? t.warning[0] == '\0'
			: strstr(t.warning, r->warning) != NULL);
		template_done(&t);
	}
	exchange_free(x);
	arena_free(a);
}

/* A warning that has no more room stays whole. */
static void
many_warnings(void **state)
{
	struct arena *a = arena_new();
	struct json *body = json_new_object(a);
	struct json *extras = json_set_object(body, "extras");
	struct message m;
	struct template t;

	(void)state;
	for (int i = 0; i < 50; i++)
		json_set_int(extras, arena_fmt(a, "google\xc3\xa9\n%d", i), i);
	m = message_of(a, json_write(body, NULL), true, true, 0);
	assert_null(provider_fcm.compose(&m, false, &t));
	assert_true(strlen(t.warning) < sizeof t.warning);
	assert_non_null(strstr(t.warning, "google???0\" left out"));
	for (const char *c = t.warning; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c <= '~');
	template_done(&t);
	arena_free(a);
}

static void
refuses(void **state)
{
	static char endless[5000];
	static const struct {
		const char *name, *token, *authorization, *path;
		enum err_code code;
	} rows[] = {
		{"empty token", "", "Bearer x", "/v1", ERR_INVALID},
		{"token with a space", "a b", "Bearer x", "/v1", ERR_INVALID},
		{"token with NL", "a\n", "Bearer x", "/v1", ERR_INVALID},
		{"token not ASCII", "\xc3\xa9", "Bearer x", "/v1",
		    ERR_INVALID},
		{"endless token", endless, "Bearer x", "/v1", ERR_INVALID},
		{"path splits", "ab", "Bearer x", "/v1\r\nx: y", ERR_FAULT},
		{"no path", "ab", "Bearer x", NULL, ERR_FAULT},
		{"no authorization", "ab", NULL, "/v1", ERR_FAULT},
	};
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct message m = message_of(a, "{\"title\":\"t\"}", false, true, 0);
	struct template t;

	(void)state;
	memset(endless, 'a', sizeof endless - 1);
	assert_null(provider_fcm.compose(&m, false, &t));
	for (size_t i = 0; i < nitems(rows); i++) {
		struct authorization g = {
		    rows[i].authorization, NULL, rows[i].path};
		struct target target = {rows[i].token, 1};
		const struct err *e;

		exchange_reset(x);
		e = provider_fcm.address(&t, &g, &target, 1, NOW, x);
		ROW(rows[i].name, e != NULL && e->code == rows[i].code);
	}
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

/* A message of just that size is taken, one byte more is not. With the block
 * for Apple devices the title counts twice. */
static void
size_limit(void **state)
{
	static const unsigned hows[] = {0, APPLE};
	struct arena *a = arena_new();
	struct json *body = json_new_object(a);
	char *text = arena_zero(a, 4097);
	const struct err *e;
	struct message m;
	struct template t;

	(void)state;
	for (size_t i = 0; i < nitems(hows); i++) {
		size_t times = 1 + i, frame, most;

		json_set_text(body, "title", "x");
		m = message_of(a, json_write(body, NULL), false, true, HOUR);
		assert_null(provider_fcm.compose(&m, hows[i], &t));
		frame = t.size - times;
		template_done(&t);

		most = (4096 - frame) / times;
		memset(text, 'x', most);
		text[most] = '\0';
		json_set_text(body, "title", text);
		m = message_of(a, json_write(body, NULL), false, true, HOUR);
		assert_null(provider_fcm.compose(&m, hows[i], &t));
		assert_int_equal(t.size, frame + times * most);
		template_done(&t);

		text[most] = 'x';
		text[most + 1] = '\0';
		json_set_text(body, "title", text);
		m = message_of(a, json_write(body, NULL), false, true, HOUR);
		e = provider_fcm.compose(&m, hows[i], &t);
		assert_non_null(e);
		assert_int_equal(e->code, ERR_TOOBIG);
		assert_string_equal(e->text, arena_fmt(a, "payload of %zu "
		    "bytes is over the 4096 that FCM takes",
		    frame + times * (most + 1)));
		template_done(&t);
	}
	arena_free(a);
}

#define FCM_ERROR(code)                                                      \
	"{\"@type\":\"type.googleapis.com/google.firebase.fcm.v1.FcmError\"," \
	"\"errorCode\":\"" code "\"}"
#define VIOLATION(field)                                                     \
	"{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","           \
	"\"fieldViolations\":[{\"field\":\"" field "\","                      \
	"\"description\":\"demo\"}]}"
#define ERROR(code, status)                                                  \
	"{\"error\":{\"code\":" code ",\"message\":\"demo\",\"status\":\""    \
	status "\"}}"
#define ERROR_WITH(code, status, details)                                    \
	"{\"error\":{\"code\":" code ",\"message\":\"demo\",\"status\":\""    \
	status "\",\"details\":[" details "]}}"
#define BAD_TOKEN_TEXT "The registration token is not a valid FCM token"

static const struct judge_row judged[] = {
	/* clang-format off */
	{"unregistered", 404, ERROR_WITH("404", "NOT_FOUND",
	    FCM_ERROR("UNREGISTERED")), 0, VERDICT_GONE, 0, 0,
	    "UNREGISTERED"},
	{"suspect by violation", 400, ERROR_WITH("400", "INVALID_ARGUMENT",
	    FCM_ERROR("INVALID_ARGUMENT") "," VIOLATION("message.token")), 0,
	    VERDICT_SUSPECT},
	{"suspect, other order", 400, ERROR_WITH("400", "INVALID_ARGUMENT",
	    VIOLATION("message.token") "," FCM_ERROR("INVALID_ARGUMENT")), 0,
	    VERDICT_SUSPECT},
	{"suspect by the text", 400, "{\"error\":{\"code\":400,\"message\":\""
	    BAD_TOKEN_TEXT "\",\"status\":\"INVALID_ARGUMENT\",\"details\":["
	    FCM_ERROR("INVALID_ARGUMENT") "]}}", 0, VERDICT_SUSPECT},
	/* what a caller wrote is no alarm */
	{"another fault beside the token", 400, ERROR_WITH("400",
	    "INVALID_ARGUMENT", FCM_ERROR("INVALID_ARGUMENT") ","
	    VIOLATION("message.token") "," VIOLATION("message.data")), 0,
	    VERDICT_REJECT, 0, 0, "INVALID_ARGUMENT"},
	{"another fault and the text", 400, "{\"error\":{\"code\":400,"
	    "\"message\":\"" BAD_TOKEN_TEXT "\","
	    "\"status\":\"INVALID_ARGUMENT\",\"details\":["
	    VIOLATION("message.android.ttl") "]}}", 0,
	    VERDICT_REJECT},
	{"bad data value", 400, ERROR_WITH("400", "INVALID_ARGUMENT",
	    VIOLATION("message.data[0].value")), 0,
	    VERDICT_REJECT},
	{"bad message with FcmError", 400, ERROR_WITH("400",
	    "INVALID_ARGUMENT", FCM_ERROR("INVALID_ARGUMENT")), 0,
	    VERDICT_REJECT},
	{"oversize, no details", 400, ERROR("400", "INVALID_ARGUMENT"), 0,
	    VERDICT_REJECT, 0, 0, "INVALID_ARGUMENT"},
	{"400 HTML", 400, "<html>", 0,
	    VERDICT_REJECT, 0, 0, "HTTP 400"},
	{"third party", 401, ERROR_WITH("401", "UNAUTHENTICATED",
	    FCM_ERROR("THIRD_PARTY_AUTH_ERROR")), 0,
	    VERDICT_RETRY, CURE_OPERATOR, 900, "THIRD_PARTY_AUTH_ERROR"},
	{"third party, old name", 401, ERROR_WITH("401", "UNAUTHENTICATED",
	    FCM_ERROR("APNS_AUTH_ERROR")), 0,
	    VERDICT_RETRY, CURE_OPERATOR, 900},
	{"access token", 401, ERROR("401", "UNAUTHENTICATED"), 0,
	    VERDICT_HOLD, CURE_TOKEN, 0, "UNAUTHENTICATED"},
	{"access token, no JSON", 401, "", 0, VERDICT_HOLD, CURE_TOKEN},
	{"sender id", 403, ERROR_WITH("403", "PERMISSION_DENIED",
	    FCM_ERROR("SENDER_ID_MISMATCH")), 0, VERDICT_SUSPECT, 0, 0,
	    "SENDER_ID_MISMATCH"},
	{"service disabled", 403, ERROR_WITH("403", "PERMISSION_DENIED",
	    "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
	    "\"reason\":\"SERVICE_DISABLED\",\"domain\":\"googleapis.com\"}"),
	    0, VERDICT_HOLD, CURE_OPERATOR, 0, "PERMISSION_DENIED"},
	{"403 HTML", 403, "<html>", 0, VERDICT_HOLD, CURE_OPERATOR},
	{"wrong project", 404, ERROR("404", "NOT_FOUND"), 0,
	    VERDICT_HOLD, CURE_OPERATOR, 0, "NOT_FOUND"},
	{"wrong URL", 404, "<html>Not found</html>", 0,
	    VERDICT_HOLD, CURE_OPERATOR, 0, "HTTP 404"},
	{"quota, told when", 429, ERROR_WITH("429", "RESOURCE_EXHAUSTED",
	    FCM_ERROR("QUOTA_EXCEEDED") ",{\"@type\":"
	    "\"type.googleapis.com/google.rpc.QuotaFailure\","
	    "\"violations\":[{\"subject\":\"demo\"}]}"), 90,
	    VERDICT_RETRY, CURE_SLOWER, 90, "QUOTA_EXCEEDED"},
	{"quota, not told", 429, ERROR_WITH("429", "RESOURCE_EXHAUSTED",
	    FCM_ERROR("QUOTA_EXCEEDED")), 0,
	    VERDICT_RETRY, CURE_SLOWER, 60},
	{"quota, less than a minute", 429, ERROR_WITH("429",
	    "RESOURCE_EXHAUSTED", FCM_ERROR("QUOTA_EXCEEDED")), 30,
	    VERDICT_RETRY, CURE_SLOWER, 60},
	{"429 without code", 429, "", 0, VERDICT_RETRY, CURE_SLOWER, 60},
	{"internal", 500, ERROR_WITH("500", "INTERNAL",
	    FCM_ERROR("INTERNAL")), 0, VERDICT_RETRY, 0, 10, "INTERNAL"},
	{"unavailable", 503, ERROR_WITH("503", "UNAVAILABLE",
	    FCM_ERROR("UNAVAILABLE")), 0, VERDICT_RETRY, 0, 10},
	{"unavailable, told when", 503, ERROR_WITH("503", "UNAVAILABLE",
	    FCM_ERROR("UNAVAILABLE")), 120, VERDICT_RETRY, 0, 120},
	{"502 HTML", 502, "<html>", 0, VERDICT_RETRY, 0, 10, "HTTP 502"},
	{"504", 504, "", 0, VERDICT_RETRY, 0, 10},
	{"unspecified, 4xx", 404, ERROR_WITH("404", "NOT_FOUND",
	    FCM_ERROR("UNSPECIFIED_ERROR")), 0, VERDICT_REJECT, CURE_OPERATOR},
	{"unspecified, 5xx", 500, ERROR_WITH("500", "INTERNAL",
	    FCM_ERROR("UNSPECIFIED_ERROR")), 0, VERDICT_RETRY, 0, 10},
	{"unregistered with another status", 400, ERROR_WITH("400",
	    "INVALID_ARGUMENT", FCM_ERROR("UNREGISTERED")), 0,
	    VERDICT_REJECT, CURE_OPERATOR},
	{"200 without a name", 200, "{}", 0,
	    VERDICT_RETRY, CURE_OPERATOR, 10, "success without a name"},
	{"200 with a page", 200, "<html>", 0, VERDICT_RETRY, CURE_OPERATOR, 10},
	{"200 with another name", 200, "{\"name\":\"projects/x\"}", 0,
	    VERDICT_RETRY, CURE_OPERATOR, 10},
	{"success", 200, "{\"name\":\"projects/demo-project/messages/"
	    "0:1893450000000000%demo\"}", 0, VERDICT_SENT, 0, 0, ""},
	/* clang-format on */
};

static void
judges(void **state)
{
	(void)state;
	check_judge(&provider_fcm, judged, nitems(judged));
	check_hostile(&provider_fcm);
	check_echo(&provider_fcm);
	check_transport(&provider_fcm, 10);
}

static void
sent_has_an_id(void **state)
{
	struct exchange *x = exchange_new();
	struct target target = {"ab", 99};
	struct verdict v;

	(void)state;
	answer_with(x, 200, "{\"name\":\"projects/demo-project/messages/"
	    "0:1893450000000000%demo\"}", 0);
	provider_fcm.judge(x, &target, 1, &v);
	assert_int_equal(v.kind, VERDICT_SENT);
	assert_string_equal(v.id, "0:1893450000000000%demo");
	exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(composes),
	    cmocka_unit_test(many_warnings),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(size_limit),
	    cmocka_unit_test(judges),
	    cmocka_unit_test(sent_has_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
