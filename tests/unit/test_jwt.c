/* SPDX-License-Identifier: MIT */
#include "push/jwt.h"
#include "push/oauth.h"

#include "push_case.h"

#include <strings.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/text.h"

#define IAT 1893450000

/* --- a key pair of each kind, made once -------------------------------- */

static EVP_PKEY *ec_pair, *rsa_pair;
static char ec_pem[4096], rsa_pem[8192];
static struct crypto_key *ec_key;

static void
write_pem(EVP_PKEY *pair, char *into, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pair, NULL, NULL,
			     0, NULL, NULL), 1);
	n = BIO_read(bio, into, (int)size - 1);
	assert_true(n > 0);
	into[n] = '\0';
	BIO_free(bio);
}

static int
make_keys(void **state)
{
	(void)state;
	ec_pair = EVP_EC_gen("P-256");
	rsa_pair = EVP_RSA_gen(2048);
	write_pem(ec_pair, ec_pem, sizeof ec_pem);
	write_pem(rsa_pair, rsa_pem, sizeof rsa_pem);
	return crypto_key_read(CRYPTO_ES256, ec_pem, strlen(ec_pem),
		   &ec_key) != NULL;
}

static int
drop_keys(void **state)
{
	(void)state;
	crypto_key_free(ec_key);
	EVP_PKEY_free(ec_pair);
	EVP_PKEY_free(rsa_pair);
	return 0;
}

/* --- reading a signed token -------------------------------------------- */

static void
decode(const char *text, size_t len, struct buf *into)
{
	char standard[4096];

	assert_true(len < sizeof standard);
	for (size_t i = 0; i < len; i++)
		if (text[i] == '-')
			standard[i] = '+';
		else
			standard[i] = (char)(text[i] == '_' ? '/' : text[i]);
	assert_true(crypto_unbase64(standard, len, into));
}

/* Three parts, each decoded; the first two as text. */
static void
take_apart(const char *token, struct buf parts[3])
{
	for (int i = 0; i < 3; i++) {
		size_t len = strcspn(token, ".");

		parts[i] = (struct buf)BUF(4096);
		decode(token, len, &parts[i]);
		token += len;
		assert_int_equal(*token, i < 2 ? '.' : '\0');
		token += i < 2;
	}
}

static bool
verifies(EVP_PKEY *pair, const void *data, size_t len,
    const unsigned char *sig, size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
		      pair) == 1 &&
	    EVP_DigestVerify(ctx, sig, sig_len, data, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

/* r||s to the DER that OpenSSL verifies. */
static bool
raw_verifies(EVP_PKEY *pair, const void *data, size_t len,
    const unsigned char raw[64])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;
	bool ok;
	int n;

	(void)ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL),
	    BN_bin2bn(raw + 32, 32, NULL));
	n = i2d_ECDSA_SIG(sig, &der);
	ok = n > 0 && verifies(pair, data, len, der, (size_t)n);
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	return ok;
}

/* --- tests ------------------------------------------------------------- */

/* Often enough to meet an r or s that is shorter than 32 bytes. */
static void
apns_token(void **state)
{
	(void)state;
	for (int i = 0; i < 600; i++) {
		struct buf token = BUF(4096), parts[3];
		size_t signed_len;

		assert_null(jwt_apns(ec_key, "K3Y1D00001", "T3AM000001",
		    IAT + i, &token));
		take_apart(token.data, parts);
		signed_len = (size_t)(strrchr(token.data, '.') - token.data);
		assert_int_equal(parts[2].len, 64);
		assert_true(raw_verifies(ec_pair, token.data, signed_len,
		    (const unsigned char *)parts[2].data));
		if (i == 0) {
			assert_string_equal(parts[0].data,
			    "{\"alg\":\"ES256\",\"kid\":\"K3Y1D00001\"}");
			assert_string_equal(parts[1].data,
			    "{\"iss\":\"T3AM000001\",\"iat\":1893450000}");
		}
		for (int k = 0; k < 3; k++)
			buf_done(&parts[k]);
		buf_done(&token);
	}
}

