/* SPDX-License-Identifier: MIT */
/*
 * The access token of a credential, for credential.c and access_token.c only.
 * Some providers' tokens are signed here, others are requested from a token
 * server (see struct provider). A token is made once and used until it ages.
 */
#ifndef SENDD_CREDENTIAL_PART_H
#define SENDD_CREDENTIAL_PART_H

#include "sendd/credential.h"

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
