/* SPDX-License-Identifier: MIT */
#include "tests/fake/browser.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "lib/log.h"

#define SALT 16
#define RECORD (SALT + 4 + 1 + BROWSER_POINT) /* where the record begins */
#define RECORD_SIZE_MIN 18
#define TAG 16
#define CEK 16
#define NONCE 12
#define LAST_RECORD 2

/* HKDF (RFC 5869), both steps, to size bytes. */
static void
derive(const unsigned char *salt, const unsigned char secret[32],
    const void *info, size_t info_len, unsigned char *out, size_t size)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM with[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		(char[]){"SHA256"}, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
		(void *)(uintptr_t)salt, SALT),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		(void *)(uintptr_t)secret, 32),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
		(void *)(uintptr_t)info, info_len),
	    OSSL_PARAM_construct_end()};

	if (ctx == NULL || EVP_KDF_derive(ctx, out, size, with) != 1)
		fatalx("HKDF does not work");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

void
browser_point(EVP_PKEY *key, unsigned char point[BROWSER_POINT])
{
	size_t len;

	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
		point, BROWSER_POINT, &len) != 1 || len != BROWSER_POINT)
		fatalx("a key has no point");
}

void
browser_open(struct browser *b, EVP_PKEY *key)
{
	static const char info[] = "auth";

	b->key = key;
	browser_point(key, b->point);
	derive(b->point, b->point + 1, info, sizeof(info) - 1, b->auth,
	    sizeof(b->auth));
}

void
browser_close(struct browser *b)
{
	EVP_PKEY_free(b->key);
	b->key = NULL;
}

/* The X coordinate of the point that both can compute; false when theirs is
 * not on the curve. */
static bool
agree(EVP_PKEY *mine, const unsigned char theirs[BROWSER_POINT],
    unsigned char secret[32])
{
	EVP_PKEY *peer = EVP_PKEY_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(mine, NULL);
	size_t len = 32;
	bool ok = peer != NULL && ctx != NULL &&
	    EVP_PKEY_copy_parameters(peer, mine) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(peer, theirs,
	    BROWSER_POINT) == 1 &&
	    EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	    EVP_PKEY_derive(ctx, secret, &len) == 1 && len == 32;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	ERR_clear_error();
	return ok;
}

/* The key of the record and its nonce. */
static bool
derive_keys(const struct browser *b, const unsigned char *body,
    unsigned char cek[CEK], unsigned char nonce[NONCE])
{
	static const char cek_info[] = "Content-Encoding: aes128gcm";
	static const char nonce_info[] = "Content-Encoding: nonce";
	unsigned char info[14 + 2 * BROWSER_POINT] = "WebPush: info";
	const unsigned char *theirs = body + RECORD - BROWSER_POINT;
	unsigned char secret[32], ikm[32];

	if (!agree(b->key, theirs, secret))
		return false;
	memcpy(info + 14, b->point, BROWSER_POINT);
	memcpy(info + 14 + BROWSER_POINT, theirs, BROWSER_POINT);
	derive(b->auth, secret, info, sizeof(info), ikm, sizeof(ikm));
	derive(body, ikm, cek_info, sizeof(cek_info), cek, CEK);
	derive(body, ikm, nonce_info, sizeof(nonce_info), nonce, NONCE);
	return true;
}

/* The record of len bytes, its tag not counted, to as many bytes. */
static bool
decrypt(const unsigned char cek[CEK], const unsigned char nonce[NONCE],
    const unsigned char *record, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[TAG];
	int n = 0, more = 0;
	bool ok;

	memcpy(tag, record + len, TAG);
	ok = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL,
	    cek, nonce) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &n, record, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
	    EVP_DecryptFinal_ex(ctx, out + n, &more) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return ok && (size_t)(n + more) == len;
}

const char *
browser_read(const struct browser *b, const void *data, size_t len,
    struct buf *clear)
{
	const unsigned char *body = data;
	unsigned char cek[CEK], nonce[NONCE], plain[BROWSER_BODY_MAX];
	size_t size, n;

	if (len > BROWSER_BODY_MAX)
		return "over 4096 bytes";
	if (len <= RECORD + TAG)
		return "no header, or nothing behind it";
	size = (size_t)body[SALT] << 24 | (size_t)body[SALT + 1] << 16 |
	    (size_t)body[SALT + 2] << 8 | body[SALT + 3];
	if (size < RECORD_SIZE_MIN || len - RECORD > size)
		return "more than one record";
	if (body[SALT + 4] != BROWSER_POINT || body[SALT + 5] != 4)
		return "the key id is no point";
	n = len - RECORD - TAG;
	if (!derive_keys(b, body, cek, nonce))
		return "the key id is not on the curve";
	if (!decrypt(cek, nonce, body + RECORD, n, plain))
		return "the tag differs";
	while (n > 0 && plain[n - 1] == 0)
		n--;
	if (n == 0 || plain[n - 1] != LAST_RECORD)
		return "no mark of the last record";
	return buf_add(clear, plain, n - 1) ? NULL : "too large";
}
