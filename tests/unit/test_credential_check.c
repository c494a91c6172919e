/* SPDX-License-Identifier: MIT */
/* Credentials that cannot work are refused when they are set. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/text.h"
#include "push/credential_check.h"

#define SEND_URL "https://fcm.example.org:8443/v1/projects/%s/messages:send"
#define TOKEN_URI "https://oauth2.googleapis.com/token"

/* Keys in all their forms, made once. */
static char *p8, *ec_old, *p384, *rsa, *rsa1024, *locked, *public, *both,
    *trailing, *crlf, *bags, *cut, *with_parameters, *one_line, *spelt,
    *twice_spelt, *no_break, *indented, *marked, *old_locked,
    *rsa_spelt;
static char der[256];
static size_t der_len;

static char *
text_of(BIO *b)
{
	char *data, *copy;
	long len = BIO_get_mem_data(b, &data);

	copy = xcalloc(1, (size_t)len + 1);
	memcpy(copy, data, (size_t)len);
	(void)BIO_free(b);
	return copy;
}

static char *
pem_of(EVP_PKEY *k, const char *password)
{
	BIO *b = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(b, k,
	    password != NULL ? EVP_aes_128_cbc() : NULL, password,
	    password != NULL ? (int)strlen(password) : 0, NULL, NULL), 1);
	return text_of(b);
}

static char *
joined(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	char *both_of = xcalloc(1, n + m + 1);

	memcpy(both_of, a, n);
	memcpy(both_of + n, b, m);
	return both_of;
}

static char *
with_crlf(const char *s)
{
	char *out = xcalloc(2, strlen(s) + 1), *p = out;

	for (; *s != '\0'; *p++ = *s++)
		if (*s == '\n')
			*p++ = '\r';
	return out;
}

/* With each end of a line as told. */
static char *
with_ends(const char *s, const char *end)
{
	char *out = xcalloc(strlen(end) + 1, strlen(s) + 1), *p = out;

	for (; *s != '\0'; s++) {
		if (*s != '\n')
			*p++ = *s;
		else if (s[1] != '\0') /* not the last */
			p = stpcpy(p, end);
	}
	return out;
}

static char *
old_pem_of(EVP_PKEY *k, const char *password)
{
	BIO *b = BIO_new(BIO_s_mem());

	(void)PEM_write_bio_PrivateKey_traditional(b, k,
	    password != NULL ? EVP_aes_128_cbc() : NULL,
	    (const unsigned char *)password,
	    password != NULL ? (int)strlen(password) : 0, NULL, NULL);
	return text_of(b);
}

static int
make_keys(void **state)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *k384 = EVP_EC_gen("P-384");
	EVP_PKEY *r = EVP_RSA_gen(2048), *small = EVP_RSA_gen(1024);
	unsigned char *p = (unsigned char *)der;
	BIO *pub = BIO_new(BIO_s_mem());

	(void)state;
	p8 = pem_of(ec, NULL);
	p384 = pem_of(k384, NULL);
	rsa = pem_of(r, NULL);
	rsa1024 = pem_of(small, NULL);
	locked = pem_of(ec, "password");
	ec_old = old_pem_of(ec, NULL);
	old_locked = old_pem_of(ec, "password");
	(void)PEM_write_bio_PUBKEY(pub, ec);
	public = text_of(pub);
	both = joined(p8, p8);
	trailing = joined(p8, "and more\n");
	bags = joined("Bag Attributes\n    friendlyName: x\n", p8);
	with_parameters = joined("-----BEGIN EC PARAMETERS-----\n"
	    "BggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", ec_old);
	crlf = with_crlf(p8);
	one_line = with_ends(p8, " ");
	no_break = with_ends(p8, "");
	spelt = with_ends(p8, "\\n");
	rsa_spelt = with_ends(rsa, "\\n");
	twice_spelt = with_ends(p8, "\\\\r\\\\n");
	indented = with_ends(p8, "\n\t  ");
	marked = joined("\xef\xbb\xbf  ", indented);
	cut = joined(p8, "");
	cut[strlen(cut) - 30] = '\0';
	der_len = (size_t)i2d_PrivateKey(ec, &p);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(k384);
	EVP_PKEY_free(r);
	EVP_PKEY_free(small);
	return 0;
}

