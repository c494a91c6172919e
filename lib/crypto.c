/* SPDX-License-Identifier: MIT */
#include "lib/crypto.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "lib/crypto_part.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

void
crypto_random(void *bytes, size_t n)
{
	if (RAND_bytes(bytes, (int)n) != 1)
		fatalx("no random bytes to be had");
}

/* Fetching the algorithm and making a context takes longer than a short
 * digest: each thread does it once, and its context is freed when it ends. */
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static pthread_key_t sha256_key;

static void
free_context(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void
make_sha256_key(void)
{
	if (pthread_key_create(&sha256_key, free_context) != 0)
		fatalx("no room for a thread's own data");
}

static EVP_MD_CTX *
sha256_context(void)
{
	EVP_MD_CTX *ctx;

	(void)pthread_once(&sha256_once, make_sha256_key);
	if ((ctx = pthread_getspecific(sha256_key)) != NULL)
		return ctx;
	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL) != 1 ||
	    pthread_setspecific(sha256_key, ctx) != 0)
		fatalx("SHA-256 is not available");
	return ctx;
}

void
crypto_sha256(const void *data, size_t len, unsigned char out[32])
{
	EVP_MD_CTX *ctx = sha256_context();

	if (EVP_DigestInit_ex2(ctx, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, data, len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		fatalx("SHA-256 does not work");
}

void
crypto_hmac(const unsigned char key[CRYPTO_MAC_KEY], const void *data,
    size_t len, unsigned char out[32])
{
	if (HMAC(EVP_sha256(), key, CRYPTO_MAC_KEY, data, len, out, NULL) ==
	    NULL)
		fatalx("HMAC-SHA256 does not work");
}

bool
crypto_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

bool
crypto_base64(const void *data, size_t len, struct buf *into)
{
	char *text = xmalloc(len / 3 * 4 + 5);
	int n = EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	bool fits = buf_add(into, text, (size_t)n);

	free(text);
	return fits;
}

bool
crypto_base64url(const void *data, size_t len, struct buf *into)
{
	char *text = xmalloc(len / 3 * 4 + 5);
	int n = EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	bool fits;

	while (n > 0 && text[n - 1] == '=')
		n--;
	for (int i = 0; i < n; i++)
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	fits = buf_add(into, text, (size_t)n);
	free(text);
	return fits;
}

static int
base64_digit(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' :
	    c >= 'a' && c <= 'z'    ? c - 'a' + 26 :
	    c >= '0' && c <= '9'    ? c - '0' + 52 :
	    c == '+'		    ? 62 :
	    c == '/'		    ? 63 :
				      -1;
}

/* Written by hand, because EVP_DecodeBlock accepts spaces; and each call with
 * credentials decodes. */
bool
crypto_unbase64(const char *text, size_t len, struct buf *into)
{
	size_t pad = 0, body = len, n = 0;
	unsigned bits = 0, n_bits = 0;
	unsigned char out[96];
	bool ok = true;

	while (body > 0 && pad < 2 && text[body - 1] == '=') {
		body--;
		pad++;
	}
	if ((pad > 0 && len % 4 != 0) || body % 4 == 1)
		return false;
	for (size_t i = 0; ok && i < body; i++) {
		int digit = base64_digit(text[i]);

		bits = bits << 6 | ((unsigned)digit & 63);
		n_bits += 6;
		if (n_bits >= 8)
			out[n++] = (unsigned char)(bits >> (n_bits -= 8));
		ok = digit >= 0;
		if (n == sizeof out) {
			ok = ok && buf_add(into, out, n);
			n = 0;
		}
	}
	ok = ok && buf_add(into, out, n);
	OPENSSL_cleanse(out, sizeof out);
	return ok;
}

bool
crypto_unbase64_any(const char *text, size_t len, struct buf *into)
{
	char *standard = xmalloc(len + 1);
	bool ok;

	for (size_t i = 0; i < len; i++)
		standard[i] = (char)(text[i] == '-' ? '+'
		    : text[i] == '_'		    ? '/'
						    : text[i]);
	ok = crypto_unbase64(standard, len, into);
	OPENSSL_cleanse(standard, len);
	free(standard);
	return ok;
}

/* --- points ----------------------------------------------------------- */

bool
crypto_p256_point(const unsigned char point[CRYPTO_P256_POINT])
{
	OSSL_PARAM of[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		(char *)(uintptr_t) "prime256v1", 0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		(void *)(uintptr_t)point, CRYPTO_P256_POINT),
	    OSSL_PARAM_construct_end()};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;
	bool is = ctx != NULL && point[0] == POINT_CONVERSION_UNCOMPRESSED &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, of) == 1;

	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return is;
}

