/* SPDX-License-Identifier: MIT */
/*
 * The inside of a credential, for credential.c and access_token.c only: what
 * allows it to send. Some providers' tokens are signed here, others are asked
 * for at a token server (struct provider tells). A token is made once and used
 * until it ages.
 */
#ifndef SENDD_CREDENTIAL_PART_H
#define SENDD_CREDENTIAL_PART_H

#include "sendd/credential.h"

/* Read keys, addresses and paths of a freshly loaded credential. The error
 * is the reason why nothing can be sent. */
const struct err *access_token_prepare(struct credential *c);

/* Is there a token that can be used now? Else one is signed, or asked for:
 * then it is there later. Suspends the credential when it can have none. */
bool access_token_current(struct credential_table *t, struct credential *c);

/* The connections to its token server. */
struct pool *access_token_pool(const struct credential_table *t,
    struct credential *c);

/* The provider has refused it: do not use it again. */
void access_token_drop(struct credential *c);

#endif
