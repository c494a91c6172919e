/* SPDX-License-Identifier: MIT */
/* Access tokens of Google and Huawei: the request to a token server (RFC 7523,
 * RFC 6749) and its answer. Pure. */
#ifndef PUSH_OAUTH_H
#define PUSH_OAUTH_H

#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/err.h"

#include "push/exchange.h"

/* A Google service account as its JSON file describes it. The arena owns the
 * texts. */
struct service_account {
	const char *project_id, *client_email, *private_key_id, *token_uri;
	struct crypto_key *key; /* freed with the arena */
};

/* ERR_INVALID with a sentence when a member is missing or wrong. */
const struct err *service_account_read(struct arena *a, const char *json,
    size_t len, struct service_account *account);

/* Fill the token request of a service account (RS256, valid for one hour from
 * now_s) or of a Huawei client. path is the path of the token URL. */
const struct err *oauth_ask_google(const struct service_account *account,
    const char *path, int64_t now_s, struct exchange *x);
const struct err *oauth_ask_huawei(const char *client_id,
    const char *client_secret, const char *path, struct exchange *x);

/* Read the answer: append "Bearer <token>" to authorization, and set *lives_s
 * to its life in seconds. ERR_DENIED: the server refuses the credential (a
 * person must act); ERR_BUSY: try again later. */
const struct err *oauth_granted(const struct exchange *x,
    struct buf *authorization, int64_t *lives_s);

#endif