/* --- signing keys ----------------------------------------------------- */

static const struct err *
check_kind(enum crypto_alg alg, EVP_PKEY *pkey)
{
	char group[64] = "";

	if (alg == CRYPTO_RS256) {
		if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
			return err_new(ERR_INVALID,
			    "the key is not an RSA key");
		if (EVP_PKEY_get_bits(pkey) < 2048)
			return err_new(ERR_INVALID,
			    "the RSA key has only %d bits",
			    EVP_PKEY_get_bits(pkey));
		return NULL;
	}
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC)
		return err_new(ERR_INVALID, "the key is not an EC key");
	(void)EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL);
	if (strcmp(group, "prime256v1") != 0)
		return err_new(ERR_INVALID,
		    "the EC key is on curve \"%s\", not on P-256", group);
	return NULL;
}

/* Never ask for a password: an encrypted key is unreadable. */
static int
no_password(char *into, int size, int writing, void *arg)
{
	(void)into;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

const struct err *
crypto_key_read(enum crypto_alg alg, const char *pem, size_t len,
    struct crypto_key **key)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	const struct err *e;
	EVP_PKEY *pkey;

	if (bio == NULL)
		return err_new(ERR_FAULT, "no memory for a key");
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey == NULL)
		return err_new(ERR_INVALID,
		    "the private key is not unencrypted PEM (PKCS#8)");
	if ((e = check_kind(alg, pkey)) != NULL) {
		EVP_PKEY_free(pkey);
		return e;
	}
	*key = xcalloc(1, sizeof **key);
	(*key)->pkey = pkey;
	(*key)->alg = alg;
	return NULL;
}

void
crypto_key_free(struct crypto_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

bool
crypto_der_to_raw(const unsigned char *der, size_t len, unsigned char raw[64])
{
	const unsigned char *p = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	const BIGNUM *r, *s;
	bool ok;

	if (sig == NULL) {
		ERR_clear_error();
		return false;
	}
	ECDSA_SIG_get0(sig, &r, &s);
	ok = p == der + len && BN_bn2binpad(r, raw, 32) == 32 &&
	    BN_bn2binpad(s, raw + 32, 32) == 32;
	ECDSA_SIG_free(sig);
	return ok;
}

const struct err *
crypto_sign(const struct crypto_key *key, const void *data, size_t len,
    struct buf *into)
{
	unsigned char sig[1024], raw[64];
	size_t n = sizeof sig;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok && key->alg == CRYPTO_ES256) {
		ok = crypto_der_to_raw(sig, n, raw) &&
		    buf_add(into, raw, sizeof raw);
	} else if (ok) {
		ok = buf_add(into, sig, n);
	}
	ERR_clear_error();
	return ok ? NULL : err_new(ERR_FAULT, "signing failed");
}

/* --- certificates ----------------------------------------------------- */

static int64_t
end_of(const X509 *certificate)
{
	struct tm tm = {.tm_sec = 0};

	return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1
	    ? timegm(&tm) : 0;
}

