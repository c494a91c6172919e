/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "push_case.h"

#include "lib/id.h"

#define EXPIRES 1893456000000
#define NOW 1893450000000
#define PAYMENT "\"title\":\"Payment\",\"body\":\"You paid 12 EUR\""

struct compose_row {
	const char *name, *body;
	bool silent, high;
	const char *payload;
	const char *type, *priority, *collapse;
	const char *warning; /* part of it; NULL: none */
};

static const struct compose_row composed[] = {
	/* clang-format off */
	{"alert", "{" PAYMENT ",\"badge\":2,\"sound\":\"default\","
	    "\"category\":\"PAY\",\"collapseKey\":\"pay-77\","
	    "\"extras\":{\"ref\":\"77\"}}", false, true,
	    "{\"aps\":{\"alert\":{" PAYMENT "},\"badge\":2,"
	    "\"sound\":\"default\",\"category\":\"PAY\","
	    "\"thread-id\":\"pay-77\"},\"ref\":\"77\"}",
	    "alert", "10", "pay-77"},
	{"localised", "{\"titleLocKey\":\"pay.title\",\"titleLocArgs\":[],"
	    "\"bodyLocKey\":\"pay.body\",\"bodyLocArgs\":[\"12 EUR\"],"
	    "\"sound\":\"default\",\"extras\":{\"ref\":\"77\"}}", false, true,
	    "{\"aps\":{\"alert\":{\"title-loc-key\":\"pay.title\","
	    "\"loc-key\":\"pay.body\",\"loc-args\":[\"12 EUR\"]},"
	    "\"sound\":\"default\"},\"ref\":\"77\"}",
	    "alert", "10", "none"},
	{"silent", "{" PAYMENT ",\"badge\":2,\"sound\":\"default\","
	    "\"category\":\"PAY\",\"collapseKey\":\"pay-77\","
	    "\"extras\":{\"ref\":\"77\"}}", true, true,
	    "{\"aps\":{\"content-available\":1},\"ref\":\"77\"}",
	    "background", "5", "pay-77", "badge left out"},
	{"silent, normal", "{}", true, false,
	    "{\"aps\":{\"content-available\":1}}",
	    "background", "5", "none"},
	{"normal priority", "{\"body\":\"b\"}", false, false,
	    "{\"aps\":{\"alert\":{\"body\":\"b\"}}}", "alert", "5", "none"},
	{"literal and key together", "{\"title\":\"t\","
	    "\"titleLocKey\":\"tk\",\"body\":\"b\",\"bodyLocKey\":\"bk\"}",
	    false, true, "{\"aps\":{\"alert\":{\"title\":\"t\","
	    "\"title-loc-key\":\"tk\",\"body\":\"b\",\"loc-key\":\"bk\"}}}",
	    "alert", "10", "none"},
	{"arguments without a key", "{\"title\":\"t\","
	    "\"titleLocArgs\":[\"x\"],\"bodyLocArgs\":[\"y\"]}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}}}", "alert", "10", "none"},
	{"arguments that are no texts", "{\"bodyLocKey\":\"k\","
	    "\"bodyLocArgs\":[1,null,true]}", false, true,
	    "{\"aps\":{\"alert\":{\"loc-key\":\"k\","
	    "\"loc-args\":[\"1\",\"\",\"true\"]}}}", "alert", "10", "none"},
	{"badge alone", "{\"badge\":0}", false, true,
	    "{\"aps\":{\"badge\":0}}", "alert", "10", "none"},
	{"negative badge", "{\"title\":\"t\",\"badge\":-1}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}}}", "alert", "10", "none",
	    "negative"},
	{"nothing to show", "{\"extras\":{\"a\":1}}", false, true,
	    "{\"aps\":{},\"a\":1}", "alert", "10", "none",
	    "nothing to show"},
	{"icon is not for Apple", "{\"title\":\"t\",\"icon\":\"i\"}", false,
	    true, "{\"aps\":{\"alert\":{\"title\":\"t\"}}}",
	    "alert", "10", "none"},
	{"image is for the extension of the app", "{\"title\":\"t\","
	    "\"image\":\"https://a.cz/i\",\"extras\":{\"image\":1,"
	    "\"x\":2}}", false, true, "{\"aps\":{\"alert\":{\"title\":\"t\"},"
	    "\"mutable-content\":1},\"image\":\"https://a.cz/i\",\"x\":2}",
	    "alert", "10", "none", "\"image\" left out"},
	{"an image without a text is none", "{\"badge\":1,"
	    "\"image\":\"https://a.cz/i\",\"extras\":{\"image\":1}}", false,
	    true, "{\"aps\":{\"badge\":1},\"image\":1}",
	    "alert", "10", "none"},
	{"nor is an empty one", "{\"title\":\"t\",\"image\":\"\"}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}}}", "alert", "10", "none"},
	{"nor one of a silent message", "{\"title\":\"t\","
	    "\"image\":\"https://a.cz/i\"}", true, false,
	    "{\"aps\":{\"content-available\":1}}", "background", "5", "none"},
	{"types of extras are kept", "{\"title\":\"t\",\"extras\":{\"n\":1,"
	    "\"d\":1.50,\"b\":true,\"o\":{\"k\":[1,\"x\"]}}}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}},\"n\":1,\"d\":1.50,"
	    "\"b\":true,\"o\":{\"k\":[1,\"x\"]}}", "alert", "10", "none"},
	{"nulls are dropped at any depth", "{\"title\":\"t\","
	    "\"extras\":{\"a\":null,\"o\":{\"b\":null,\"c\":[1,null,"
	    "{\"d\":null},[null]]}}}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}},"
	    "\"o\":{\"c\":[1,{},[]]}}", "alert", "10", "none"},
	{"extras cannot be aps", "{\"title\":\"t\",\"extras\":{"
	    "\"aps\":{\"badge\":9},\"apsx\":1}}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}},\"apsx\":1}",
	    "alert", "10", "none", "\"aps\" left out"},
	{"empty collapse key is none", "{\"title\":\"t\","
	    "\"collapseKey\":\"\"}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"}}}", "alert", "10", "none"},
	{"collapse key of 64 bytes", "{\"title\":\"t\",\"collapseKey\":\""
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "\"}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"},\"thread-id\":\""
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "\"}}", "alert", "10",
	    "0123456789012345678901234567890123456789012345678901234567890123"},
	{"collapse key of 65 bytes", "{\"title\":\"t\",\"collapseKey\":\""
	    "01234567890123456789012345678901234567890123456789012345678901234"
	    "\"}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"},\"thread-id\":\""
	    "01234567890123456789012345678901234567890123456789012345678901234"
	    "\"}}", "alert", "10",
	    "52774b57c10e45040a61c14d35c1c8ebefe880082313aa0a21ebb077734cd067",
	    "SHA-256"},
	{"collapse key that would split headers", "{\"title\":\"t\","
	    "\"collapseKey\":\"a\\r\\nb\"}", false, true,
	    "{\"aps\":{\"alert\":{\"title\":\"t\"},"
	    "\"thread-id\":\"a\\r\\nb\"}}", "alert", "10",
	    "18745f36a05e29072709042d6062ce54f1b08ff36c27ba80c39f81fb010c8ce2",
	    "SHA-256"},
	/* clang-format on */
};

