/* SPDX-License-Identifier: MIT */
/*
 * The parts of a credential, for its files only: its place among the others
 * (credential_host.c), and its access token (access_token.c).
 * Some providers' tokens are signed here, others are requested from a token
 * server (see struct provider). A token is made once and used until it ages.
 */
#ifndef SENDD_CREDENTIAL_PART_H
#define SENDD_CREDENTIAL_PART_H

#include "sendd/credential.h"

/* An application at one of the hosts of a provider. */
struct credential_place {
	int64_t app;
	struct bytes host;
};

/* The key of a credential in the hashes of the table; and whether a credential
 * is that of a struct credential_place. */
uint64_t credential_hash(int64_t app, struct bytes host);
bool credential_is_at(const void *credential, const void *place);

/* Its service wants less: lower the pace of the credential, and of all others
 * at the same host. */
void credential_slower(const struct credential_table *t, struct credential *c);

/* Read keys, addresses and paths of a freshly loaded credential. The error
 * is the reason why nothing can be sent. */
const struct err *access_token_prepare(struct credential *c);

/* Is a token usable now? If not, one is signed, or requested: then it is
 * usable later. Suspends the credential when it cannot get a token. */
bool access_token_current(struct credential_table *t, struct credential *c);

/* The connections to its token server. */
struct pool *access_token_pool(const struct credential_table *t,
    struct credential *c);

/* The provider has refused the token: do not use it again. */
void access_token_drop(struct credential *c);

#endif