const struct err *
crypto_certificates(const char *path, int64_t now_s,
    struct crypto_certificates *out)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *one;

	*out = (struct crypto_certificates){.n = 0};
	while (file != NULL &&
	    (one = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL) {
		int64_t until_s = end_of(one);

		out->n++;
		out->expired += until_s < now_s;
		if (until_s > out->until_s)
			out->until_s = until_s;
		X509_free(one);
	}
	ERR_clear_error();
	BIO_free(file);
	return out->n > 0 ? NULL : err_new(ERR_FAULT, file == NULL
	    ? "%s cannot be read" : "%s has no certificate", path);
}

/* --- AES-GCM ---------------------------------------------------------- */

static void
gcm_encrypt(const EVP_CIPHER *cipher, const unsigned char *key,
    const unsigned char nonce[CRYPTO_NONCE], struct bytes bound,
    struct bytes data, unsigned char *out, unsigned char tag[CRYPTO_TAG])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const unsigned char *in = (const unsigned char *)data.data;
	int n = 0, rest = 0;
	bool ok;

	ok = ctx != NULL &&
	    EVP_EncryptInit_ex(ctx, cipher, NULL, key, nonce) == 1 &&
	    (bound.len == 0 || EVP_EncryptUpdate(ctx, NULL, &n,
		(const unsigned char *)bound.data, (int)bound.len) == 1) &&
	    EVP_EncryptUpdate(ctx, out, &n, in, (int)data.len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, out + n, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, CRYPTO_TAG, tag) ==
		1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		fatalx("AES-GCM is not available");
}

static bool
gcm_decrypt(const EVP_CIPHER *cipher, const unsigned char *key,
    const unsigned char nonce[CRYPTO_NONCE], struct bytes bound,
    struct bytes data, const unsigned char tag[CRYPTO_TAG],
    unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const unsigned char *in = (const unsigned char *)data.data;
	int n = 0, rest = 0;
	bool ok;

	ok = ctx != NULL &&
	    EVP_DecryptInit_ex(ctx, cipher, NULL, key, nonce) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, CRYPTO_TAG,
		(void *)(uintptr_t)tag) == 1 &&
	    (bound.len == 0 || EVP_DecryptUpdate(ctx, NULL, &n,
		(const unsigned char *)bound.data, (int)bound.len) == 1) &&
	    EVP_DecryptUpdate(ctx, out, &n, in, (int)data.len) == 1 &&
	    EVP_DecryptFinal_ex(ctx, out + n, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (!ok)
		OPENSSL_cleanse(out, data.len);
	return ok;
}

void
crypto_encrypt(const unsigned char key[CRYPTO_AES_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *bound,
    size_t bound_len, const void *data, size_t len, unsigned char *out,
    unsigned char tag[CRYPTO_TAG])
{
	gcm_encrypt(EVP_aes_256_gcm(), key, nonce,
	    (struct bytes){bound, bound_len}, (struct bytes){data, len}, out,
	    tag);
}

bool
crypto_decrypt(const unsigned char key[CRYPTO_AES_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *bound,
    size_t bound_len, const void *data, size_t len,
    const unsigned char tag[CRYPTO_TAG], unsigned char *out)
{
	return gcm_decrypt(EVP_aes_256_gcm(), key, nonce,
	    (struct bytes){bound, bound_len}, (struct bytes){data, len}, tag,
	    out);
}

void
crypto_encrypt128(const unsigned char key[CRYPTO_AES128_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *data, size_t len,
    unsigned char *out, unsigned char tag[CRYPTO_TAG])
{
	gcm_encrypt(EVP_aes_128_gcm(), key, nonce, (struct bytes){NULL, 0},
	    (struct bytes){data, len}, out, tag);
}

bool
crypto_decrypt128(const unsigned char key[CRYPTO_AES128_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *data, size_t len,
    const unsigned char tag[CRYPTO_TAG], unsigned char *out)
{
	return gcm_decrypt(EVP_aes_128_gcm(), key, nonce,
	    (struct bytes){NULL, 0}, (struct bytes){data, len}, tag, out);
}