static const struct authorization grant = {
    "bearer a.b.c", "cz.example.bank", NULL};

static void
check_headers(const struct compose_row *r, const struct exchange *x)
{
	char id[ID_UUID];

	id_uuid_of(99, id);
	ROW_TEXT(r->name, x->path, "/3/device/0abc12");
	ROW_TEXT(r->name, header_of(x, "authorization"), "bearer a.b.c");
	ROW_TEXT(r->name, header_of(x, "apns-topic"), "cz.example.bank");
	ROW_TEXT(r->name, header_of(x, "apns-push-type"), r->type);
	ROW_TEXT(r->name, header_of(x, "apns-priority"), r->priority);
	ROW_TEXT(r->name, header_of(x, "apns-collapse-id"), r->collapse);
	ROW_TEXT(r->name, header_of(x, "apns-expiration"), "1893456000");
	ROW_TEXT(r->name, header_of(x, "apns-id"), id);
	ROW(r->name, x->timeout_ms > 0);
}

static void
composes(void **state)
{
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct target target = {"<0aBc 12>", 99};

	(void)state;
	for (size_t i = 0; i < nitems(composed); i++) {
		const struct compose_row *r = &composed[i];
		struct message m = message_of(a, r->body, r->silent, r->high,
		    EXPIRES);
		struct template t;

		ROW(r->name, provider_apns.compose(&m, false, &t) == NULL);
		exchange_reset(x);
		ROW(r->name, provider_apns.address(&t, &grant, &target, 1,
			NOW, x) == NULL);
		row_json(r->name, x->body, r->payload);
		ROW(r->name, t.size == x->body_len);
		check_headers(r, x);
		ROW(r->name, r->warning == NULL
			? t.warning[0] == '\0'
			: strstr(t.warning, r->warning) != NULL);
		template_done(&t);
	}
	exchange_free(x);
	arena_free(a);
}

