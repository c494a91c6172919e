/* SPDX-License-Identifier: MIT */
/* The vectors of RFC 8291, appendix A, each value; further ones with the same
 * keys; that of RFC 8188, section 3.1; and that of RFC 8292. */
#include "push/webpush_cipher.h"

#include "push/vapid.h"

#include "unit.h"

static void
bytes_of(const char *text, unsigned char *out, size_t size)
{
	struct buf b = BUF(8192);

	assert_true(crypto_unbase64_any(text, strlen(text), &b));
	assert_int_equal(b.len, size);
	memcpy(out, b.data, size);
	buf_done(&b);
}

#define IS(value, text) assert_same(value, sizeof(value), text)

static void
assert_same(const unsigned char *value, size_t len, const char *text)
{
	struct buf b = BUF(8192);

	assert_true(crypto_base64url(value, len, &b));
	assert_string_equal(buf_str(&b), text);
	buf_done(&b);
}

static const char sentence[] = "When I grow up, I want to be a watermelon";
static struct cipher_for browser;
static unsigned char salt[CIPHER_SALT];
static struct crypto_pair *server, *theirs;

static int
begin(void **state)
{
	unsigned char scalar[CRYPTO_SCALAR];

	(void)state;
	bytes_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", scalar, 32);
	server = crypto_pair_of(scalar);
	bytes_of("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", scalar, 32);
	theirs = crypto_pair_of(scalar);
	bytes_of("BTBZMqHH6r4Tts7J_aSIgg", browser.auth, 16);
	bytes_of("DGv6ra1nlYgDCS1FRnbzlw", salt, sizeof salt);
	crypto_pair_point(theirs, browser.point);
	return server == NULL || theirs == NULL;
}

static int
end(void **state)
{
	(void)state;
	crypto_pair_free(server);
	crypto_pair_free(theirs);
	return 0;
}