static void
appends_or_leaves_alone(void **state)
{
	struct buf token = BUF(4096), small = BUF(20);

	(void)state;
	assert_true(buf_text(&token, "bearer "));
	assert_null(jwt_apns(ec_key, "K", "T", IAT, &token));
	assert_true(text_starts(token.data, "bearer ey"));
	assert_true(buf_text(&small, "bearer "));
	assert_non_null(jwt_apns(ec_key, "K", "T", IAT, &small));
	assert_string_equal(buf_str(&small), "bearer ");
	buf_done(&small);
	buf_done(&token);
}

#define R "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
#define S "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000"

/* RFC 6979 A.2.5, and halves that need padding. */
static void
der_to_raw(void **state)
{
	static const struct {
		const char *name, *der, *raw; /* raw NULL: refused */
	} rows[] = {
		/* clang-format off */
		{"both led by a zero", "3046" "022100" R "022100" S, R S},
		{"short r", "3026" "020105" "022100" S, ZEROS "005" S},
		{"short s", "3026" "022100" R "020105", R ZEROS "005"},
		{"both short", "3007" "02020080" "020101",
		    ZEROS "080" ZEROS "001"},
		{"bytes behind", "3046" "022100" R "022100" S "00", NULL},
		{"cut off", "3046" "022100" R "022100", NULL},
		{"half of 33 bytes", "3027" "022101" R "020101", NULL},
		{"empty", "", NULL},
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		unsigned char der[128], raw[64];
		char hex[129];
		size_t n = strlen(rows[i].der) / 2;
		bool ok;

		ROW(rows[i].name, text_unhex(rows[i].der, der, n));
		ok = crypto_der_to_raw(der, n, raw);
		ROW(rows[i].name, ok == (rows[i].raw != NULL));
		if (!ok)
			continue;
		text_hex(raw, sizeof raw, hex);
		if (strcasecmp(hex, rows[i].raw) != 0)
			fail_msg("row \"%s\": %s", rows[i].name, hex);
	}
}

static void
vector_in_base64url(void **state)
{
	struct buf text = BUF(200);
	unsigned char raw[64];

	(void)state;
	assert_true(text_unhex(R S, raw, sizeof raw));
	assert_true(crypto_base64url(raw, sizeof raw, &text));
	assert_string_equal(text.data, "79SLKqy2qP0RQN2c1F6B1p0sh3tWqvmRw00O"
	    "qE6vNxb3yxyULWV8QdQ2x6G24p9l8-kA27mv9AZNxKsvhDrNqA");
	buf_done(&text);
}

/* The account's file, with members replaced (value NULL: left out). */
static const char *
account_with(struct arena *a, const char *name, const char *value)
{
	struct json *j = json_new_object(a);

	json_set_text(j, "type", "service_account");
	json_set_text(j, "project_id", "demo-project");
	json_set_text(j, "private_key_id", "kid1");
	json_set_text(j, "private_key", rsa_pem);
	json_set_text(j, "client_email",
	    "push@demo-project.iam.gserviceaccount.com");
	json_set_text(j, "token_uri", "https://oauth2.googleapis.com/token");
	if (name != NULL)
		json_unset(j, name);
	if (value != NULL)
		json_set_text(j, name, value);
	return json_write(j, NULL);
}