/* Byte for byte: this is what the documentation shows. */
static void
alert_to_the_byte(void **state)
{
	struct arena *a = arena_new();
	struct message m = message_of(a, composed[0].body, false, true, 0);
	struct template t;

	(void)state;
	assert_null(provider_apns.compose(&m, true, &t));
	assert_string_equal(buf_str(&t.head), composed[0].payload);
	template_done(&t);
	arena_free(a);
}

static void
expirations(void **state)
{
	static const struct {
		const char *name;
		int64_t expires_ms;
		const char *header;
	} rows[] = {
		{"no limit", 0, "none"},
		{"whole second", EXPIRES, "1893456000"},
		{"rounded up", EXPIRES + 1, "1893456001"},
		{"never 0", 1, "1"},
		{"year 9999", 253402300799999, "4294967295"},
	};
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct target target = {"ab", 1};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct message m = message_of(a, "{\"title\":\"t\"}", false,
		    true, rows[i].expires_ms);
		struct template t;

		assert_null(provider_apns.compose(&m, false, &t));
		exchange_reset(x);
		assert_null(provider_apns.address(&t, &grant, &target, 1, NOW,
		    x));
		ROW_TEXT(rows[i].name, header_of(x, "apns-expiration"),
		    rows[i].header);
		template_done(&t);
	}
	exchange_free(x);
	arena_free(a);
}

static void
refuses(void **state)
{
	static char endless[EXCHANGE_STORE + 1];
	static const struct {
		const char *name, *token, *authorization, *topic;
		enum err_code code;
	} rows[] = {
		{"empty token", "", "bearer x", "a.b", ERR_INVALID},
		{"no hex in token", "xyz-", "bearer x", "a.b", ERR_INVALID},
		{"endless token", endless, "bearer x", "a.b", ERR_INVALID},
		{"topic splits", "ab", "bearer x", "a\r\nb", ERR_FAULT},
		{"no topic", "ab", "bearer x", NULL, ERR_FAULT},
		{"no authorization", "ab", NULL, "a.b", ERR_FAULT},
		{"bad authorization", "ab", "bearer x\n", "a.b", ERR_FAULT},
	};
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct message m = message_of(a, "{\"title\":\"t\"}", false, true, 0);
	struct template t;

	(void)state;
	memset(endless, 'a', sizeof endless - 1);
	assert_null(provider_apns.compose(&m, false, &t));
	for (size_t i = 0; i < nitems(rows); i++) {
		struct authorization g = {
		    rows[i].authorization, rows[i].topic, NULL};
		struct target target = {rows[i].token, 1};
		const struct err *e;

		exchange_reset(x);
		e = provider_apns.address(&t, &g, &target, 1, NOW, x);
		ROW(rows[i].name, e != NULL && e->code == rows[i].code);
	}
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

static const struct err *
compose_of_size(struct arena *a, size_t title, struct template *t)
{
	struct json *body = json_new_object(a);
	char *text = arena_zero(a, title + 1);
	struct message m;

	memset(text, 'x', title);
	json_set_text(body, "title", text);
	m = message_of(a, json_write(body, NULL), false, true, 0);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return provider_apns.compose(&m, false, t);
}

static void
size_limit(void **state)
{
	size_t frame = strlen("{\"aps\":{\"alert\":{\"title\":\"\"}}}");
	struct arena *a = arena_new();
	const struct err *e;
	struct template t;

	(void)state;
	assert_null(compose_of_size(a, 4096 - frame, &t));
	assert_int_equal(t.size, 4096);
	template_done(&t);
	e = compose_of_size(a, 5012 - frame, &t);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_TOOBIG);
	assert_string_equal(e->text,
	    "payload of 5012 bytes is over the 4096 that APNs takes");
	template_done(&t);
	arena_free(a);
}

#define REASON(r) "{\"reason\":\"" r "\"}"

