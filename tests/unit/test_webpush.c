/* SPDX-License-Identifier: MIT */
/* Web Push: the message in its form, the request, and each answer of the
 * services. */
#include "push/webpush_judge.h"

#include "push/verdict.h"
#include "push/webpush_address.h"

#include "push_case.h"

#define ENDPOINT "https://updates.push.services.mozilla.com/wpush/v2/gAAA?a=1"
#define KEYS                                                                   \
	" BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7" \
	"Vd8pZGH6SRpkNtoIAiw4 BTBZMqHH6r4Tts7J_aSIgg"
#define PUBLIC                                                                 \
	"BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz" \
	"AC8wEqKK6PBru3jl7A8"

/* --- answers ----------------------------------------------------------- */

#define GOOGLE "fcm.googleapis.com"
#define MOZILLA "updates.push.services.mozilla.com"
#define APPLE "web.push.apple.com"
#define WINDOWS "wns2-par02p.notify.windows.com"
#define OTHER "ntfy.sh"
#define ERRNO(n) "{\"code\":400,\"errno\":" #n ",\"message\":\"any\"}"
#define REASON(word) "{\"reason\":\"" word "\"}"

static const struct answer {
	const char *host;
	int status;
	const char *body, *told;
	enum verdict_kind kind;
	unsigned cure, after_s;
} answers[] = {
	/* clang-format off */
	{GOOGLE, 201, "", "", VERDICT_SENT},
	{GOOGLE, 400, "<TITLE>UnauthorizedRegistration</TITLE>", "", VERDICT_HOLD, CURE_OPERATOR},
	{GOOGLE, 400, "InvalidRegistration", "", VERDICT_SUSPECT},
	{GOOGLE, 400, "bad request: invalid TTL header", "", VERDICT_REJECT, CURE_OPERATOR},
	{GOOGLE, 401, "", "", VERDICT_HOLD, CURE_TOKEN},
	{GOOGLE, 403, "permission denied: invalid JWT provided", "", VERDICT_HOLD, CURE_TOKEN},
	{GOOGLE, 403, "invalid push subscription endpoint", "", VERDICT_SUSPECT},
	{GOOGLE, 403, "the credentials do not correspond to those", "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{GOOGLE, 403, "another", "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{GOOGLE, 404, "", "", VERDICT_GONE},
	{GOOGLE, 410, "push subscription has unsubscribed or expired.\n", "", VERDICT_GONE},
	{GOOGLE, 413, "", "", VERDICT_REJECT},
	{"jmt17.google.com", 401, "", "", VERDICT_HOLD, CURE_TOKEN},
	{MOZILLA, 201, "{\"message-id\":\"x\"}", "", VERDICT_SENT},
	{MOZILLA, 400, ERRNO(108), "", VERDICT_SUSPECT},
	{MOZILLA, 400, ERRNO(110), "", VERDICT_REJECT, CURE_OPERATOR},
	{MOZILLA, 400, ERRNO(111), "", VERDICT_REJECT, CURE_OPERATOR},
	{MOZILLA, 400, ERRNO(112), "", VERDICT_REJECT, CURE_OPERATOR},
	{MOZILLA, 400, ERRNO(113), "", VERDICT_REJECT, CURE_OPERATOR},
	{MOZILLA, 400, ERRNO(114), "", VERDICT_REJECT, CURE_OPERATOR},
	{MOZILLA, 401, ERRNO(109), "", VERDICT_HOLD, CURE_TOKEN},
	{MOZILLA, 401, "{\"errno\":109,\"message\":\"VAPID public key mismatch\"}", "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{MOZILLA, 401, "", "", VERDICT_HOLD, CURE_TOKEN},
	{MOZILLA, 404, ERRNO(102), "", VERDICT_GONE},
	{MOZILLA, 410, ERRNO(103), "", VERDICT_GONE},
	{MOZILLA, 410, ERRNO(105), "", VERDICT_GONE},
	{MOZILLA, 410, ERRNO(106), "", VERDICT_GONE},
	{MOZILLA, 413, ERRNO(104), "", VERDICT_REJECT},
	{MOZILLA, 502, ERRNO(901), "", VERDICT_RETRY},
	{MOZILLA, 502, ERRNO(902), "", VERDICT_RETRY},
	{MOZILLA, 502, ERRNO(903), "", VERDICT_RETRY},
	{MOZILLA, 503, ERRNO(201), "", VERDICT_RETRY, CURE_SLOWER, 60},
	{MOZILLA, 503, ERRNO(202), "", VERDICT_RETRY, CURE_SLOWER, 60},
	{APPLE, 201, "", "", VERDICT_SENT},
	{APPLE, 400, REASON("VapidPkHashMismatch"), "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{APPLE, 403, REASON("VapidPkHashMismatch"), "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{APPLE, 400, REASON("BadWebPushTopic"), "", VERDICT_REJECT, CURE_OPERATOR},
	{APPLE, 400, REASON("BadTtl"), "", VERDICT_REJECT, CURE_OPERATOR},
	{APPLE, 400, REASON("BadUrgency"), "", VERDICT_REJECT, CURE_OPERATOR},
	{APPLE, 400, REASON("BadWebPushRequest"), "", VERDICT_REJECT, CURE_OPERATOR},
	{APPLE, 400, REASON("BadAuthorizationHeader"), "", VERDICT_HOLD, CURE_OPERATOR},
	{APPLE, 403, REASON("BadJwtToken"), "", VERDICT_HOLD, CURE_TOKEN},
	{APPLE, 403, REASON("BadVapidPublicKey"), "", VERDICT_HOLD, CURE_OPERATOR},
	{APPLE, 403, REASON("Other"), "", VERDICT_HOLD, CURE_OPERATOR},
	{APPLE, 404, REASON("BadPath"), "", VERDICT_SUSPECT},
	{APPLE, 410, REASON("ExpiredSubscription"), "", VERDICT_GONE},
	{APPLE, 410, REASON("Unregistered"), "", VERDICT_GONE},
	{APPLE, 413, REASON("PayloadTooLarge"), "", VERDICT_REJECT},
	{APPLE, 429, REASON("TooManyRequests"), "", VERDICT_RETRY, 0, 60},
	{APPLE, 500, REASON("InternalServerError"), "", VERDICT_RETRY},
	{APPLE, 503, REASON("ServiceUnavailable"), "", VERDICT_RETRY, CURE_SLOWER, 60},
	{WINDOWS, 201, "", "received", VERDICT_SENT},
	{WINDOWS, 200, "", "dropped", VERDICT_REJECT},
	{WINDOWS, 200, "", "channelthrottled", VERDICT_RETRY, CURE_SLOWER, 60},
	{WINDOWS, 401, "", "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{WINDOWS, 403, "", "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{WINDOWS, 400, "", "", VERDICT_REJECT, CURE_OPERATOR},
	{WINDOWS, 404, "", "", VERDICT_GONE},
	{WINDOWS, 429, "", "", VERDICT_RETRY, CURE_SLOWER, 60},
	{WINDOWS, 500, "", "", VERDICT_RETRY},
	{WINDOWS, 406, "", "", VERDICT_RETRY, CURE_SLOWER, 60},
	{WINDOWS, 410, "", "", VERDICT_GONE},
	{OTHER, 200, "", "", VERDICT_SENT},
	{OTHER, 202, "", "", VERDICT_SENT},
	{OTHER, 301, "", "", VERDICT_RETRY, CURE_OPERATOR},
	{OTHER, 400, "", "", VERDICT_REJECT, CURE_OPERATOR},
	{OTHER, 401, "", "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{OTHER, 403, REASON("BadJwtToken"), "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{OTHER, 404, "", "", VERDICT_GONE},
	{OTHER, 405, "", "", VERDICT_REJECT, CURE_OPERATOR},
	{OTHER, 406, "", "", VERDICT_REJECT, CURE_OPERATOR},
	{OTHER, 410, "", "", VERDICT_GONE},
	{OTHER, 413, "", "", VERDICT_REJECT},
	{OTHER, 411, "", "", VERDICT_REJECT, CURE_OPERATOR},
	{OTHER, 415, "", "", VERDICT_REJECT, CURE_OPERATOR},
	{OTHER, 429, "", "", VERDICT_RETRY, CURE_SLOWER, 60},
	{OTHER, 502, "", "", VERDICT_RETRY},
	{OTHER, 504, "", "", VERDICT_RETRY},
	{OTHER, 500, "", "", VERDICT_RETRY},
	{OTHER, 503, "", "", VERDICT_RETRY, CURE_SLOWER, 60},
	/* a host that only ends like a service */
	{"evilpush.apple.com.ntfy.sh", 403, REASON("BadJwtToken"), "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	{"notpush.apple.com", 403, REASON("BadJwtToken"), "", VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60},
	/* clang-format on */
};

static void
judged(void **state)
{
	struct exchange *x = exchange_new();

	(void)state;
	for (size_t i = 0; i < nitems(answers); i++) {
		const struct answer *a = &answers[i];
		char name[100];
		struct verdict v;

		exchange_reset(x);
		x->end = EXCHANGE_ANSWERED;
		x->status = a->status;
		(void)buf_text(&x->answer, a->body);
		(void)snprintf(x->told, sizeof x->told, "%s", a->told);
		(void)snprintf(name, sizeof name, "%s %d %.60s", a->host,
		    a->status, a->body);
		webpush_judge_host(x, text_bytes(a->host), &v);
		ROW(name, v.kind == a->kind);
		ROW(name, v.cure == a->cure);
		ROW(name, v.after_s == a->after_s);
	}
	exchange_free(x);
}

/* A fault of our key must not cost a browser its registration (I-5). */
static void
no_fault_of_ours_is_a_devices(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(answers); i++)
		if (answers[i].status == 401 || (answers[i].status == 403 &&
		    strstr(answers[i].body, "endpoint") == NULL))
			ROW(answers[i].host,
			    answers[i].kind == VERDICT_HOLD ||
			    answers[i].kind == VERDICT_RETRY);
}

/* --- messages ---------------------------------------------------------- */

static void
composed(void **state)
{
	static const struct {
		const char *body, *json;
	} rows[] = {
	    {"{\"title\":\"t\",\"body\":\"b\",\"badge\":3,\"icon\":\"i\","
	     "\"image\":\"https://a.cz/i\","
	     "\"category\":\"c\",\"extras\":{\"navigate\":\"https://a.cz/o\","
	     "\"x\":1}}",
	     "{\"web_push\":8030,\"notification\":{\"title\":\"t\","
	     "\"body\":\"b\",\"icon\":\"i\",\"image\":\"https://a.cz/i\","
	     "\"tag\":\"c\",\"app_badge\":\"3\","
	     "\"data\":{\"x\":1},\"navigate\":\"https://a.cz/o\"},"
	     "\"app_badge\":3}"},
	    {"{\"body\":\"only\",\"titleLocKey\":\"K\"}",
	     "{\"web_push\":8030,\"notification\":{\"title\":\"only\","
	     "\"data\":{\"titleLocKey\":\"K\"},"
	     "\"navigate\":\"https://shop.cz/\"}}"},
	    {"{\"title\":\"t\",\"extras\":{\"navigate\":\"javascript:1\"}}",
	     "{\"web_push\":8030,\"notification\":{\"title\":\"t\","
	     "\"navigate\":\"https://shop.cz/\"}}"}};
	const struct authorization g = {.authorization = "vapid t=a, k=b",
	    .topic = PUBLIC, .link = "https://shop.cz/"};
	struct target to = {ENDPOINT KEYS, 1};
	struct exchange *x = exchange_new();
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct message m = message_of(a, rows[i].body, false, true, 0);
		struct template t;

		exchange_reset(x);
		assert_null(provider_webpush.compose(&m, 0, &t));
		assert_null(provider_webpush.address(&t, &g, &to, 1, 0, x));
		ROW_TEXT(rows[i].body, x->body, rows[i].json);
		assert_string_equal(x->path, "/wpush/v2/gAAA?a=1");
		provider_webpush.seal(x);
		assert_int_equal(x->body_len, 86 + 256 + 1 + 16);
		assert_int_equal(x->end, EXCHANGE_OPEN);
		template_done(&t);
	}
	exchange_free(x);
	arena_free(a);
}

static void
headers(void **state)
{
	const struct authorization g = {.authorization = "vapid t=a, k=b",
	    .topic = PUBLIC};
	struct target to = {ENDPOINT KEYS, 1};
	struct exchange *x = exchange_new();
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"title\":\"t\","
	    "\"collapseKey\":\"k\"}", false, false, 61000);
	struct template t;

	(void)state;
	assert_null(provider_webpush.compose(&m, 0, &t));
	assert_null(provider_webpush.address(&t, &g, &to, 1, 500, x));
	assert_string_equal(header_of(x, "ttl"), "61");
	assert_string_equal(header_of(x, "urgency"), "normal");
	assert_string_equal(header_of(x, "content-encoding"), "aes128gcm");
	assert_string_equal(header_of(x, "authorization"), "vapid t=a, k=b");
	assert_int_equal(strlen(header_of(x, "topic")), 32);
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

/* What is too long for a request fails alone, wherever the room ends. */
static void
no_room(void **state)
{
	char authorization[EXCHANGE_STORE + 1] = "";
	const struct authorization g = {.authorization = authorization,
	    .topic = PUBLIC};
	struct target to = {ENDPOINT KEYS, 1};
	struct exchange *x = exchange_new();
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"title\":\"t\","
	    "\"collapseKey\":\"k\"}", false, false, 61000);
	const struct err *e;
	struct template t;
	unsigned bad = 0;

	(void)state;
	assert_null(provider_webpush.compose(&m, 0, &t));
	for (size_t len = 1; len <= EXCHANGE_STORE; len++) {
		authorization[len - 1] = 'a';
		exchange_reset(x);
		e = provider_webpush.address(&t, &g, &to, 1, 500, x);
		bad += e != NULL;
		assert_true(e == NULL || e->code == ERR_INVALID);
	}
	assert_in_range(bad, 50, 500); /* path, time and topic */
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

/* Made with another key than ours, as its page has told: when the service says
 * so too, it fails alone. If we have only taken it for that, it is judged like
 * others until sendd knows that the key is right. */
static void
another_key(void **state)
{
	const struct authorization g = {.authorization = "vapid t=a, k=b",
	    .topic = PUBLIC};
	static const struct {
		struct target to;
		bool other, taken;
		enum verdict_kind kind;
		unsigned cure, of_named;
	} rows[] = {
	    {{ENDPOINT KEYS, 1}, false, false, VERDICT_RETRY,
		CURE_OPERATOR | CURE_KEY, CURE_OPERATOR | CURE_KEY},
	    {{ENDPOINT KEYS " AAAAAAAAAAA", 1}, true, false, VERDICT_REJECT, 0,
		0},
	    {{ENDPOINT KEYS " ~AAAAAAAAAAA", 1}, true, true, VERDICT_RETRY,
		CURE_OPERATOR | CURE_KEY,
		CURE_OPERATOR | CURE_KEY | CURE_SUBSCRIBE}};
	static const struct {
		const char *host, *answer;
		int status;
	} named[] = {{GOOGLE, "the credentials do not correspond", 403},
	    {MOZILLA, "{\"errno\":109,\"message\":\"key mismatch\"}", 401},
	    {APPLE, REASON("VapidPkHashMismatch"), 400}};
	struct verdict v;
	struct exchange *x = exchange_new();
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"title\":\"t\"}", false, true, 0);
	struct template t;
	const struct err *e;

	(void)state;
	assert_null(provider_webpush.compose(&m, 0, &t));
	for (size_t i = 0; i < nitems(rows); i++) {
		exchange_reset(x);
		e = provider_webpush.address(&t, &g, &rows[i].to, 1, 0, x);
		assert_null(e);
		assert_int_equal(x->other_key, rows[i].other);
		assert_int_equal(x->key_taken, rows[i].taken);
		x->end = EXCHANGE_ANSWERED;
		x->status = 401;
		webpush_judge_host(x, text_bytes(WINDOWS), &v);
		assert_int_equal(v.kind, rows[i].kind);
		assert_int_equal(v.cure, rows[i].cure);
		assert_string_equal(v.why, v.kind == VERDICT_REJECT
		    ? WEBPUSH_OTHER_KEY : "HTTP 401");
		x->status = 201;
		webpush_judge_host(x, text_bytes(WINDOWS), &v);
		assert_int_equal(v.kind, VERDICT_SENT);
		x->status = 401; /* of our token: for whomever it is */
		webpush_judge_host(x, text_bytes(GOOGLE), &v);
		assert_int_equal(v.kind, VERDICT_HOLD);
		for (size_t k = 0; k < nitems(named); k++) {
			x->status = named[k].status;
			buf_reset(&x->answer);
			(void)buf_text(&x->answer, named[k].answer);
			webpush_judge_host(x, text_bytes(named[k].host), &v);
			assert_int_equal(v.kind, rows[i].kind);
			assert_int_equal(v.cure, rows[i].of_named);
		}
	}
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

/* A key that nothing can be encrypted for fails at once, not again and again;
 * a connection that is not made is no reason to give up. */
static void
no_point(void **state)
{
	const struct authorization g = {.authorization = "vapid t=a, k=b",
	    .topic = PUBLIC};
	struct target to = {ENDPOINT " BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    " BTBZMqHH6r4Tts7J_aSIgg", 1};
	struct exchange *x = exchange_new();
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"title\":\"t\"}", false, true, 0);
	struct verdict v = {0};
	struct template t;

	(void)state;
	assert_null(provider_webpush.compose(&m, 0, &t));
	assert_null(provider_webpush.address(&t, &g, &to, 1, 0, x));
	provider_webpush.seal(x);
	assert_int_equal(x->end, EXCHANGE_UNSENT);
	provider_webpush.judge(x, &to, 1, &v);
	assert_int_equal(v.kind, VERDICT_REJECT);
	assert_false(v.uncounted);
	assert_string_equal(v.why, "the browser's key is not on the curve");
	exchange_fail(x, EXCHANGE_UNSENT, "no connection");
	provider_webpush.judge(x, &to, 1, &v);
	assert_int_equal(v.kind, VERDICT_RETRY);
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

/* Its host was taken out of the settings after it was stored: it fails alone,
 * without a request. */
static void
a_host_of_before(void **state)
{
	const struct authorization g = {.authorization = "vapid t=a, k=b",
	    .topic = PUBLIC};
	struct provider_settings set = {
	    .hosts = (char[]){"*.push.services.mozilla.com"}};
	struct target to = {ENDPOINT KEYS, 1};
	struct exchange *x = exchange_new();
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"title\":\"t\"}", false, true, 0);
	struct template t;
	const struct err *e;

	(void)state;
	assert_null(provider_webpush.compose(&m, 0, &t));
	assert_null(provider_address(&provider_webpush, &set, &t, &g, &to, 1,
	    0, x));
	exchange_reset(x);
	set.hosts = (char[]){"web.push.apple.com"};
	e = provider_address(&provider_webpush, &set, &t, &g, &to, 1, 0, x);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_INVALID);
	assert_non_null(strstr(e->text, "[webpush] hosts"));
	assert_null(x->path);
	assert_int_equal(x->n_headers, 0);
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

static void
nothing_to_show(void **state)
{
	struct arena *a = arena_new();
	struct message silent = message_of(a, "{\"title\":\"t\"}", true, true,
	    0);
	struct message key = message_of(a, "{\"titleLocKey\":\"t\"}", false,
	    true, 0);
	struct template t;

	(void)state;
	assert_non_null(provider_webpush.compose(&silent, 0, &t));
	template_done(&t);
	assert_non_null(provider_webpush.compose(&key, 0, &t));
	template_done(&t);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(judged),
	    cmocka_unit_test(no_fault_of_ours_is_a_devices),
	    cmocka_unit_test(composed), cmocka_unit_test(headers),
	    cmocka_unit_test(no_room), cmocka_unit_test(another_key),
	    cmocka_unit_test(a_host_of_before),
	    cmocka_unit_test(no_point),
	    cmocka_unit_test(nothing_to_show)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
