/* SPDX-License-Identifier: MIT */
/* Subscriptions as browsers give them and as strangers would, and the one
 * spelling of each. */
#include "push/webpush_address.h"

#include "lib/host.h"

#include "unit.h"

/* RFC 8291, appendix A. */
#define P256DH                                                                 \
	"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-"                   \
	"AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define STANDARD                                                               \
	"BCVxsr7N/eNgVRqvHtD0zTZsEc6+VV+JvLexhqUzORcxaOzi6+"                   \
	"AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4="
#define AUTH "BTBZMqHH6r4Tts7J_aSIgg"
/* RFC 8292, section 2.4; and the first 8 bytes of its digest. */
#define VAPID                                                                  \
	"BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-"            \
	"dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
#define VAPID_ID "VeKk3pT6dvM"
#define ZERO43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define URL "https://fcm.googleapis.com/fcm/send/dA-1:x_Y"
#define WNS                                                                    \
	"https://wns2-par02p.notify.windows.com/w/?token=BQYAAAC%2bF%2fx%3d"
#define JSON_OF(url, p256dh, auth)                                             \
	"{\"endpoint\":\"" url "\",\"expirationTime\":null,\"keys\":"          \
	"{\"p256dh\":\"" p256dh "\",\"auth\":\"" auth "\"}}"
#define X16(s) s s s s s s s s s s s s s s s s
#define X256(s) X16(X16(s))

#define NO_JSON "token must be a subscription in JSON"
#define NO_HTTPS "endpoint of the subscription must be an https URL"
#define PORT                                                                   \
	"endpoint of the subscription must not name a port: 443 is the only one"
#define USER "endpoint of the subscription must not name a user"
#define NO_KEYS "subscription must have keys: send the whole of it as JSON"
#define NO_POINT                                                               \
	"keys.p256dh of the subscription must be the 65 bytes of an "          \
	"uncompressed point in base64url"
#define OFF_CURVE                                                              \
	"keys.p256dh of the subscription is no point of the curve P-256"
#define NO_AUTH                                                                \
	"keys.auth of the subscription must be 16 bytes in base64url"
#define NO_KEY                                                                 \
	"applicationServerKey of the subscription must be a public VAPID "     \
	"key in base64url"
#define LONG                                                                   \
	"endpoint of the subscription must be at most 1024 characters long"

