/* SPDX-License-Identifier: MIT */
/* What a signing key is, for crypto.c and crypto_ec.c only. */
#ifndef LIB_CRYPTO_PART_H
#define LIB_CRYPTO_PART_H

#include <openssl/evp.h>

#include "lib/crypto.h"

struct crypto_key {
	EVP_PKEY *pkey;
	enum crypto_alg alg;
};

#endif
