/* SPDX-License-Identifier: MIT */
#include "lib/crypto_ec.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "lib/crypto_part.h"
#include "lib/log.h"
#include "lib/mem.h"

#define UNCOMPRESSED 4 /* the first byte of a point */

struct crypto_pair {
	EVP_PKEY *pkey;
	unsigned char point[CRYPTO_P256_POINT];
};

/* --- points and keys --------------------------------------------------- */

/* A key of a point, and of the scalar (NULL: the public half only). NULL when
 * the point is not on the curve, which libcrypto checks here. */
static EVP_PKEY *
make_key(const unsigned char *point, const BIGNUM *scalar)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;
	bool ok;

	ok = ctx != NULL && bld != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
		"prime256v1", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
		point, CRYPTO_P256_POINT) == 1 &&
	    (scalar == NULL ||
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY,
		    scalar) == 1) &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL;
	if (!ok || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, scalar == NULL ? EVP_PKEY_PUBLIC_KEY
		: EVP_PKEY_KEYPAIR, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

/* scalar times the generator; false when the scalar is out of range. */
static bool
point_of(const BIGNUM *scalar, unsigned char point[CRYPTO_P256_POINT])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *p = group != NULL ? EC_POINT_new(group) : NULL;
	bool ok;

	if (p == NULL)
		fatalx("the curve P-256 is not available");
	ok = !BN_is_zero(scalar) &&
	    BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0 &&
	    EC_POINT_mul(group, p, scalar, NULL, NULL, NULL) == 1 &&
	    EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point,
		CRYPTO_P256_POINT, NULL) == CRYPTO_P256_POINT;
	EC_POINT_free(p);
	EC_GROUP_free(group);
	return ok;
}

static EVP_PKEY *
key_of_scalar(const unsigned char bytes[CRYPTO_SCALAR],
    unsigned char point[CRYPTO_P256_POINT])
{
	BIGNUM *scalar = BN_secure_new();
	EVP_PKEY *pkey = NULL;

	if (scalar == NULL ||
	    BN_bin2bn(bytes, CRYPTO_SCALAR, scalar) == NULL)
		fatalx("out of memory: libcrypto");
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	if (point_of(scalar, point))
		pkey = make_key(point, scalar);
	BN_clear_free(scalar);
	return pkey;
}

static bool
point_of_key(const EVP_PKEY *pkey, unsigned char point[CRYPTO_P256_POINT])
{
	size_t n = 0;

	return EVP_PKEY_get_octet_string_param(pkey,
		   OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, CRYPTO_P256_POINT,
		   &n) == 1 &&
	    n == CRYPTO_P256_POINT;
}

/* --- pairs ------------------------------------------------------------- */

struct crypto_pair *
crypto_pair_new(void)
{
	struct crypto_pair *pair = xcalloc(1, sizeof *pair);

	pair->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (pair->pkey == NULL || !point_of_key(pair->pkey, pair->point))
		fatalx("no new key on P-256 to be had");
	return pair;
}

struct crypto_pair *
crypto_pair_of(const unsigned char scalar[CRYPTO_SCALAR])
{
	struct crypto_pair *pair = xcalloc(1, sizeof *pair);

	if ((pair->pkey = key_of_scalar(scalar, pair->point)) != NULL)
		return pair;
	free(pair);
	return NULL;
}

void
crypto_pair_free(struct crypto_pair *pair)
{
	if (pair == NULL)
		return;
	EVP_PKEY_free(pair->pkey);
	free(pair);
}

void
crypto_pair_point(const struct crypto_pair *pair,
    unsigned char point[CRYPTO_P256_POINT])
{
	memcpy(point, pair->point, CRYPTO_P256_POINT);
}

/* libcrypto need not validate the peer once more: make_key has found it on the
 * curve, whose cofactor is 1. */
bool
crypto_pair_agree(const struct crypto_pair *pair,
    const unsigned char theirs[CRYPTO_P256_POINT],
    unsigned char secret[CRYPTO_SHARED])
{
	EVP_PKEY *peer =
	    theirs[0] == UNCOMPRESSED ? make_key(theirs, NULL) : NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair->pkey, NULL);
	size_t n = CRYPTO_SHARED;
	bool ok;

	ok = peer != NULL && ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
	    EVP_PKEY_derive(ctx, secret, &n) == 1 && n == CRYPTO_SHARED;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	ERR_clear_error();
	return ok;
}

/* --- signing keys ------------------------------------------------------ */

const struct err *
crypto_key_of_scalar(const unsigned char scalar[CRYPTO_SCALAR],
    struct crypto_key **key)
{
	unsigned char point[CRYPTO_P256_POINT];
	EVP_PKEY *pkey = key_of_scalar(scalar, point);

	if (pkey == NULL)
		return err_new(ERR_INVALID,
		    "the private key is not a number of the curve P-256");
	*key = xcalloc(1, sizeof **key);
	(*key)->pkey = pkey;
	(*key)->alg = CRYPTO_ES256;
	return NULL;
}

bool
crypto_key_point(const struct crypto_key *key,
    unsigned char point[CRYPTO_P256_POINT])
{
	unsigned char any[CRYPTO_P256_POINT];
	bool ok = key->alg == CRYPTO_ES256 && point_of_key(key->pkey, any) &&
	    any[0] == UNCOMPRESSED;

	if (ok)
		memcpy(point, any, sizeof any);
	ERR_clear_error();
	return ok;
}

const struct err *
crypto_key_new(struct buf *pem)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long n = 0;
	bool ok;

	ok = pkey != NULL && bio != NULL &&
	    PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) ==
		1 &&
	    (n = BIO_get_mem_data(bio, &text)) > 0 &&
	    buf_add(pem, text, (size_t)n);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return ok ? NULL : err_new(ERR_FAULT, "no new key to be had");
}

static size_t
raw_to_der(const unsigned char raw[64], unsigned char der[80])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *at = der;
	int n;

	if (sig == NULL || ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL),
	    BN_bin2bn(raw + 32, 32, NULL)) != 1)
		fatalx("out of memory: libcrypto");
	n = i2d_ECDSA_SIG(sig, &at);
	ECDSA_SIG_free(sig);
	return n > 0 ? (size_t)n : 0;
}

bool
crypto_verify(const unsigned char point[CRYPTO_P256_POINT], const void *data,
    size_t len, const unsigned char signature[64])
{
	EVP_PKEY *pkey =
	    point[0] == UNCOMPRESSED ? make_key(point, NULL) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[80];
	size_t n = raw_to_der(signature, der);
	bool ok;

	ok = pkey != NULL && ctx != NULL && n > 0 &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, der, n, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return ok;
}
