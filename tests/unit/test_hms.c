/* SPDX-License-Identifier: MIT */
#include "push_case.h"

#define NOW 1893450000000
#define HOUR (NOW + 3600 * 1000)
#define PAYMENT "\"title\":\"Payment\",\"body\":\"You paid 12 EUR\""
#define SHOWN                                                                \
	"\"importance\":\"NORMAL\",\"foreground_show\":true,"                 \
	"\"click_action\":{\"type\":3}"
#define HEAD                                                                 \
	"{\"validate_only\":false,\"message\":{"                             \
	"\"token\":[\"hms-token-1\"],"
#define DATA "\"data\":\"{\\\"ref\\\":\\\"77\\\"}\","

static const struct authorization grant = {"Bearer demo/token==", NULL,
    "/v2/101/messages:send"};

struct compose_row {
	const char *name, *body;
	bool silent, data_only;
	int64_t expires_ms;
	const char *payload;
	const char *warning; /* part of it; NULL: none */
};

static const struct compose_row composed[] = {
	/* clang-format off */
	{"alert", "{" PAYMENT ",\"category\":\"PAY\",\"collapseKey\":\"77\","
	    "\"extras\":{\"ref\":\"77\"}}", false, false, HOUR,
	    HEAD DATA "\"android\":{\"collapse_key\":77,\"ttl\":\"3600s\","
	    "\"notification\":{" PAYMENT ",\"tag\":\"PAY\"," SHOWN "}}}}"},
	{"silent", "{" PAYMENT ",\"category\":\"PAY\",\"badge\":2,"
	    "\"extras\":{\"ref\":\"77\"}}", true, false, HOUR,
	    HEAD DATA "\"android\":{\"urgency\":\"NORMAL\","
	    "\"ttl\":\"3600s\"}}}"},
	{"silent without extras", "{}", true, false, 0,
	    HEAD "\"data\":\"{}\",\"android\":{\"urgency\":\"NORMAL\"}}}"},
	{"silent with nulls only", "{\"extras\":{\"a\":null}}", true, true, 0,
	    HEAD "\"data\":\"{}\",\"android\":{\"urgency\":\"NORMAL\"}}}"},
	{"notification as data", "{" PAYMENT ",\"extras\":{\"ref\":\"77\"}}",
	    false, true, HOUR,
	    HEAD "\"data\":\"{\\\"ref\\\":\\\"77\\\","
	    "\\\"_notification\\\":\\\"{\\\\\\\"title\\\\\\\":"
	    "\\\\\\\"Payment\\\\\\\",\\\\\\\"body\\\\\\\":"
	    "\\\\\\\"You paid 12 EUR\\\\\\\",\\\\\\\"importance\\\\\\\":"
	    "\\\\\\\"NORMAL\\\\\\\",\\\\\\\"foreground_show\\\\\\\":true,"
	    "\\\\\\\"click_action\\\\\\\":{\\\\\\\"type\\\\\\\":3}}\\\"}\","
	    "\"android\":{\"urgency\":\"NORMAL\",\"ttl\":\"3600s\"}}}"},
	{"localised, icon, sound, badge", "{\"titleLocKey\":\"tk\","
	    "\"titleLocArgs\":[\"a\"],\"bodyLocKey\":\"bk\","
	    "\"bodyLocArgs\":[\"b\"],\"icon\":\"/raw/i\","
	    "\"sound\":\"/raw/s\",\"badge\":0}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{\"title_loc_key\":\"tk\","
	    "\"title_loc_args\":[\"a\"],\"body_loc_key\":\"bk\","
	    "\"body_loc_args\":[\"b\"],\"icon\":\"/raw/i\","
	    "\"sound\":\"/raw/s\",\"badge\":{\"set_num\":0}," SHOWN "}}}}"},
	{"image of no https", "{" PAYMENT ",\"image\":\"http://a.cz/i\"}", false,
	    false, 0, HEAD "\"android\":{\"notification\":{" PAYMENT ","
	    SHOWN "}}}}", "image left out"},
	{"image", "{" PAYMENT ",\"image\":\"https://a.cz/i\"}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{" PAYMENT ","
	    "\"image\":\"https://a.cz/i\"," SHOWN "}}}}"},
	{"badge of 100", "{" PAYMENT ",\"badge\":100}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{" PAYMENT ","
	    "\"badge\":{\"set_num\":99}," SHOWN "}}}}", "badge cut to 99"},
	{"negative badge", "{" PAYMENT ",\"badge\":-1}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{" PAYMENT "," SHOWN "}}}}",
	    "negative"},
	{"title alone", "{\"title\":\"t\"}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{\"title\":\"t\","
	    "\"body\":\"t\"," SHOWN "}}}}", "title stands for the body"},
	{"title and an empty body", "{\"title\":\"t\",\"body\":\"\"}", false,
	    false, 0, HEAD "\"android\":{\"notification\":{\"title\":\"t\","
	    "\"body\":\"t\"," SHOWN "}}}}", "title stands for the body"},
	{"body alone", "{\"body\":\"b\"}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{\"title\":\"b\","
	    "\"body\":\"b\"," SHOWN "}}}}", "body stands for the title"},
	{"a key of a title alone", "{\"titleLocKey\":\"tk\","
	    "\"titleLocArgs\":[\"a\"]}", false, false, 0,
	    HEAD "\"android\":{\"notification\":{\"title_loc_key\":\"tk\","
	    "\"title_loc_args\":[\"a\"],\"body_loc_key\":\"tk\","
	    "\"body_loc_args\":[\"a\"]," SHOWN "}}}}",
	    "title stands for the body"},
	{"title alone as data", "{\"title\":\"t\"}", false, true, 0,
	    HEAD "\"data\":\"{\\\"_notification\\\":\\\"{"
	    "\\\\\\\"title\\\\\\\":\\\\\\\"t\\\\\\\","
	    "\\\\\\\"importance\\\\\\\":\\\\\\\"NORMAL\\\\\\\","
	    "\\\\\\\"foreground_show\\\\\\\":true,"
	    "\\\\\\\"click_action\\\\\\\":{\\\\\\\"type\\\\\\\":3}}\\\"}\","
	    "\"android\":{\"urgency\":\"NORMAL\"}}}"},
	{"collapse key -1", "{" PAYMENT ",\"collapseKey\":\"-1\"}", false,
	    false, 0, HEAD "\"android\":{\"collapse_key\":-1,"
	    "\"notification\":{" PAYMENT "," SHOWN "}}}}"},
	{"collapse key 0", "{" PAYMENT ",\"collapseKey\":\"0\"}", false,
	    false, 0, HEAD "\"android\":{\"collapse_key\":0,"
	    "\"notification\":{" PAYMENT "," SHOWN "}}}}"},
	{"collapse key of a text", "{\"collapseKey\":\"pay-77\"}", true,
	    false, 0, HEAD "\"data\":\"{}\",\"android\":{"
	    "\"collapse_key\":79,\"urgency\":\"NORMAL\"}}}",
	    "collapse_key 79 stands for"},
	{"collapse key 101", "{\"collapseKey\":\"101\"}", true,
	    false, 0, HEAD "\"data\":\"{}\",\"android\":{"
	    "\"collapse_key\":53,\"urgency\":\"NORMAL\"}}}",
	    "collapse_key 53 stands for"},
	{"ttl cut to 15 days", "{}", true, false, 253402300799999,
	    HEAD "\"data\":\"{}\",\"android\":{\"urgency\":\"NORMAL\","
	    "\"ttl\":\"1296000s\"}}}"},
	{"nulls are dropped at any depth", "{\"extras\":{\"a\":null,"
	    "\"o\":{\"b\":null,\"c\":[1,null]}}}", true, false, 0,
	    HEAD "\"data\":\"{\\\"o\\\":{\\\"c\\\":[1]}}\","
	    "\"android\":{\"urgency\":\"NORMAL\"}}}"},
	/* clang-format on */
};

