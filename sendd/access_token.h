/* SPDX-License-Identifier: MIT */
/* The leave to send: APNs' JWT signed here, FCM's and HMS' token asked of
 * their servers. Made once per credential and used until it ages. */
#ifndef SENDD_ACCESS_TOKEN_H
#define SENDD_ACCESS_TOKEN_H

#include "sendd/credential.h"

/* Read keys, addresses and paths of a freshly loaded credential. The error
 * is the reason why nothing can be sent. */
const struct err *access_token_prepare(struct credential *c);

/* Is there a grant for now? Signs, or asks (then it is not there yet). */
bool access_token_current(struct credential_table *b, struct credential *c);

/* The connections to its token server. */
struct pool *access_token_pool(const struct credential_table *b,
    struct credential *c);

/* The provider refused it: do not use it again. */
void access_token_drop(struct credential *c);

#endif