static void
service_accounts(void **state)
{
	static const struct {
		const char *name, *member, *value;
		bool ok;
	} rows[] = {
		{"whole", NULL, NULL, true},
		{"without a type", "type", NULL, true},
		{"another type", "type", "authorized_user\n", false},
		{"no project", "project_id", NULL, false},
		{"empty project", "project_id", "", false},
		{"project leaves the path", "project_id", "a/../b", false},
		{"project of a domain", "project_id", "example.com:p1", true},
		{"no mail", "client_email", NULL, false},
		{"no key id", "private_key_id", NULL, false},
		{"no key", "private_key", NULL, false},
		{"no PEM", "private_key", "x", false},
		{"EC key", "private_key", ec_pem, false},
		{"no token_uri", "token_uri", NULL, false},
		{"token_uri in the clear", "token_uri", "http://a/", false},
		{"token_uri splits", "token_uri", "https://a/\r\n", false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *json = account_with(a, rows[i].member,
		    rows[i].value);
		struct service_account account = {0};
		const struct err *e = service_account_read(a, json,
		    strlen(json), &account);

		ROW(rows[i].name, (e == NULL) == rows[i].ok);
		ROW(rows[i].name, e == NULL || e->code == ERR_INVALID);
		ROW(rows[i].name, (account.key != NULL) == rows[i].ok);
		ROW(rows[i].name,
		    e == NULL || strstr(e->text, "PRIVATE KEY-") == NULL);
	}
	arena_free(a);
}

static void
google_is_asked(void **state)
{
	static const char form[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth"
	    "%3Agrant-type%3Ajwt-bearer&assertion=";
	struct arena *a = arena_new();
	struct exchange *x = exchange_new();
	const char *json = account_with(a, NULL, NULL), *token;
	struct service_account account;
	struct buf parts[3];

	(void)state;
	assert_null(service_account_read(a, json, strlen(json), &account));
	assert_null(oauth_ask_google(&account, "/token", IAT, x));
	assert_string_equal(x->path, "/token");
	assert_string_equal(header_of(x, "content-type"),
	    "application/x-www-form-urlencoded");
	assert_true(text_starts(x->body, form));
	assert_int_equal(x->body_len, strlen(x->body));
	token = x->body + strlen(form);
	take_apart(token, parts);
	assert_string_equal(parts[0].data,
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"kid1\"}");
	assert_string_equal(parts[1].data,
	    "{\"iss\":\"push@demo-project.iam.gserviceaccount.com\","
	    "\"scope\":\"https://www.googleapis.com/auth/firebase.messaging\","
	    "\"aud\":\"https://oauth2.googleapis.com/token\","
	    "\"iat\":1893450000,\"exp\":1893453600}");
	assert_true(verifies(rsa_pair, token,
	    (size_t)(strrchr(token, '.') - token),
	    (const unsigned char *)parts[2].data, parts[2].len));
	for (int i = 0; i < 3; i++)
		buf_done(&parts[i]);
	exchange_free(x);
	arena_free(a);
}

static void
huawei_is_asked(void **state)
{
	struct exchange *x = exchange_new();
	const struct err *e;

	(void)state;
	assert_null(oauth_ask_huawei("101", "a+b&c=/ \xc3\xa9~",
	    "/oauth2/v3/token", x));
	assert_string_equal(x->body, "grant_type=client_credentials&"
	    "client_id=101&client_secret=a%2Bb%26c%3D%2F%20%C3%A9~");
	assert_string_equal(x->path, "/oauth2/v3/token");
	exchange_reset(x);
	e = oauth_ask_huawei("101", "s", "/a\r\nb: c", x);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_INVALID);
	exchange_free(x);
}

static void
grants(void **state)
{
	static const struct {
		const char *body, *authorization;
		int64_t lives_s;
	} rows[] = {
		/* clang-format off */
	{"{\"access_token\":\"ya29.demo\",\"expires_in\":3599,"
	    "\"token_type\":\"Bearer\"}", "Bearer ya29.demo", 3599},
	{"{\"access_token\":\"demo\\/token==\",\"expires_in\":3600,"
	    "\"token_type\":\"Bearer\"}", "Bearer demo/token==", 3600},
	{"{\"access_token\":\"t\",\"expires_in\":\"1800\","
	    "\"token_type\":\"bearer\"}", "Bearer t", 1800},
	{"{\"access_token\":\"t\"}", "Bearer t", 3600},
	{"{\"access_token\":\"t\",\"expires_in\":null}", "Bearer t", 3600},
	{"{\"access_token\":\"t\",\"expires_in\":0}", "Bearer t", 60},
	{"{\"access_token\":\"t\",\"expires_in\":-9223372036854775807}",
	    "Bearer t", 60},
	{"{\"access_token\":\"t\",\"expires_in\":9223372036854775807}",
	    "Bearer t", 86400},
		/* clang-format on */
	};
	struct exchange *x = exchange_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct buf into = BUF(8192);
		int64_t lives = 0;

		answer_with(x, 200, rows[i].body, 0);
		ROW(rows[i].body, oauth_granted(x, &into, &lives) == NULL);
		ROW_TEXT(rows[i].body, buf_str(&into), rows[i].authorization);
		ROW(rows[i].body, lives == rows[i].lives_s);
		buf_done(&into);
	}
	exchange_free(x);
}