static int
free_keys(void **state)
{
	char *all[] = {p8, ec_old, p384, rsa, rsa1024, locked, public, both,
	    trailing, crlf, bags, cut, with_parameters, one_line, spelt,
	    twice_spelt, no_break, indented, marked, old_locked, rsa_spelt};

	(void)state;
	for (size_t i = 0; i < nitems(all); i++)
		free(all[i]);
	return 0;
}

/* why NULL: taken; else a part of the sentence. */
static void
check(const char *name, const struct err *e, const char *why)
{
	if (e != NULL && strstr(e->text, why != NULL ? why : "-") == NULL)
		fail_msg("row \"%s\": %s", name, e->text);
	CHECK(name, (e == NULL) == (why == NULL));
	CHECK(name, e == NULL || e->code == ERR_INVALID);
	CHECK(name, e == NULL || strstr(e->text, "MII") == NULL);
}

static void
keys_of_apns(void **state)
{
	const struct {
		const char *name, *pem, *why;
	} rows[] = {{"PKCS#8", p8, NULL}, {"CRLF", crlf, NULL},
	    {"a comment before", bags, NULL}, {"the older form", ec_old, NULL},
	    {"with parameters", with_parameters, NULL},
	    {"on one line", one_line, NULL},
	    {"without a break", no_break, NULL},
	    {"ends of lines spelt out", spelt, NULL},
	    {"and escaped again", twice_spelt, NULL},
	    {"indented", indented, NULL}, {"a byte order mark", marked, NULL},
	    {"empty", "", "is empty"}, {"blank", " \n", "is not PEM"},
	    {"words", "not a key", "is not PEM"},
	    {"P-384", p384, "\"secp384r1\", not on P-256"},
	    {"RSA", rsa, "not an EC key"}, {"RSA 1024", rsa1024, "not an EC"},
	    {"with a password", locked, "has a password"},
	    {"the older form with one", old_locked, "has a password"},
	    {"public", public, "is a public one"},
	    {"certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"
		"-----END CERTIFICATE-----\n", "is a certificate"},
	    {"SSH", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
		"-----END OPENSSH PRIVATE KEY-----\n", "is one of SSH"},
	    {"another thing", "-----BEGIN PGP MESSAGE-----\n", "is not a priv"},
	    {"two keys", both, "is not the only one"},
	    {"something behind", trailing, "behind its END"},
	    {"cut off", cut, "is cut off"},
	    {"no content", "-----BEGIN PRIVATE KEY-----\n"
		"-----END PRIVATE KEY-----\n", "not unencrypted PEM"},
	    {"bad content", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		"-----END PRIVATE KEY-----\n", "not unencrypted PEM"},
	    {"UTF-8", "\xc3\xa4", "is not text: byte 0 is none that PEM"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		check(rows[i].name, credential_check_apns_key(rows[i].pem,
		    strlen(rows[i].pem)), rows[i].why);
	check("DER", credential_check_apns_key(der, der_len), "(DER)");
	check("a NUL", credential_check_apns_key(p8, strlen(p8) + 1),
	      "is not text");
}

/* The text in UTF-16, most significant byte first or last. */
static size_t
utf16_of(const char *s, bool mark, bool big, char *into)
{
	size_t n = 0;

	if (mark) {
		memcpy(into, big ? "\xfe\xff" : "\xff\xfe", 2);
		n = 2;
	}
	for (; *s != '\0'; s++, n += 2) {
		into[n + (big ? 1 : 0)] = *s;
		into[n + (big ? 0 : 1)] = '\0';
	}
	return n;
}

static const char *
account(struct arena *a, const char *member, const char *value);

static void
files_in_utf16(void **state)
{
	struct arena *a = arena_new();
	const char *json = account(a, NULL, NULL);
	struct service_account s;
	char text[16384];
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		n = utf16_of(p8, i & 1, i & 2, text);
		check("a key", credential_check_apns_key(text, n), NULL);
		check("half a character",
		      credential_check_apns_key(text, n - 1), "UTF-16");
		text[n - 1 - (i & 2) / 2] = '\x21';
		text[n - 2 + (i & 2) / 2] = '\x21';
		check("no ASCII", credential_check_apns_key(text, n),
		      "UTF-16 and holds");
		n = utf16_of(json, i & 1, i & 2, text);
		check("an account",
		      credential_check_fcm_key(a, SEND_URL, text, n, &s), NULL);
	}
	check("a mark alone", credential_check_apns_key("\xff\xfe", 2),
	      "is empty");
	arena_free(a);
}

static void
names_of_apns(void **state)
{
	static const struct {
		const char *team, *key, *bundle, *why;
	} rows[] = {{"TEAM", "KEY", "com.example.app", NULL},
	    {NULL, "KEY", "b", "the team id is missing"},
	    {"T", "", "b", "the key id is missing"},
	    {"T", "K", NULL, "the bundle is missing"},
	    {"T", "K", " b", "the bundle has blanks"},
	    {"T", "K\n", "b", "the key id has blanks"},
	    {"T", "K", "b\r\nx: y", "the bundle has blanks"},
	    {"T\xc3\xa4", "K", "b", "the team id has blanks"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		check(rows[i].why != NULL ? rows[i].why : "good",
		    credential_check_apns_names(
			rows[i].team, rows[i].key, rows[i].bundle),
		    rows[i].why);
}

/* A service account, one member of it as told (NULL: left out). */
static const char *
account(struct arena *a, const char *member, const char *value)
{
	static const char *const names[] = {"type", "project_id",
	    "private_key_id", "private_key", "client_email", "token_uri"};
	const char *values[] = {"service_account", "p1", "k1", rsa,
	    "x@p1.iam.example.org", TOKEN_URI};
	struct json *j = json_new_object(a);

	for (size_t i = 0; i < nitems(names); i++)
		json_set_text(j, names[i], member != NULL &&
		    strcmp(member, names[i]) == 0 ? value : values[i]);
	return json_write(j, NULL);
}

static void
accounts_of_fcm(void **state)
{
	const struct {
		const char *name, *member, *value, *why;
	} rows[] = {{"good", NULL, NULL, NULL},
	    {"another type", "type", "authorized_user", "authorized_user"},
	    {"no key", "private_key", NULL, "no \"private_key\""},
	    {"an empty key", "private_key", "", "private key is empty"},
	    {"an EC key", "private_key", p8, "not an RSA key"},
	    {"RSA 1024", "private_key", rsa1024, "only 1024 bits"},
	    {"a key with a password", "private_key", locked, "a password"},
	    {"two keys", "private_key", both, "not the only one"},
	    {"a public key", "private_key", public, "public"},
	    {"ends of lines spelt out", "private_key", rsa_spelt, NULL},
	    {"no project", "project_id", NULL, "no \"project_id\""},
	    {"no mail", "client_email", NULL, "no \"client_email\""},
	    {"no key id", "private_key_id", NULL, "no \"private_key_id\""},
	    {"no token_uri", "token_uri", NULL, "no \"token_uri\""},
	    {"tokens in the clear", "token_uri",
		"http://oauth2.googleapis.com/token", "not an https URL"},
	    {"tokens from elsewhere", "token_uri",
		"https://169.254.169.254/token", "token_uri"}};
	struct arena *a = arena_new();
	struct service_account s;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *json = account(a, rows[i].member, rows[i].value);

		check(rows[i].name, credential_check_fcm_key(a, SEND_URL, json,
		    strlen(json), &s), rows[i].why);
	}
	check("no JSON",
	      credential_check_fcm_key(a, SEND_URL, p8, strlen(p8), &s),
	      "JSON");
	check("empty", credential_check_fcm_key(a, SEND_URL, "", 0, &s),
	      "JSON");
	check("a list", credential_check_fcm_key(a, SEND_URL, "[]", 2, &s),
	      "no \"");
	check("no object", credential_check_fcm_key(a, SEND_URL, "3", 1, &s),
	      "no \"");
	arena_free(a);
}

static void
projects_of_fcm(void **state)
{
	static const struct service_account s = {.project_id = "p1"};
	static const struct {
		const char *project, *doubt; /* NULL: none */
	} rows[] = {{"p1", NULL}, {"p2", "\"p1\", not of \"p2\""},
	    {"P1", "\"p1\", not of \"P1\""},
	    {"123456789012", "\"p1\"; whether that is number 123456789012"},
	    {"12a", "\"p1\", not of \"12a\""}};
	struct arena *a = arena_new();
	const char *doubt;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		check(rows[i].project, credential_check_fcm_project(a, &s,
		    rows[i].project, &doubt), NULL);
		CHECK(rows[i].project, rows[i].doubt == NULL ? doubt == NULL
			: strstr(doubt, rows[i].doubt) != NULL);
	}
	check("none", credential_check_fcm_project(a, &s, NULL, &doubt),
	      "is missing");
	check("a step up", credential_check_fcm_project(a, &s, "..", &doubt),
	    "the project id is none: it has neither letters nor digits");
	check("a path", credential_check_fcm_project(a, &s, "../p1", &doubt),
	    "other characters");
	arena_free(a);
}

static void
token_uris(void **state)
{
	static const struct {
		const char *uri;
		bool ok;
	} rows[] = {{TOKEN_URI, true},
	    {"https://accounts.google.com/o/oauth2/token", true},
	    {"https://www.googleapis.com/oauth2/v4/token", true},
	    {"https://googleapis.com/token", true},
	    {"https://fcm.example.org:8443/token", true},
	    {"https://FCM.example.org:8443/token", true},
	    {"https://fcm.example.org/token", false},
	    {"https://fcm.example.org:8444/token", false},
	    {"https://example.org/token", false},
	    {"https://evilgoogleapis.com/token", false},
	    {"https://.googleapis.com/token", false},
	    {"https://oauth2.googleapis.com:8443/token", false},
	    {"https://oauth2.googleapis.com.example.org/token", false},
	    {"https://oauth2.googleapis.com@example.org/token", false},
	    {"https://example.org\\.googleapis.com/token", false},
	    {"https://example.org#.googleapis.com/token", false},
	    {"https://example.org?.googleapis.com/token", false},
	    {"https://accounts.google.com.example.org/", false},
	    {"https://x.accounts.google.com/", false},
	    {"https://localhost/token", false}, {"https:///token", false},
	    {"https://", false}, {"http://oauth2.googleapis.com/", false},
	    {"", false}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i].uri,
		      (credential_check_token_uri(rows[i].uri, SEND_URL) ==
		       NULL) == rows[i].ok);
	assert_null(credential_check_token_uri(TOKEN_URI, NULL));
	assert_non_null(credential_check_token_uri("https:///", NULL));
}

