/* SPDX-License-Identifier: MIT */
#include "push/webpush_cipher.h"

#include <string.h>
#include <strings.h>

#define LAST_RECORD 2 /* the mark of the last record, which is the only one */
#define BLOCK 256

#define KEY_INFO "WebPush: info"

_Static_assert(sizeof KEY_INFO + 2 * CRYPTO_P256_POINT == CIPHER_KEY_INFO,
    "a text with its zero byte, and two points");

const char cipher_cek_info[] = "Content-Encoding: aes128gcm";
const char cipher_nonce_info[] = "Content-Encoding: nonce";

/* HKDF-Expand (RFC 5869) to at most 32 bytes: one HMAC of info and a 1. */
static void
hkdf_expand(const unsigned char prk[32], const void *info, size_t len,
    unsigned char *out, size_t size)
{
	unsigned char input[CIPHER_KEY_INFO + 1];
	unsigned char full[32];

	memcpy(input, info, len);
	input[len] = 1;
	crypto_hmac(prk, input, len + 1, full);
	memcpy(out, full, size);
	explicit_bzero(full, sizeof full);
}

/* HKDF-Extract with a salt of 16 bytes. HMAC fills a key with zeros up to its
 * block, so those of 16 more change nothing. */
static void
hkdf_extract(const unsigned char salt[16], const unsigned char *secret,
    size_t len, unsigned char prk[32])
{
	unsigned char key[CRYPTO_MAC_KEY] = {0};

	memcpy(key, salt, 16);
	crypto_hmac(key, secret, len, prk);
	explicit_bzero(key, sizeof key);
}

void
cipher_key_info(const struct cipher_for *to,
    const unsigned char sender[CRYPTO_P256_POINT],
    unsigned char info[CIPHER_KEY_INFO])
{
	memcpy(info, KEY_INFO, sizeof KEY_INFO);
	info += sizeof KEY_INFO;
	memcpy(info, to->point, CRYPTO_P256_POINT);
	memcpy(info + CRYPTO_P256_POINT, sender, CRYPTO_P256_POINT);
}

void
cipher_content_keys(struct cipher_keys *k, const unsigned char *secret,
    size_t len, const unsigned char salt[CIPHER_SALT])
{
	hkdf_extract(salt, secret, len, k->prk);
	hkdf_expand(k->prk, cipher_cek_info, sizeof cipher_cek_info, k->cek,
	    sizeof k->cek);
	hkdf_expand(k->prk, cipher_nonce_info, sizeof cipher_nonce_info,
	    k->nonce, sizeof k->nonce);
}

void
cipher_derive(struct cipher_keys *k, const struct cipher_for *to,
    const unsigned char sender[CRYPTO_P256_POINT],
    const unsigned char salt[CIPHER_SALT])
{
	unsigned char info[CIPHER_KEY_INFO];

	cipher_key_info(to, sender, info);
	hkdf_extract(to->auth, k->ecdh, sizeof k->ecdh, k->prk_key);
	hkdf_expand(k->prk_key, info, sizeof info, k->ikm, sizeof k->ikm);
	cipher_content_keys(k, k->ikm, sizeof k->ikm, salt);
}

size_t
cipher_padded(size_t len)
{
	size_t padded = (len + BLOCK - 1) / BLOCK * BLOCK;

	if (padded > CIPHER_PLAIN_MAX)
		padded = CIPHER_PLAIN_MAX;
	return padded > len ? padded : len;
}

static void
write_header(unsigned char *at, const unsigned char salt[CIPHER_SALT],
    const unsigned char sender[CRYPTO_P256_POINT])
{
	static const unsigned char sizes[] = {
	    0, 0, CIPHER_RECORD >> 8, CIPHER_RECORD & 255, CRYPTO_P256_POINT};

	memcpy(at, salt, CIPHER_SALT);
	memcpy(at + CIPHER_SALT, sizes, sizeof sizes);
	memcpy(at + CIPHER_SALT + sizeof sizes, sender, CRYPTO_P256_POINT);
}

size_t
cipher_seal(const struct crypto_pair *pair,
    const unsigned char salt[CIPHER_SALT], const struct cipher_for *to,
    unsigned char *body, size_t len, size_t padded)
{
	unsigned char sender[CRYPTO_P256_POINT];
	unsigned char *record = body + CIPHER_HEADER;
	size_t n = padded + CIPHER_MARK;
	struct cipher_keys k;

	if (!crypto_pair_agree(pair, to->point, k.ecdh))
		return 0;
	crypto_pair_point(pair, sender);
	cipher_derive(&k, to, sender, salt);
	memset(record + len, 0, n - len);
	record[len] = LAST_RECORD;
	crypto_encrypt128(k.cek, k.nonce, record, n, record, record + n);
	write_header(body, salt, sender);
	explicit_bzero(&k, sizeof k);
	return CIPHER_HEADER + n + CRYPTO_TAG;
}
