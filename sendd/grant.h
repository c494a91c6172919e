/* SPDX-License-Identifier: MIT */
/* The leave to send: APNs' JWT signed here, FCM's and HMS' token asked of
 * their servers. Made once per credential and used until it ages. */
#ifndef SENDD_GRANT_H
#define SENDD_GRANT_H

#include "sendd/credential.h"

/* Read keys, addresses and paths of a freshly loaded credential. The error
 * is the reason why nothing can be sent. */
const struct err *grant_prepare(const struct settings *s,
    struct credential *c);

/* Is there a grant for now? Signs, or asks (then it is not there yet). */
bool grant_current(struct credential_book *b, struct credential *c);

/* The connections to its token server. */
struct pool *grant_pool(const struct credential_book *b,
    struct credential *c);

/* The provider refused it: do not use it again. */
void grant_drop(struct credential *c);

#endif