static void
composes(void **state)
{
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct target target = {"hms-token-1", 99};

	(void)state;
	for (size_t i = 0; i < nitems(composed); i++) {
		const struct compose_row *r = &composed[i];
		struct message m = message_of(a, r->body, r->silent, true,
		    r->expires_ms);
		struct template t;

		ROW(r->name,
		    provider_hms.compose(&m, r->data_only, &t) == NULL);
		exchange_reset(x);
		ROW(r->name, provider_hms.address(&t, &grant, &target, 1,
			NOW, x) == NULL);
		row_json(r->name, x->body, r->payload);
		ROW_TEXT(r->name, x->path, grant.path);
		ROW_TEXT(r->name, header_of(x, "authorization"),
		    "Bearer demo/token==");
		ROW_TEXT(r->name, header_of(x, "content-type"),
		    "application/json;charset=UTF-8");
		ROW(r->name, r->warning == NULL
			? t.warning[0] == '\0'
			: strstr(t.warning, r->warning) != NULL);
		template_done(&t);
	}
	exchange_free(x);
	arena_free(a);
}

static void
many_tokens(void **state)
{
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	struct message m = message_of(a, "{" PAYMENT "}", false, true, HOUR);
	struct target targets[1000];
	struct template t;
	struct json *root;
	char token[500];
	const struct err *e;

	(void)state;
	memset(token, 'x', sizeof token - 1);
	token[sizeof token - 1] = '\0';
	for (size_t i = 0; i < nitems(targets); i++)
		targets[i] = (struct target){arena_fmt(a, "%zu%s", i, token),
		    i};
	assert_null(provider_hms.compose(&m, false, &t));
	assert_true(t.size < 400); /* the tokens do not count */
	assert_null(provider_hms.address(&t, &grant, targets, 1000, NOW, x));
	assert_null(json_parse(a, x->body, x->body_len, 16, &root));
	root = json_get(json_get(root, "message"), "token");
	assert_int_equal(json_len(root), 1000);
	assert_string_equal(json_text(json_at(root, 999), ""),
	    targets[999].token);

	targets[500].token = "";
	exchange_reset(x);
	e = provider_hms.address(&t, &grant, targets, 1000, NOW, x);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_INVALID);
	exchange_reset(x);
	e = provider_hms.address(
	    &t, &(struct authorization){0}, targets, 1, NOW, x);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_FAULT);
	template_done(&t);
	exchange_free(x);
	arena_free(a);
}

