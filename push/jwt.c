/* SPDX-License-Identifier: MIT */
#include "push/jwt.h"

#include <string.h>

#include "lib/json.h"

#define PART_MAX 8192

/* base64url(header) "." base64url(claims) */
static bool
signing_input(const char *header, const char *claims, struct buf *into)
{
	return crypto_base64url(header, strlen(header), into) &&
	    buf_text(into, ".") &&
	    crypto_base64url(claims, strlen(claims), into);
}

const struct err *
jwt_sign(const struct crypto_key *key, const char *header, const char *claims,
    struct buf *into)
{
	struct buf token = BUF(3 * PART_MAX), signature = BUF(1024);
	const struct err *e = NULL;

	if (!signing_input(header, claims, &token)) {
		e = err_new(ERR_TOOBIG, "the token to sign is too large");
		goto out;
	}
	e = crypto_sign(key, token.data, token.len, &signature);
	if (e != NULL)
		goto out;
	if (!buf_text(&token, ".") ||
	    !crypto_base64url(signature.data, signature.len, &token) ||
	    !buf_add(into, token.data, token.len))
		e = err_new(ERR_TOOBIG, "no room for the signed token");
out:
	buf_done(&signature);
	buf_done(&token);
	return e;
}

const struct err *
jwt_apns(const struct crypto_key *key, const char *key_id,
    const char *team_id, int64_t iat_s, struct buf *into)
{
	struct json *header = json_new_object(NULL);
	struct json *claims = json_new_object(NULL);
	const struct err *e;

	json_set_text(header, "alg", "ES256");
	json_set_text(header, "kid", key_id);
	json_set_text(claims, "iss", team_id);
	json_set_int(claims, "iat", iat_s);
	e = jwt_sign(key, json_write(header, NULL), json_write(claims, NULL),
	    into);
	json_free(claims);
	json_free(header);
	return e;
}
