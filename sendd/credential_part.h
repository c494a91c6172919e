/* SPDX-License-Identifier: MIT */
/*
 * The parts of a credential, for its files only: its place among the others
 * (credential_host.c), what is read of it (credential_read.c), and its access
 * token (access_token.c, access_token_kept.c).
 * Some providers' tokens are signed here, others are requested from a token
 * server (see struct provider). A token is made once and used until it ages.
 */
#ifndef SENDD_CREDENTIAL_PART_H
#define SENDD_CREDENTIAL_PART_H

#include "sendd/credential.h"

/* A credential in a line of the log, and the arguments for it: its host only
 * where there are many. */
#define CREDENTIAL_NAME "provider=%s app=%s%s%s"
#define CREDENTIAL_NAMED(c)                                                    \
	(c)->provider->name, (c)->told->app_id,                                \
	    (c)->host != NULL && (c)->host[0] != '\0' ? " host=" : "",         \
	    (c)->host != NULL ? (c)->host : ""

/* The key of a credential in the hashes of the table. */
uint64_t credential_hash(int64_t app, struct bytes host);

/* The credential that is in the table; NULL: none is. */
struct credential *credential_find(const struct credential_table *t,
    int64_t app, unsigned platform, bool development, struct bytes host);

/* A stranger names hosts: that many of an application have a credential, and
 * those more for which something waits or is under way. */
#define CREDENTIAL_HOSTS 100

/* A new credential, in the table of hashes too, is at that host from here. */
void credential_join_host(struct credential_table *t, struct credential *c,
    struct bytes host);

/* If the application has so many: the one whose latest request is the oldest,
 * of those that nothing waits for, at that host from here. It has forgotten all
 * and is to be loaded. NULL: it takes a new one. */
struct credential *credential_reuse(struct credential_table *t, int64_t app,
    unsigned platform, bool development, struct bytes host);

/* Have its row read. */
void credential_want(struct credential_table *t, struct credential *c,
    enum credential_want why);

/* Its row is read: it comes into use. e: there is none, and why. Owns
 * *loaded. */
void credential_take(struct credential_table *t, struct credential *c,
    struct credential_loaded *loaded, const struct err *e);

/* Is its key to be opened once more? */
bool credential_is_to_be_retried(const struct credential *c);

/* The operators' holds are others than before. */
void credential_take_holds(const struct credential_table *t);

/* Drop all that comes from the loaded row, and retire the connections: their
 * requests are finished, and no new one starts there. Other credentials with
 * the same pool key get new connections. */
void credential_unload(const struct credential_table *t,
    struct credential *c);

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

/* Have a token that is signed here fetched: one that is kept, or a new one. The
 * row of the credential must not be replaced meanwhile. */
void access_token_fetch(struct credential_table *t, struct credential *c);

/* The provider has refused the token: do not use it again. */
void access_token_drop(struct credential *c);

#endif