static void
each_value(void **state)
{
	unsigned char sender[CRYPTO_P256_POINT], back[CRYPTO_SHARED];
	unsigned char info[CIPHER_KEY_INFO];
	struct cipher_keys k;

	(void)state;
	crypto_pair_point(server, sender);
	IS(browser.point, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AY"
	    "WXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
	IS(sender, "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocIn"
	    "mYWAmS6TlzAC8wEqKK6PBru3jl7A8");
	assert_true(crypto_pair_agree(server, browser.point, k.ecdh));
	assert_true(crypto_pair_agree(theirs, sender, back));
	assert_memory_equal(k.ecdh, back, sizeof back);
	cipher_derive(&k, &browser, sender, salt);
	IS(k.ecdh, "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
	IS(k.prk_key, "Snr3JMxaHVDXHWJn5wdC52WjpCtd2EIEGBykDcZW32k");
	IS(k.ikm, "S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg");
	IS(k.prk, "09_eUZGrsvxChDCGRCdkLiDXrReGOEVeSCdCcPBSJSc");
	IS(k.cek, "oIhVW04MRdy2XN9CiKLxTg");
	IS(k.nonce, "4h_95klXJ5E_qnoN");
	cipher_key_info(&browser, sender, info);
	IS(info, "V2ViUHVzaDogaW5mbwAEJXGyvs3942BVGq8e0PTNNmwRzr5VX4m8t7GGpTM5"
	    "FzFo7OLr4BhZe9MEebhuPI-OztV3ylkYfpJGmQ22ggCLDgT-M_SrDepxkU21WCP3"
	    "O1SUj0EwbZIHMtu5pZpTKGSCIA5Zent7wmC6HCJ5mFgJkuk5cwAvMBKiiujwa7t4"
	    "5ewP");
	assert_same((const unsigned char *)cipher_cek_info,
	    sizeof cipher_cek_info, "Q29udGVudC1FbmNvZGluZzogYWVzMTI4Z2NtAA");
	assert_same((const unsigned char *)cipher_nonce_info,
	    sizeof cipher_nonce_info, "Q29udGVudC1FbmNvZGluZzogbm9uY2UA");
}

/* RFC 8188, section 3.1: no key but the one that is agreed on, so the header
 * has no key either. */
static void
without_a_browser(void **state)
{
	static const char walrus[] = "I am the walrus\2";
	enum { HEADER = CIPHER_SALT + 4 + 1, LEN = sizeof walrus - 1 };
	unsigned char body[HEADER + LEN + CRYPTO_TAG], secret[16];
	unsigned char plain[LEN], again[LEN + CRYPTO_TAG];
	struct cipher_keys k;

	(void)state;
	bytes_of("yqdlZ-tYemfogSmv7Ws5PQ", secret, sizeof secret);
	bytes_of("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB"
	    "1PD-ly8Thjg", body, sizeof body);
	cipher_content_keys(&k, secret, sizeof secret, body);
	IS(k.prk, "zyeH5phsIsgUyd4oiSEIy35x-gIi4aM7y0hCF8mwn9g");
	IS(k.cek, "_wniytB-ofscZDh4tbSjHw");
	IS(k.nonce, "Bcs8gkIRKLI8GeI8");
	assert_true(crypto_decrypt128(k.cek, k.nonce, body + HEADER, LEN,
	    body + HEADER + LEN, plain));
	assert_memory_equal(plain, walrus, LEN);
	crypto_encrypt128(k.cek, k.nonce, walrus, LEN, again, again + LEN);
	assert_memory_equal(again, body + HEADER, sizeof again);
}

/* The length of the body; the body itself in it. */
static size_t
seal(const char *message, size_t len, size_t padded, unsigned char *body)
{
	memcpy(body + CIPHER_HEADER, message, len);
	return cipher_seal(server, salt, &browser, body, len, padded);
}

static void
the_bodies(void **state)
{
	unsigned char body[CIPHER_RECORD + 64];
	static const char most[CIPHER_PLAIN_MAX];
	size_t len = strlen(sentence);

	(void)state;
	assert_int_equal(seal(sentence, len, len, body), 144);
	assert_same(body, 144,
	    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7"
	    "VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
	    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs"
	    "j_Qulcy4a-fN");
	assert_int_equal(seal("{\"t\":1}", 7, 63, body), 166);
	assert_same(body + CIPHER_HEADER, 80, "3t3PF1jj5xQhvNOOedolP50FhNXbNWqp"
	    "5ZMYfOHakCuUvz5YQ2AOujZhkq5_r-A7eW-FeIFl0-rLFZWr-BpJjJZ-musltT-rU"
	    "CxzN9EDi-s");
	assert_int_equal(CIPHER_PLAIN_MAX, 3993);
	assert_int_equal(seal(most, CIPHER_PLAIN_MAX, CIPHER_PLAIN_MAX, body),
	    4096);
}

/* Can the browser's side open it? */
static bool
opens(const unsigned char *body, size_t n, const struct cipher_for *of)
{
	unsigned char plain[256];
	struct cipher_keys k;
	size_t len = n - CIPHER_HEADER - CRYPTO_TAG;

	assert_true(crypto_pair_agree(theirs, body + 21, k.ecdh));
	cipher_derive(&k, of, body + 21, body);
	return crypto_decrypt128(k.cek, k.nonce, body + CIPHER_HEADER, len,
	    body + n - CRYPTO_TAG, plain) && plain[strlen(sentence)] == 2 &&
	    memcmp(plain, sentence, strlen(sentence)) == 0;
}

static void
what_does_not_open(void **state)
{
	unsigned char body[512];
	size_t len = strlen(sentence), n = seal(sentence, len, len, body);
	struct cipher_for other = browser;

	(void)state;
	assert_true(opens(body, n, &browser));
	memset(other.auth, 0, sizeof other.auth);
	assert_false(opens(body, n, &other));
	body[n - 1] ^= 1;
	assert_false(opens(body, n, &browser));
}

static void
points(void **state)
{
	unsigned char body[512] = {0};
	struct cipher_for off = browser;

	(void)state;
	off.point[CRYPTO_P256_POINT - 1] ^= 1;
	assert_int_equal(cipher_seal(server, salt, &off, body, 4, 4), 0);
	assert_false(crypto_p256_point(off.point));
	memset(off.point + 1, 0, CRYPTO_P256_POINT - 1);
	assert_int_equal(cipher_seal(server, salt, &off, body, 4, 4), 0);
	assert_false(crypto_p256_point(off.point));
	assert_true(crypto_p256_point(browser.point));
}

static void
paddings(void **state)
{
	(void)state;
	assert_int_equal(cipher_padded(1), 256);
	assert_int_equal(cipher_padded(256), 256);
	assert_int_equal(cipher_padded(257), 512);
	assert_int_equal(cipher_padded(3900), CIPHER_PLAIN_MAX);
	assert_int_equal(cipher_padded(CIPHER_PLAIN_MAX), CIPHER_PLAIN_MAX);
}

/* --- VAPID ------------------------------------------------------------- */

#define CLAIMS                                                                 \
	"eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9."                                \
	"eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3"     \
	"NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0"

static void
published_token(void **state)
{
	unsigned char point[CRYPTO_P256_POINT], signature[64];

	(void)state;
	bytes_of("BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU"
	    "_RCPCfA5aq9ojSwk5Y2EmClBPs", point, sizeof point);
	bytes_of("i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErt"
	    "mysazNjjvW2L9OkSSHzvoD1oA", signature, sizeof signature);
	assert_true(crypto_verify(point, CLAIMS, strlen(CLAIMS), signature));
	signature[63] ^= 1;
	assert_false(crypto_verify(point, CLAIMS, strlen(CLAIMS), signature));
}

/* Ours has the same claims, and a signature that the published key's owner
 * could check. */
static void
our_token(void **state)
{
	static const char raw[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
	unsigned char point[CRYPTO_P256_POINT], signature[64];
	struct buf t = BUF(1024), text = BUF(100);
	struct crypto_key *key;
	char public[VAPID_PUBLIC], *dot;

	(void)state;
	assert_null(vapid_key_read(raw, strlen(raw), &key));
	vapid_public(key, public);
	assert_true(crypto_key_point(key, point));
	IS(point, public);
	assert_null(vapid_sign(key, "https://push.example.net",
	    "mailto:push@example.com", 1453523768, &t));
	assert_true(strncmp(t.data, "t=" CLAIMS ".", strlen(CLAIMS) + 3) == 0);
	dot = t.data + strlen(CLAIMS) + 3;
	assert_true(buf_add(&text, dot, strcspn(dot, ",")));
	assert_string_equal(dot + text.len + strlen(", k="), public);
	bytes_of(text.data, signature, sizeof signature);
	assert_true(crypto_verify(point, CLAIMS, strlen(CLAIMS), signature));
	crypto_key_free(key);
	buf_done(&text);
	buf_done(&t);
}

static void
keys_in_pem(void **state)
{
	struct buf pem = BUF(2048);
	struct crypto_key *key;
	unsigned char zero[CRYPTO_SCALAR] = {0};

	(void)state;
	assert_null(crypto_key_new(&pem));
	assert_null(vapid_key_read(pem.data, pem.len, &key));
	crypto_key_free(key);
	buf_wipe(&pem);
	assert_non_null(vapid_key_read((const char *)zero, sizeof zero, &key));
	assert_non_null(vapid_key_read("AAAA", 4, &key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_value),
	    cmocka_unit_test(without_a_browser),
	    cmocka_unit_test(the_bodies), cmocka_unit_test(what_does_not_open),
	    cmocka_unit_test(points), cmocka_unit_test(paddings),
	    cmocka_unit_test(published_token), cmocka_unit_test(our_token),
	    cmocka_unit_test(keys_in_pem)};

	return cmocka_run_group_tests(tests, begin, end);
}
