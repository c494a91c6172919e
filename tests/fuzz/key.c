/* SPDX-License-Identifier: MIT */
/*
 * Signing keys as an operator uploads them, and what is signed by them.
 * Input: "e" or "r" for the kind, then a line feed and PEM, or "E" or "R",
 * a line feed and the DER that is to be put into PEM (which mutates better).
 */
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/json.h"
#include "push/jwt.h"
#include "push/key.h"
#include "tests/fuzz/fuzz.h"

static void
wrap(const char *der, size_t len, struct buf *pem)
{
	struct buf text = BUF(1 << 20);

	MUST(crypto_base64(der, len, &text));
	MUST(buf_text(pem, "-----BEGIN PRIVATE KEY-----\n"));
	for (size_t i = 0; i < text.len; i += 64)
		MUST(buf_fmt(pem, "%.64s\n", text.data + i));
	MUST(buf_text(pem, "-----END PRIVATE KEY-----\n"));
	buf_done(&text);
}

/* The 64 bytes r||s as OpenSSL wants them. */
static int
der_of(const struct buf *raw, unsigned char **der)
{
	const unsigned char *p = (const unsigned char *)raw->data;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int n;

	MUST(raw->len == 64);
	MUST(ECDSA_SIG_set0(sig, BN_bin2bn(p, 32, NULL),
	    BN_bin2bn(p + 32, 32, NULL)) == 1);
	n = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return n;
}

/* By OpenSSL's own reading of the key, where its halves belong together. */
static void
check_signature(const struct buf *pem, enum crypto_alg alg,
    const struct buf *signature)
{
	BIO *bio = BIO_new_mem_buf(buf_str(pem), (int)pem->len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
	EVP_PKEY_CTX *pair = EVP_PKEY_CTX_new(key, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	const unsigned char *s = (const unsigned char *)signature->data;
	size_t n = signature->len;

	if (alg == CRYPTO_ES256) {
		n = (size_t)der_of(signature, &der);
		s = der;
	}
	if (EVP_PKEY_check(pair) == 1)
		MUST(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
			key) == 1 &&
		    EVP_DigestVerify(ctx, s, n, (const unsigned char *)"said",
			4) == 1);
	ERR_clear_error();
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_CTX_free(pair);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

/* Three parts, of which the first two are JSON. */
static void
check_jwt(const struct crypto_key *key)
{
	struct buf jwt = BUF(1 << 16), part = BUF(1 << 16);
	struct json *root = NULL;
	size_t first;

	if (jwt_apns(key, "KEYID12345", "TEAMID1234", 1764000000, &jwt) ==
	    NULL) {
		first = strcspn(jwt.data, ".");
		MUST(jwt.len - first > 2 && strspn(jwt.data, "ABCDEFGHIJKLMN"
		    "OPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") ==
		    jwt.len);
		for (size_t i = 0; i < first; i++)
			if (jwt.data[i] == '-' || jwt.data[i] == '_')
				jwt.data[i] = jwt.data[i] == '-' ? '+' : '/';
		MUST(crypto_unbase64(jwt.data, first, &part));
		MUST(json_parse(NULL, part.data, part.len, 4, &root) == NULL);
		MUST(strcmp(json_text(json_get(root, "kid"), ""),
		    "KEYID12345") == 0);
		json_free(root);
	}
	buf_done(&part);
	buf_done(&jwt);
}

static void
use(const struct buf *pem, enum crypto_alg alg)
{
	struct buf signature = BUF(4096);
	struct crypto_key *key = NULL;

	if (crypto_key_read(alg, pem->data, pem->len, &key) != NULL) {
		MUST(key == NULL);
		return;
	}
	if (crypto_sign(key, "said", 4, &signature) == NULL)
		check_signature(pem, alg, &signature);
	if (alg == CRYPTO_ES256)
		check_jwt(key);
	crypto_key_free(key);
	buf_done(&signature);
}

/* As people bring it, which forgives more; of PEM that is as it should be it
 * thinks as OpenSSL does. */
static void
read_as_brought(const struct buf *pem, enum crypto_alg alg, bool clean)
{
	struct crypto_key *key = NULL, *plain = NULL;
	bool good = key_read(alg, pem->data, pem->len, &key) == NULL;

	MUST(good == (key != NULL));
	if (clean)
		MUST(good == (crypto_key_read(alg, pem->data, pem->len,
		    &plain) == NULL));
	crypto_key_free(plain);
	crypto_key_free(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf pem = BUF(1 << 20);
	struct input in = {data, size};
	const char *kind = input_line(&in), *s;
	enum crypto_alg alg;
	size_t len;

	s = input_rest(&in, &len);
	if (*kind == 'E' || *kind == 'R')
		wrap(s, len, &pem);
	else
		MUST(buf_add(&pem, s, len));
	alg = *kind == 'R' || *kind == 'r' ? CRYPTO_RS256 : CRYPTO_ES256;
	if (pem.data != NULL) {
		use(&pem, alg);
		read_as_brought(&pem, alg, *kind == 'E' || *kind == 'R');
	}
	buf_done(&pem);
	input_done(&in);
	return 0;
}