static void
size_limit(void **state)
{
	struct arena *a = arena_new();
	struct json *body = json_new_object(a);
	char *text = arena_zero(a, 5001);
	struct message m;
	struct template t;
	const struct err *e;

	(void)state;
	memset(text, 'x', 5000);
	json_set_text(body, "title", text);
	m = message_of(a, json_write(body, NULL), false, true, HOUR);
	e = provider_hms.compose(&m, false, &t);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_TOOBIG);
	assert_non_null(strstr(e->text, "over the 4096 that HMS takes"));
	template_done(&t);
	arena_free(a);
}

static void
without_a_text(void **state)
{
	static const struct {
		const char *body;
		bool data_only, ok;
	} rows[] = {
	    {"{}", false, false}, {"{}", true, false},
	    {"{\"title\":\"\",\"body\":\"\"}", false, false},
	    {"{\"category\":\"c\"}", false, false},
	    {"{\"badge\":1}", false, false}, {"{\"badge\":1}", true, true},
	    {"{\"extras\":{\"a\":1}}", false, false},
	    {"{\"extras\":{\"a\":1}}", true, true}};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct message m = message_of(a, rows[i].body, false, true, 0);
		struct template t;
		const struct err *e = provider_hms.compose(&m,
		    rows[i].data_only, &t);

		ROW(rows[i].body, (e == NULL) == rows[i].ok);
		ROW(rows[i].body, e == NULL || e->code == ERR_INVALID);
		template_done(&t);
	}
	arena_free(a);
}

#define CODE(code)                                                           \
	"{\"code\":\"" code "\",\"msg\":\"demo\",\"requestId\":\"r\"}"