static const struct judge_row judged[] = {
	/* clang-format off */
	{"BadCollapseId", 400, REASON("BadCollapseId"), 0,
	    VERDICT_REJECT, 0, 0, "BadCollapseId"},
	{"BadDeviceToken", 400, REASON("BadDeviceToken"), 0,
	    VERDICT_SUSPECT, 0, 0, "BadDeviceToken"},
	{"BadExpirationDate", 400, REASON("BadExpirationDate"), 0,
	    VERDICT_REJECT},
	{"BadMessageId", 400, REASON("BadMessageId"), 0, VERDICT_REJECT},
	{"BadPriority", 400, REASON("BadPriority"), 0, VERDICT_REJECT},
	{"BadTopic", 400, REASON("BadTopic"), 0, VERDICT_HOLD, CURE_OPERATOR},
	{"DeviceTokenNotForTopic", 400, REASON("DeviceTokenNotForTopic"), 0,
	    VERDICT_SUSPECT},
	{"DuplicateHeaders", 400, REASON("DuplicateHeaders"), 0,
	    VERDICT_REJECT, CURE_OPERATOR},
	{"IdleTimeout", 400, REASON("IdleTimeout"), 0,
	    VERDICT_RETRY, CURE_CONNECTION},
	{"InvalidPushType", 400, REASON("InvalidPushType"), 0,
	    VERDICT_REJECT},
	{"MissingDeviceToken", 400, REASON("MissingDeviceToken"), 0,
	    VERDICT_REJECT},
	{"MissingTopic", 400, REASON("MissingTopic"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"PayloadEmpty", 400, REASON("PayloadEmpty"), 0, VERDICT_REJECT},
	{"TopicDisallowed", 400, REASON("TopicDisallowed"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"BadCertificate", 403, REASON("BadCertificate"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"BadCertificateEnvironment", 403,
	    REASON("BadCertificateEnvironment"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"ExpiredProviderToken", 403, REASON("ExpiredProviderToken"), 0,
	    VERDICT_HOLD, CURE_TOKEN | CURE_CONNECTION},
	{"Forbidden", 403, REASON("Forbidden"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"InvalidProviderToken", 403, REASON("InvalidProviderToken"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"MissingProviderToken", 403, REASON("MissingProviderToken"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"UnrelatedKeyIdInToken", 403, REASON("UnrelatedKeyIdInToken"), 0,
	    VERDICT_HOLD, CURE_CONNECTION},
	{"BadEnvironmentKeyIdInToken", 403,
	    REASON("BadEnvironmentKeyIdInToken"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"BadPath", 404, REASON("BadPath"), 0, VERDICT_REJECT, CURE_OPERATOR},
	{"MethodNotAllowed", 405, REASON("MethodNotAllowed"), 0,
	    VERDICT_REJECT, CURE_OPERATOR},
	{"Unregistered", 410,
	    "{\"reason\":\"Unregistered\",\"timestamp\":1893449000123}", 0,
	    VERDICT_GONE, 0, 0, "Unregistered"},
	{"ExpiredToken", 410,
	    "{\"reason\":\"ExpiredToken\",\"timestamp\":1893449000123}", 0,
	    VERDICT_GONE, 0, 0, "ExpiredToken"},
	{"PayloadTooLarge", 413, REASON("PayloadTooLarge"), 0,
	    VERDICT_REJECT},
	{"TooManyProviderTokenUpdates", 429,
	    REASON("TooManyProviderTokenUpdates"), 0,
	    VERDICT_RETRY, CURE_CONNECTION | CURE_OPERATOR, 60},
	{"TooManyRequests", 429, REASON("TooManyRequests"), 0,
	    VERDICT_RETRY, 0, 60},
	{"TooManyRequests, longer", 429, REASON("TooManyRequests"), 300,
	    VERDICT_RETRY, 0, 300},
	{"TooManyRequests, shorter", 429, REASON("TooManyRequests"), 5,
	    VERDICT_RETRY, 0, 60},
	{"InternalServerError", 500, REASON("InternalServerError"), 0,
	    VERDICT_RETRY},
	{"ServiceUnavailable", 503, REASON("ServiceUnavailable"), 0,
	    VERDICT_RETRY},
	{"ServiceUnavailable, told when", 503, REASON("ServiceUnavailable"),
	    900, VERDICT_RETRY, 0, 900},
	{"Shutdown", 503, REASON("Shutdown"), 0,
	    VERDICT_RETRY, CURE_CONNECTION},
	/* what the list does not know */
	{"new reason, 4xx", 400, REASON("Novel"), 0,
	    VERDICT_REJECT, CURE_OPERATOR, 0, "Novel"},
	{"new reason, 5xx", 503, REASON("Novel"), 0,
	    VERDICT_RETRY, 0, 0, "Novel"},
	{"reason with another status", 400, REASON("Unregistered"), 0,
	    VERDICT_REJECT, CURE_OPERATOR},
	{"410 of a proxy", 410, "<html>Gone</html>", 0,
	    VERDICT_REJECT, CURE_OPERATOR, 0, "HTTP 410"},
	{"410 and a new reason", 410, REASON("Novel"), 0,
	    VERDICT_REJECT, CURE_OPERATOR},
	{"502 of a proxy", 502, "<html>Bad Gateway</html>", 0,
	    VERDICT_RETRY, 0, 0, "HTTP 502"},
	{"429 without a reason", 429, "", 0, VERDICT_RETRY, CURE_SLOWER, 60},
	{"408 without a reason", 408, "", 0, VERDICT_RETRY},
	{"redirect", 302, "", 0, VERDICT_RETRY, CURE_OPERATOR, 0, "HTTP 302"},
	{"another success", 204, "", 0, VERDICT_RETRY, CURE_OPERATOR},
	/* clang-format on */
};

static void
judges(void **state)
{
	(void)state;
	check_judge(&provider_apns, judged, nitems(judged));
	check_hostile(&provider_apns);
	check_echo(&provider_apns);
	check_transport(&provider_apns, 0);
}

static void
sent_has_an_id(void **state)
{
	struct exchange *x = exchange_new();
	struct target target = {"ab", 99};
	char own[ID_UUID];
	struct verdict v;

	(void)state;
	answer_with(x, 200, "", 0);
	provider_apns.judge(x, &target, 1, &v);
	assert_int_equal(v.kind, VERDICT_SENT);
	id_uuid_of(99, own);
	assert_string_equal(v.id, own);
	(void)snprintf(x->id, sizeof x->id, "%s",
	    "0b6c2f0e-4c1d-4f5a-9a53-1f2e3d4c5b6a");
	provider_apns.judge(x, &target, 1, &v);
	assert_string_equal(v.id, "0b6c2f0e-4c1d-4f5a-9a53-1f2e3d4c5b6a");
	exchange_free(x);
}

static void
gone_since(void **state)
{
	static const struct {
		const char *body;
		int64_t gone_ms;
	} rows[] = {
		{"{\"reason\":\"Unregistered\",\"timestamp\":1893449000123}",
		    1893449000123},
		{"{\"reason\":\"Unregistered\"}", 0},
		{"{\"reason\":\"Unregistered\",\"timestamp\":-5}", 0},
		{"{\"reason\":\"Unregistered\",\"timestamp\":\"1\"}", 0},
		{"{\"reason\":\"Unregistered\",\"timestamp\":null}", 0},
	};
	struct exchange *x = exchange_new();
	struct target target = {"ab", 99};
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		answer_with(x, 410, rows[i].body, 0);
		provider_apns.judge(x, &target, 1, &v);
		ROW(rows[i].body, v.kind == VERDICT_GONE);
		ROW(rows[i].body, v.gone_ms == rows[i].gone_ms);
	}
	/* too large an answer is no evidence */
	answer_with(x, 410, rows[0].body, 0);
	x->answer.overflowed = true;
	provider_apns.judge(x, &target, 1, &v);
	assert_int_equal(v.kind, VERDICT_REJECT);
	exchange_free(x);
}

static void
names(void **state)
{
	static const struct {
		const char *name;
		const struct provider *provider;
	} rows[] = {
		{"apns", &provider_apns}, {"ios", &provider_apns},
		{"fcm", &provider_fcm}, {"android", &provider_fcm},
		{"hms", &provider_hms}, {"Huawei", &provider_hms},
		{"IOS", &provider_apns}, {"", NULL}, {"wns", NULL},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		ROW(rows[i].name,
		    provider_by_name(rows[i].name) == rows[i].provider);
	for (int i = 0; i < PLATFORM__COUNT; i++)
		assert_int_equal(providers[i]->platform, i);
	assert_string_equal(verdict_name(VERDICT_SENT), "sent");
	assert_string_equal(verdict_name(VERDICT_EXPIRED), "expired");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(composes),
	    cmocka_unit_test(alert_to_the_byte),
	    cmocka_unit_test(expirations),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(size_limit),
	    cmocka_unit_test(judges),
	    cmocka_unit_test(sent_has_an_id),
	    cmocka_unit_test(gone_since),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
