/* SPDX-License-Identifier: MIT */
#include "push/vapid.h"

#include <string.h>
#include <strings.h>

#include "lib/json.h"
#include "push/jwt.h"
#include "push/key.h"

#define RAW_TEXT_MAX 64 /* of 32 bytes in base64, with blanks around */

/* --- keys -------------------------------------------------------------- */

/* The 32 bytes of a scalar in base64; false when the text is anything else. */
static bool
read_scalar(const char *text, size_t len, unsigned char scalar[CRYPTO_SCALAR])
{
	struct buf bytes = BUF(RAW_TEXT_MAX);
	bool ok;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	ok = len <= RAW_TEXT_MAX && buf_reserve(&bytes, RAW_TEXT_MAX) &&
	    crypto_unbase64_any(text, len, &bytes) &&
	    bytes.len == CRYPTO_SCALAR;
	if (ok)
		memcpy(scalar, bytes.data, CRYPTO_SCALAR);
	buf_wipe(&bytes);
	return ok;
}

const struct err *
vapid_key_read(const char *text, size_t len, struct crypto_key **key)
{
	unsigned char scalar[CRYPTO_SCALAR];
	const struct err *e;

	if (len == CRYPTO_SCALAR)
		memcpy(scalar, text, len);
	else if (!read_scalar(text, len, scalar))
		return key_read(CRYPTO_ES256, text, len, key);
	e = crypto_key_of_scalar(scalar, key);
	explicit_bzero(scalar, sizeof scalar);
	return e;
}

void
vapid_public(const struct crypto_key *key, char text[VAPID_PUBLIC])
{
	unsigned char point[CRYPTO_P256_POINT];
	struct buf b = BUF(VAPID_PUBLIC);

	text[0] = '\0';
	if (crypto_key_point(key, point) &&
	    crypto_base64url(point, sizeof point, &b) && b.len < VAPID_PUBLIC)
		memcpy(text, b.data, b.len + 1);
	buf_done(&b);
}

/* --- the token --------------------------------------------------------- */

const struct err *
vapid_sign(const struct crypto_key *key, const char *origin,
    const char *subject, int64_t expires_s, struct buf *into)
{
	static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
	struct json *claims = json_new_object(NULL);
	char public[VAPID_PUBLIC];
	const struct err *e;

	json_set_text(claims, "aud", origin);
	json_set_int(claims, "exp", expires_s);
	json_set_text(claims, "sub", subject);
	vapid_public(key, public);
	(void)buf_text(into, "t=");
	e = jwt_sign(key, header, json_write(claims, NULL), into);
	json_free(claims);
	if (e == NULL && !buf_fmt(into, ", k=%s", public))
		e = err_new(ERR_TOOBIG, "no room for the signed token");
	return e;
}