static const struct judge_row judged[] = {
	/* clang-format off */
	{"success", 200, CODE("80000000"), 0, VERDICT_SENT, 0, 0, ""},
	{"success as a number", 200, "{\"code\":80000000}", 0, VERDICT_SENT},
	{"success contradicted", 400, CODE("80000000"), 0,
	    VERDICT_RETRY, CURE_OPERATOR},
	{"success of a broken server", 500, CODE("80000000"), 0,
	    VERDICT_RETRY, CURE_OPERATOR},
	/* what a caller wrote is no alarm */
	{"80100001", 200, CODE("80100001"), 0, VERDICT_REJECT, 0,
	    0, "80100001"},
	{"80100002", 200, CODE("80100002"), 0, VERDICT_REJECT},
	{"80100003", 200, CODE("80100003"), 0, VERDICT_REJECT},
	{"80100003, 400", 400, CODE("80100003"), 0, VERDICT_REJECT},
	{"80100004", 200, CODE("80100004"), 0, VERDICT_EXPIRED},
	{"80100013", 200, CODE("80100013"), 0, VERDICT_REJECT},
	{"80100016", 200, CODE("80100016"), 0, VERDICT_REJECT},
	{"80100017", 200, CODE("80100017"), 0, VERDICT_RETRY},
	{"80100018", 200, CODE("80100018"), 0, VERDICT_REJECT},
	{"80200001", 401, CODE("80200001"), 0, VERDICT_HOLD, CURE_TOKEN},
	{"80200003", 200, CODE("80200003"), 0, VERDICT_HOLD, CURE_TOKEN},
	{"80200003, 401", 401, CODE("80200003"), 0, VERDICT_HOLD, CURE_TOKEN},
	{"80200005", 200, CODE("80200005"), 0, VERDICT_HOLD, CURE_TOKEN},
	{"80300002", 200, CODE("80300002"), 0, VERDICT_HOLD, CURE_OPERATOR},
	{"80300002, 400", 400, CODE("80300002"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"80300002, 401", 401, CODE("80300002"), 0,
	    VERDICT_HOLD, CURE_OPERATOR},
	{"80300007", 200, CODE("80300007"), 0, VERDICT_SUSPECT, 0, 0,
	    "80300007"},
	{"80300007, v3", 200, "{\"code\":\"80300007\",\"msg\":\"{"
	    "\\\"illegalTokens\\\":{\\\"noRight\\\":[\\\"token-1\\\"]},"
	    "\\\"failure\\\":1}\",\"requestId\":\"demo4\"}", 0,
	    VERDICT_SUSPECT},
	{"80300008", 200, CODE("80300008"), 0, VERDICT_REJECT},
	{"80300008, 400", 400, CODE("80300008"), 0, VERDICT_REJECT},
	{"80300010", 200, CODE("80300010"), 0, VERDICT_REJECT, CURE_OPERATOR},
	{"80300011", 200, CODE("80300011"), 0, VERDICT_REJECT, CURE_OPERATOR},
	{"80300013", 200, CODE("80300013"), 0, VERDICT_HOLD, CURE_OPERATOR},
	{"80600003", 200, CODE("80600003"), 0, VERDICT_RETRY, CURE_OPERATOR},
	{"81000001", 200, CODE("81000001"), 0, VERDICT_RETRY},
	{"81000001, 500", 500, CODE("81000001"), 30, VERDICT_RETRY, 0, 30},
	{"unknown code", 200, CODE("82000001"), 0,
	    VERDICT_REJECT, CURE_OPERATOR, 0, "82000001"},
	{"unknown code, 400", 400, CODE("89999999"), 0,
	    VERDICT_REJECT, CURE_OPERATOR},
	{"unknown code, 401", 401, CODE("89999999"), 0,
	    VERDICT_HOLD, CURE_TOKEN},
	{"unknown code, 503", 503, CODE("89999999"), 0,
	    VERDICT_RETRY, CURE_SLOWER},
	{"400", 400, "", 0, VERDICT_REJECT, CURE_OPERATOR, 0, "HTTP 400"},
	{"401", 401, "", 0, VERDICT_HOLD, CURE_TOKEN},
	{"404", 404, "", 0, VERDICT_HOLD, CURE_OPERATOR},
	{"429", 429, "", 0, VERDICT_RETRY, CURE_SLOWER, 60},
	{"500", 500, "", 0, VERDICT_RETRY},
	{"502", 502, "<html>", 0, VERDICT_RETRY},
	{"503, flow control", 503, "", 0, VERDICT_RETRY, CURE_SLOWER, 0,
	    "HTTP 503"},
	{"503, told when", 503, "", 20, VERDICT_RETRY, CURE_SLOWER, 20},
	{"200 with a page", 200, "<html>", 0, VERDICT_RETRY, CURE_OPERATOR},
	{"200 without a code", 200, "{}", 0, VERDICT_RETRY, CURE_OPERATOR},
	/* clang-format on */
};

static void
judges(void **state)
{
	(void)state;
	check_judge(&provider_hms, judged, nitems(judged));
	check_hostile(&provider_hms);
	check_echo(&provider_hms);
	check_transport(&provider_hms, 0);
}

#define PARTIAL(msg)                                                         \
	"{\"code\":\"80100000\",\"msg\":\"" msg "\",\"requestId\":\"demo2\"}"

/* Three tokens, one verdict each: s sent, ? suspect, r retry, x reject. */
static void
partial(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body, *verdicts;
	} rows[] = {
		/* clang-format off */
	{"one of three", 200, PARTIAL("{\\\"success\\\":2,\\\"failure\\\":1,"
	    "\\\"illegal_tokens\\\":[\\\"hms-token-3\\\"]}"), "ss?"},
	{"with status 400", 400, PARTIAL("{\\\"failure\\\":1,"
	    "\\\"illegal_tokens\\\":[\\\"hms-token-3\\\"]}"), "ss?"},
	{"with status 500", 500, PARTIAL("{\\\"failure\\\":1,"
	    "\\\"illegal_tokens\\\":[\\\"hms-token-3\\\"]}"), "rrr"},
	{"no counts", 200, PARTIAL("{\\\"illegal_tokens\\\":"
	    "[\\\"hms-token-1\\\",\\\"hms-token-2\\\"]}"), "??s"},
	{"other spelling", 200, PARTIAL("{\\\"failure\\\":1,"
	    "\\\"illegalTokens\\\":[\\\"hms-token-2\\\"]}"), "s?s"},
	{"by cause", 200, PARTIAL("{\\\"failure\\\":2,\\\"illegalTokens\\\":{"
	    "\\\"tokenFormatError\\\":[\\\"hms-token-1\\\"],"
	    "\\\"noRight\\\":[\\\"hms-token-2\\\"]}}"), "?xs"},
	{"unknown cause", 200, PARTIAL("{\\\"failure\\\":1,"
	    "\\\"illegalTokens\\\":{\\\"novel\\\":[\\\"hms-token-2\\\"]}}"),
	    "sxs"},
	{"not all are listed", 200, PARTIAL("{\\\"failure\\\":2,"
	    "\\\"illegal_tokens\\\":[\\\"hms-token-3\\\"]}"), "rr?"},
	{"nobody is listed", 200, PARTIAL("{\\\"failure\\\":1,"
	    "\\\"illegal_tokens\\\":[]}"), "rrr"},
	{"strangers are listed", 200, PARTIAL("{\\\"failure\\\":1,"
	    "\\\"illegal_tokens\\\":[\\\"x\\\",7,null,{}]}"), "rrr"},
	{"msg is no JSON", 200, PARTIAL("some failed"), "rrr"},
	{"msg is too deep", 200, PARTIAL("[[[[[[[[[[[[[[[[[[[[[[[["), "rrr"},
	{"no msg", 200, "{\"code\":\"80100000\"}", "rrr"},
	{"none failed", 200, PARTIAL("{\\\"failure\\\":0}"), "sss"},
	{"all sent", 200, CODE("80000000"), "sss"},
	{"all suspect", 200, CODE("80300007"), "???"},
		/* clang-format on */
	};
	static const char letter[VERDICT__COUNT + 1] = "srhxg?e";
	static const struct target targets[] = {{"hms-token-1", 1},
	    {"hms-token-2", 2}, {"hms-token-3", 3}};
	struct exchange *x = exchange_new();
	struct verdict v[3];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		char got[4] = "";

		answer_with(x, rows[i].status, rows[i].body, 0);
		provider_hms.judge(x, targets, 3, v);
		for (int k = 0; k < 3; k++) {
			got[k] = letter[v[k].kind];
			if (v[k].kind == VERDICT_SENT &&
			    strstr(rows[i].body, "demo2") != NULL)
				ROW_TEXT(rows[i].name, v[k].id, "demo2");
		}
		ROW_TEXT(rows[i].name, got, rows[i].verdicts);
	}
	exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(composes),
	    cmocka_unit_test(many_tokens),
	    cmocka_unit_test(size_limit),
	    cmocka_unit_test(without_a_text),
	    cmocka_unit_test(judges),
	    cmocka_unit_test(partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