static const struct {
	const char *given, *is, *why; /* one of these two */
} rows[] = {
	/* clang-format off */
	{JSON_OF(URL, P256DH, AUTH), URL " " P256DH " " AUTH},
	{" " JSON_OF(URL, P256DH, AUTH) " \r\n", URL " " P256DH " " AUTH},
	{JSON_OF(URL, STANDARD, "BTBZMqHH6r4Tts7J/aSIgg=="), URL " " P256DH " " AUTH},
	{JSON_OF(WNS, P256DH, AUTH), WNS " " P256DH " " AUTH},
	{"{\"keys\":{\"auth\":\"" AUTH "\",\"p256dh\":\"" P256DH "\",\"x\":1},"
	    "\"contentEncoding\":\"aes128gcm\",\"endpoint\":\"" URL "\"}",
	    URL " " P256DH " " AUTH},
	{"{\"endpoint\":\"" URL "\",\"keys\":{\"p256dh\":\"" P256DH "\",\"auth\""
	    ":\"" AUTH "\"},\"applicationServerKey\":\"" VAPID "\"}",
	    URL " " P256DH " " AUTH " " VAPID_ID},
	{URL " " P256DH " " AUTH, URL " " P256DH " " AUTH},
	{JSON_OF("https://a.example/" X256("abc") X256("d") "", P256DH, AUTH), NULL, LONG},
	{"", NULL, "Push token must not be null or empty."},
	{" \n", NULL, "Push token must not be null or empty."},
	{"null", NULL, NO_JSON},
	{URL, NULL, NO_JSON},
	{"[1]", NULL, NO_JSON},
	{"{\"endpoint\"", NULL, NO_JSON},
	{"{}", NULL, NO_HTTPS},
	{"{\"endpoint\":7}", NULL, NO_HTTPS},
	{"{\"endpoint\":\"" URL "\"}", NULL, NO_KEYS},
	{"{\"endpoint\":\"" URL "\",\"keys\":[]}", NULL, NO_KEYS},
	{"{\"endpoint\":\"" URL "\",\"keys\":{}}", NULL, NO_POINT},
	{JSON_OF(URL, "", AUTH), NULL, NO_POINT},
	{JSON_OF(URL, P256DH "A", AUTH), NULL, NO_POINT},
	{JSON_OF(URL, P256DH "AAAA", AUTH), NULL, NO_POINT},
	{JSON_OF(URL, "A" ZERO43 ZERO43 "", AUTH), NULL, NO_POINT},
	{JSON_OF(URL, "BC" ZERO43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AUTH), NULL, OFF_CURVE},
	{JSON_OF(URL, "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AUTH), NULL, OFF_CURVE},
	{JSON_OF(URL, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw8", AUTH), NULL, OFF_CURVE},
	{JSON_OF(URL, P256DH, ""), NULL, NO_AUTH},
	{JSON_OF(URL, P256DH, "BTBZMqHH6r4Tts7J_aSI"), NULL, NO_AUTH},
	{JSON_OF(URL, P256DH, AUTH "AA"), NULL, NO_AUTH},
	{JSON_OF(URL, P256DH, "BTBZMqHH6r4Tts7J!aSIgg"), NULL, NO_AUTH},
	{JSON_OF("https://a.example:443/b", P256DH, AUTH), NULL, PORT},
	{JSON_OF("https://u@a.example/b", P256DH, AUTH), NULL, USER},
	{"{\"contentEncoding\":\"aesgcm\",\"endpoint\":\"" URL "\"}", NULL,
	    "contentEncoding aesgcm of the subscription is that of a browser which is too old"},
	{"{\"endpoint\":\"" URL "\",\"keys\":{\"p256dh\":\"" P256DH "\",\"auth\""
	    ":\"" AUTH "\"},\"applicationServerKey\":\"" P256DH "AA\"}", NULL, NO_KEY},
	{URL " " P256DH, NULL, NO_JSON},
	{URL " " P256DH " " AUTH " abc", NULL, NO_JSON},
	{URL " " P256DH " " AUTH " " VAPID_ID " ", NULL, NO_JSON},
	{URL "  " P256DH " " AUTH, NULL, NO_POINT},
	/* clang-format on */
};

static void
one_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		char out[WEBPUSH_ADDRESS_SIZE] = "untouched";
		char again[WEBPUSH_ADDRESS_SIZE];
		const struct err *e = webpush_locate(rows[i].given, out);

		if (rows[i].why != NULL) {
			CHECK(rows[i].given, e != NULL &&
			    e->code == ERR_INVALID);
			assert_string_equal(e->text, rows[i].why);
			assert_string_equal(out, "untouched");
			continue;
		}
		CHECK(rows[i].given, e == NULL);
		assert_string_equal(out, rows[i].is);
		assert_null(webpush_locate(out, again));
		assert_string_equal(again, out);
	}
}

/* The longest that is taken: it fits the buffer and the column. */
static void
longest(void **state)
{
	char url[WEBPUSH_ENDPOINT_MAX + 1], given[2048];
	char out[WEBPUSH_ADDRESS_SIZE];

	(void)state;
	memset(url, 'x', sizeof url - 1);
	memcpy(url, "https://a.example/", 18);
	url[sizeof url - 1] = '\0';
	(void)snprintf(given, sizeof given, "{\"endpoint\":\"%s\",\"keys\":"
	    "{\"p256dh\":\"" P256DH "\",\"auth\":\"" AUTH "\"}}", url);
	assert_null(webpush_locate(given, out));
	webpush_bind(out, VAPID);
	assert_int_equal(strlen(out), sizeof out - 1);
}

static void
parts(void **state)
{
	char token[WEBPUSH_ADDRESS_SIZE] = WNS " " P256DH " " AUTH;
	char again[WEBPUSH_ADDRESS_SIZE];
	struct webpush_address a;

	(void)state;
	assert_null(webpush_address(token, &a));
	assert_int_equal(a.key_id.len, 0);
	assert_int_equal(a.endpoint.len, strlen(WNS));
	assert_int_equal(a.host.len, 30);
	assert_memory_equal(a.host.data, "wns2-par02p.notify.windows.com", 30);
	assert_int_equal(a.path.len, 28);
	assert_memory_equal(a.path.data, "/w/?token=BQYAAAC%2bF%2fx%3d ", 29);
	assert_int_equal(a.p256dh[0], 4);
	assert_int_equal(a.p256dh[64], 0x0e);
	assert_int_equal(a.auth[15], 0x82);
	webpush_bind(token, "none");
	assert_string_equal(token, WNS " " P256DH " " AUTH);
	webpush_bind(token, VAPID);
	assert_string_equal(token, WNS " " P256DH " " AUTH " ~" VAPID_ID);
	webpush_bind(token, P256DH);
	assert_null(webpush_address(token, &a));
	assert_true(a.key_taken);
	assert_int_equal(a.key_id.len, WEBPUSH_KEY_ID - 1);
	assert_memory_equal(a.key_id.data, VAPID_ID, WEBPUSH_KEY_ID - 1);
	assert_null(webpush_locate(token, again));
	assert_string_equal(again, token);
	assert_null(webpush_address(WNS " " P256DH " " AUTH " " VAPID_ID, &a));
	assert_false(a.key_taken);
	assert_int_equal(a.key_id.len, WEBPUSH_KEY_ID - 1);
	assert_memory_equal(a.key_id.data, VAPID_ID, WEBPUSH_KEY_ID - 1);
}

/* The digest of the endpoint, whatever came with it: "printf %s URL | openssl
 * sha256 -binary | basenc --base64url". */
#define TOKEN "fcm.googleapis.com:Wouk89MSjGov0DBGDALchGVBIavsD48tfchCOT5C0LI"

static void
tokens(void **state)
{
	static const struct {
		const char *given;
		bool whole, partial;
	} of[] = {
	    {JSON_OF(URL, P256DH, AUTH), true, true},
	    {JSON_OF(URL, VAPID, "AAAAAAAAAAAAAAAAAAAAAA"), true, true},
	    {URL " " P256DH " " AUTH, true, true},
	    {URL " " P256DH " " AUTH " " VAPID_ID, true, true},
	    {URL, false, true}, {" " URL "\n", false, true},
	    {"{\"endpoint\":\"" URL "\"}", false, true},
	    {"{\"endpoint\":1}", false, false}, {"{", false, false},
	    {"{}", false, false}, {"abcdef", false, false},
	    {"", false, false}, {"http://a.b/c", false, false},
	    {"https://127.0.0.1/c", false, false},
	};

	(void)state;
	for (size_t i = 0; i < nitems(of); i++) {
		char whole[WEBPUSH_TOKEN_SIZE], part[WEBPUSH_TOKEN_SIZE];

		CHECK(of[i].given, (webpush_token(of[i].given, whole) ==
		    NULL) == of[i].whole);
		CHECK(of[i].given,
		    webpush_token_of(of[i].given, part) == of[i].partial);
		CHECK(of[i].given,
		    !of[i].whole || strcmp(whole, TOKEN) == 0);
		CHECK(of[i].given,
		    !of[i].partial || strcmp(part, TOKEN) == 0);
	}
}

/* Is the endpoint taken, with the hosts of a list? */
static bool
takes(const char *endpoint, const char *hosts)
{
	char address[2 * WEBPUSH_ADDRESS_SIZE];

	(void)snprintf(address, sizeof address, "%s " P256DH " " AUTH,
	    endpoint);
	return webpush_address_allow(address, hosts) == NULL;
}

/* tests/lib/hostile-endpoints: only the last part has names that are public,
 * and those are no push services. */
static void
hostile(void **state)
{
	FILE *f = fopen("tests/lib/hostile-endpoints", "re");
	char line[256];
	bool public = false;
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		public |= strncmp(line, "# Public", 8) == 0;
		if (line[0] == '#' || line[0] == '\0')
			continue;
		n++;
		CHECK(line, !takes(line, WEBPUSH_SERVICES));
		CHECK(line, takes(line, HOST_ANY) == public);
	}
	(void)fclose(f);
	assert_true(n >= 40);
}

static void
services(void **state)
{
	static const char *const real[] = {
	    "https://fcm.googleapis.com/fcm/send/x",
	    "https://fcm.googleapis.com/wp/x",
	    "https://jmt17.google.com/fcm/send/x",
	    "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
	    "https://web.push.apple.com/QGuQyavXutnMH",
	    "https://wns2-par02p.notify.windows.com/w/?token=BQY%3d"};

	(void)state;
	assert_true(host_list_ok(WEBPUSH_SERVICES));
	for (size_t i = 0; i < nitems(real); i++)
		CHECK(real[i], takes(real[i], WEBPUSH_SERVICES));
	assert_true(takes("https://ntfy.sh/upX?up=1", HOST_ANY));
	assert_false(takes("https://ntfy.sh/upX?up=1", WEBPUSH_SERVICES));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_spelling),
	    cmocka_unit_test(longest),
	    cmocka_unit_test(parts),
	    cmocka_unit_test(tokens),
	    cmocka_unit_test(hostile),
	    cmocka_unit_test(services),
	};

	return cmocka_run_group_tests_name("webpush_address", tests, NULL,
	    NULL);
}