static void
clients_of_hms(void **state)
{
	static const struct {
		const char *project, *id, *secret, *why;
	} rows[] = {{"HMS123", "oAuth 2.0 client ID", "a secret", NULL},
	    {NULL, "i", "s", "the project id is missing"},
	    {"a/b", "i", "s", "the project id is none"},
	    {"a b", "i", "s", "the project id is none"},
	    {"..", "i", "s", "the project id is none"},
	    {"p", "", "s", "the client id is missing"},
	    {"p", "i", NULL, "the client secret is missing"},
	    {"p", " i", "s", "the client id has blanks"},
	    {"p", "i", "s ", "the client secret has blanks"},
	    {"p", "i", " ", "the client secret has blanks"},
	    {"p", "i", "s\n", "the client secret has blanks"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		check(rows[i].why != NULL ? rows[i].why : "good",
		    credential_check_hms(
			rows[i].project, rows[i].id, rows[i].secret),
		    rows[i].why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_of_apns),
	    cmocka_unit_test(files_in_utf16),
	    cmocka_unit_test(names_of_apns),
	    cmocka_unit_test(accounts_of_fcm),
	    cmocka_unit_test(projects_of_fcm),
	    cmocka_unit_test(token_uris),
	    cmocka_unit_test(clients_of_hms),
	};

	return cmocka_run_group_tests_name("vet", tests, make_keys, free_keys);
}
