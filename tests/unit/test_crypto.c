/* SPDX-License-Identifier: MIT */
#include "lib/crypto.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/text.h"
#include "unit.h"

static void
digests(void **state)
{
	unsigned char hash[32];
	char hex[65];

	(void)state;
	crypto_sha256("abc", 3, hash); /* FIPS 180-2, B.1 */
	text_hex(hash, 32, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
	assert_true(crypto_equal("abc", "abc", 3));
	assert_false(crypto_equal("abc", "abd", 3));
	assert_true(crypto_equal("a", "b", 0));
}

static void
base64(void **state)
{
	static const struct {
		const char *plain, *text, *url;
	} rows[] = {/* RFC 4648, section 10 */
	    {"", "", ""}, {"f", "Zg==", "Zg"}, {"fo", "Zm8=", "Zm8"},
	    {"foo", "Zm9v", "Zm9v"}, {"foob", "Zm9vYg==", "Zm9vYg"},
	    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
	    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	    {"\xfb\xff\xbf", "+/+/", "-_-_"}};
	struct buf b = BUF(64);

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		size_t len = strlen(rows[i].plain);

		assert_true(crypto_base64(rows[i].plain, len, &b));
		assert_string_equal(buf_str(&b), rows[i].text);
		buf_reset(&b);
		assert_true(crypto_base64url(rows[i].plain, len, &b));
		assert_string_equal(buf_str(&b), rows[i].url);
		buf_reset(&b);
		assert_true(crypto_unbase64(rows[i].text,
		    strlen(rows[i].text), &b));
		assert_int_equal(b.len, len);
		assert_memory_equal(buf_str(&b), rows[i].plain, len);
		buf_reset(&b);
	}
	buf_done(&b);
}

static void
base64_refused(void **state)
{
	static const char *const rows[] = {"Z", "Zg=", "Zg===", "=", "====",
	    "Zm9v\n", " Zm9v", "Zm 9v", "Zm9-", "Zm9_", "Z===", "Zg==Zg==",
	    "Zm9vY", "Zm9v=", "Zh==\x80"};
	struct buf b = BUF(64);

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		CHECK(rows[i],
		    !crypto_unbase64(rows[i], strlen(rows[i]), &b));
		buf_reset(&b);
	}
	assert_true(crypto_unbase64("Zg", 2, &b)); /* padding is optional */
	assert_string_equal(buf_str(&b), "f");
	buf_done(&b);
}

/* --- signatures ------------------------------------------------------- */

static char *
pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *pem;
	long len;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0,
	    NULL, NULL), 1);
	len = BIO_get_mem_data(bio, &data);
	pem = xcalloc(1, (size_t)len + 1);
	memcpy(pem, data, (size_t)len);
	BIO_free(bio);
	return pem;
}

static bool
verifies(EVP_PKEY *key, const void *data, size_t len, const void *signature,
    size_t signature_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
	    key) == 1 && EVP_DigestVerify(ctx, signature, signature_len, data,
	    len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

/* r||s back to DER, for OpenSSL. */
static size_t
der_of(const unsigned char *raw, unsigned char **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len;

	(void)ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL),
	    BN_bin2bn(raw + 32, 32, NULL));
	*der = NULL;
	len = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return (size_t)len;
}

static void
es256(void **state)
{
	EVP_PKEY *made = EVP_EC_gen("P-256");
	char *pem = pem_of(made);
	struct crypto_key *key = NULL;
	struct buf b = BUF(1024);

	(void)state;
	assert_null(crypto_key_read(CRYPTO_ES256, pem, strlen(pem), &key));
	/* often enough to meet halves with leading zeros */
	for (int i = 0; i < 600; i++) {
		unsigned char *der;
		size_t len;

		buf_reset(&b);
		assert_null(crypto_sign(key, &i, sizeof i, &b));
		assert_int_equal(b.len, 64);
		len = der_of((unsigned char *)b.data, &der);
		assert_true(verifies(made, &i, sizeof i, der, len));
		OPENSSL_free(der);
	}
	buf_done(&b);
	crypto_key_free(key);
	EVP_PKEY_free(made);
	free(pem);
}

static void
rs256(void **state)
{
	EVP_PKEY *made = EVP_RSA_gen(2048);
	char *pem = pem_of(made);
	struct crypto_key *key = NULL;
	struct buf b = BUF(1024);

	(void)state;
	assert_null(crypto_key_read(CRYPTO_RS256, pem, strlen(pem), &key));
	assert_null(crypto_sign(key, "abc", 3, &b));
	assert_int_equal(b.len, 256);
	assert_true(verifies(made, "abc", 3, b.data, b.len));
	assert_false(verifies(made, "abd", 3, b.data, b.len));
	buf_done(&b);
	crypto_key_free(key);
	key = NULL;
	assert_non_null(crypto_key_read(CRYPTO_ES256, pem, strlen(pem), &key));
	assert_null(key);
	EVP_PKEY_free(made);
	free(pem);
}