static void
refusals(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		enum err_code code;
		const char *says;
	} rows[] = {
		/* clang-format off */
	{"google's grant", 400, "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"demo text\"}", ERR_DENIED,
	    "no access token: HTTP 400, invalid_grant: demo text "
	    "(check the key and this machine's clock)"},
	{"huawei's secret", 400, "{\"error\":1101,\"sub_error\":12304,"
	    "\"error_description\":\"demo\"}", ERR_DENIED,
	    "no access token: HTTP 400, 1101/12304: demo"},
	{"401", 401, "{\"error\":\"invalid_client\"}", ERR_DENIED,
	    "no access token: HTTP 401, invalid_client"},
	{"400 of a proxy", 400, "<html>", ERR_DENIED,
	    "no access token: HTTP 400"},
	{"403", 403, "", ERR_DENIED, "HTTP 403"},
	{"404", 404, "", ERR_DENIED, "HTTP 404"},
	{"redirect", 302, "", ERR_DENIED, "HTTP 302"},
	{"passing trouble at google", 400, "{\"error\":\"internal_failure\"}",
	    ERR_BUSY, "internal_failure"},
	{"408", 408, "", ERR_BUSY, "HTTP 408"},
	{"429", 429, "", ERR_BUSY, "HTTP 429"},
	{"500", 500, "", ERR_BUSY, "HTTP 500"},
	{"503", 503, "", ERR_BUSY, "HTTP 503"},
	{"590", 590, "", ERR_BUSY, "HTTP 590"},
	{"204", 204, "", ERR_BUSY, "HTTP 204"},
	{"page", 200, "<html>", ERR_BUSY, "no usable access token"},
	{"no token", 200, "{}", ERR_BUSY, "no usable access token"},
	{"empty token", 200, "{\"access_token\":\"\"}", ERR_BUSY, "usable"},
	{"token splits", 200, "{\"access_token\":\"a\\r\\nb: c\"}", ERR_BUSY,
	    "usable"},
	{"token with a space", 200, "{\"access_token\":\"a b\"}", ERR_BUSY,
	    "usable"},
	{"token of another kind", 200, "{\"access_token\":7}", ERR_BUSY,
	    "usable"},
	{"another type", 200, "{\"access_token\":\"a\","
	    "\"token_type\":\"mac\"}", ERR_DENIED, "other than Bearer"},
	{"escape codes", 400, "{\"error\":\"\\u001b[31m\\r\\n\"}",
	    ERR_DENIED, "HTTP 400, ?[31m??"},
	{"error is an object", 400, "{\"error\":{\"code\":400}}",
	    ERR_DENIED, "HTTP 400"},
		/* clang-format on */
	};
	struct exchange *x = exchange_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct buf into = BUF(8192);
		int64_t lives = 7;
		const struct err *e;

		answer_with(x, rows[i].status, rows[i].body, 0);
		e = oauth_granted(x, &into, &lives);
		ROW(rows[i].name, e != NULL && e->code == rows[i].code);
		if (strstr(e->text, rows[i].says) == NULL)
			fail_msg("row \"%s\": %s", rows[i].name, e->text);
		ROW(rows[i].name, into.len == 0 && lives == 7);
		buf_done(&into);
	}
	exchange_free(x);
}

static void
hostile_grants(void **state)
{
	struct exchange *x = exchange_new();
	struct buf into = BUF(8192);
	const struct err *e;
	int64_t lives;

	(void)state;
	exchange_fail(x, EXCHANGE_UNKNOWN, "timed out\n");
	e = oauth_granted(x, &into, &lives);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);
	assert_string_equal(e->text,
	    "no answer of the token server: timed out?");

	answer_with(x, 200, "{\"access_token\":\"", 0);
	for (int i = 0; i < 5000; i++)
		(void)buf_text(&x->answer, "x");
	(void)buf_text(&x->answer, "\"}");
	e = oauth_granted(x, &into, &lives);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);

	answer_with(x, 200, "{\"access_token\":\"x\"}", 0);
	x->answer.overflowed = true;
	assert_non_null(oauth_granted(x, &into, &lives));
	assert_int_equal(into.len, 0);
	exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(apns_token),
	    cmocka_unit_test(appends_or_leaves_alone),
	    cmocka_unit_test(der_to_raw),
	    cmocka_unit_test(vector_in_base64url),
	    cmocka_unit_test(service_accounts),
	    cmocka_unit_test(google_is_asked),
	    cmocka_unit_test(huawei_is_asked),
	    cmocka_unit_test(grants),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(hostile_grants),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
