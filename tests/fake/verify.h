/* SPDX-License-Identifier: MIT */
/*
 * Whom the stand-in believes: JSON web tokens under the keys it trusts, and
 * the access tokens it issued itself.
 */
#ifndef FAKE_VERIFY_H
#define FAKE_VERIFY_H

#include <openssl/evp.h>

#include "lib/err.h"
#include "tests/fake/fake.h"

enum trust { TRUST_APNS, TRUST_APNS_2, TRUST_FCM, TRUST_FCM_2,
	TRUST_VAPID, TRUST_VAPID_2, TRUST__COUNT };

/* A token whose form and signature are right. What it claims is for the
 * caller to judge. */
struct jwt {
	char kid[64];
	char sub[256];
	char iss[128];
	char aud[128];
	char scope[128];
	int64_t iat, exp; /* -1 when absent */
	bool lean; /* claims are iss and iat, nothing else */
};

struct verify *verify_new(void);
void verify_free(struct verify *v);

/* The verifier owns the key from now on. */
void verify_set(struct verify *v, enum trust who, EVP_PKEY *key);

/* Believe the other APNs, FCM or VAPID key instead, or the first again. */
void verify_swap(struct verify *v, enum trust who);

/* The first or the second of who's keys, whichever is trusted now. */
EVP_PKEY *verify_key(const struct verify *v, enum trust who);

/* NULL and why, when text is no token under the key of who that is trusted
 * now: RS256 for FCM, ES256 for the others. The token lives until the next
 * call. */
const struct jwt *verify_jwt(struct fake *f, enum trust who, const char *text,
    const char **why);

uint64_t verify_hash(const char *text);

/* An access token for role (FCM or HMS), living f->expires_in seconds. */
const char *verify_issue(struct fake *f, enum role role);

enum access { ACCESS_OK, ACCESS_UNKNOWN, ACCESS_EXPIRED };
enum access verify_access(struct fake *f, enum role role, const char *text);
void verify_revoke(struct fake *f);

#endif