static void
wrong_keys(void **state)
{
	EVP_PKEY *curve = EVP_EC_gen("P-384"), *small = EVP_RSA_gen(1024);
	char *pem[] = {pem_of(curve), pem_of(small), xstrdup(""),
	    xstrdup("not a key"), xstrdup("-----BEGIN PRIVATE KEY-----\n"
		"AAAA\n-----END PRIVATE KEY-----\n")};

	(void)state;
	for (size_t i = 0; i < nitems(pem); i++) {
		struct crypto_key *key = NULL;

		CHECK(pem[i], crypto_key_read(CRYPTO_ES256, pem[i],
		    strlen(pem[i]), &key) != NULL && key == NULL);
		CHECK(pem[i], crypto_key_read(CRYPTO_RS256, pem[i],
		    strlen(pem[i]), &key) != NULL && key == NULL);
		free(pem[i]);
	}
	EVP_PKEY_free(curve);
	EVP_PKEY_free(small);
	crypto_key_free(NULL);
}

/* RFC 6979 A.2.5, P-256 with SHA-256 of "sample": both halves need a zero
 * before them in DER. */
static void
der_to_raw(void **state)
{
	static const char r[] = "EFD48B2AACB6A8FD1140DD9CD45E81D6"
				"9D2C877B56AAF991C34D0EA84EAF3716",
			  s[] = "F7CB1C942D657C41D436C7A1B6E29F65"
				"F3E900DBB9AFF4064DC4AB2F843ACDA8";
	unsigned char want[64], raw[64], *der;
	size_t len;

	(void)state;
	assert_true(text_unhex(r, want, 32));
	assert_true(text_unhex(s, want + 32, 32));
	len = der_of(want, &der);
	assert_int_equal(len, 72);
	assert_true(crypto_der_to_raw(der, len, raw));
	assert_memory_equal(raw, want, 64);
	assert_false(crypto_der_to_raw(der, len - 1, raw));
	assert_false(crypto_der_to_raw(der + 1, len - 1, raw));
	assert_false(crypto_der_to_raw((const unsigned char *)"", 0, raw));
	OPENSSL_free(der);
	memset(want, 0, sizeof want); /* short halves are filled up */
	want[31] = 7;
	want[62] = 1;
	len = der_of(want, &der);
	assert_true(crypto_der_to_raw(der, len, raw));
	assert_memory_equal(raw, want, 64);
	OPENSSL_free(der);
}

/* --- AES-256-GCM ------------------------------------------------------ */

/* The GCM specification's test case 16 has more; here is its case 14: 16
 * zero bytes under a zero key and nonce. */
static void
gcm(void **state)
{
	static const unsigned char zero[CRYPTO_AES_KEY];
	unsigned char want[16], out[16], tag[16], back[16];

	(void)state;
	crypto_encrypt(zero, zero, "", 0, zero, 16, out, tag);
	assert_true(text_unhex("cea7403d4d606b6e074ec5d3baf39d18", want, 16));
	assert_memory_equal(out, want, 16);
	assert_true(text_unhex("d0d1c8a799996bf0265b98b5d48ab919", want, 16));
	assert_memory_equal(tag, want, 16);
	assert_true(crypto_decrypt(zero, zero, "", 0, out, 16, tag, back));
	assert_memory_equal(back, zero, 16);
	tag[0] ^= 1;
	assert_false(crypto_decrypt(zero, zero, "", 0, out, 16, tag, back));
	assert_memory_equal(back, zero, 16); /* wiped */
}

/* RFC 8291's key of a browser, and what is none. */
static void
points(void **state)
{
	static const char key[] = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUz"
	    "ORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
	struct buf b = BUF(CRYPTO_P256_POINT);
	unsigned char point[CRYPTO_P256_POINT], none[CRYPTO_P256_POINT] = {4};

	(void)state;
	assert_true(crypto_unbase64_any(key, strlen(key), &b));
	assert_int_equal(b.len, sizeof point);
	memcpy(point, b.data, sizeof point);
	buf_done(&b);
	assert_true(crypto_p256_point(point));
	point[64] ^= 1;
	assert_false(crypto_p256_point(point));
	point[64] ^= 1;
	point[0] = 6; /* the hybrid form */
	assert_false(crypto_p256_point(point));
	assert_false(crypto_p256_point(none));
	none[0] = 0; /* infinity */
	assert_false(crypto_p256_point(none));
	memset(none, 0xff, sizeof none);
	none[0] = 4;
	assert_false(crypto_p256_point(none));
}

/* RFC 4231, case 1: zeros behind a key are as if they were not there. */
static void
mac(void **state)
{
	static const unsigned char key[CRYPTO_MAC_KEY] = {
	    11, 11, 11, 11, 11, 11, 11, 11, 11, 11,
	    11, 11, 11, 11, 11, 11, 11, 11, 11, 11};
	unsigned char want[32], out[32];

	(void)state;
	assert_true(text_unhex("b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7", want, 32));
	crypto_hmac(key, "Hi There", 8, out);
	assert_memory_equal(out, want, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests),	  cmocka_unit_test(base64),
	    cmocka_unit_test(base64_refused), cmocka_unit_test(es256),
	    cmocka_unit_test(rs256),	  cmocka_unit_test(wrong_keys),
	    cmocka_unit_test(der_to_raw), cmocka_unit_test(gcm),
	    cmocka_unit_test(points),     cmocka_unit_test(mac),
	};

	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
