/* SPDX-License-Identifier: MIT */
#include "core/person_name.h"

#include <string.h>

#include "db/audit.h"
#include "db/sealed.h"
#include "lib/crypto.h"
#include "lib/text.h"

#define PERSON_DIGITS 16 /* bytes of the digest */

/* Others may make one at the same time: the caller reads which one it is. The
 * lock on the key file lasts until others see the box. */
static const struct err *
make_key(struct db *db, struct keyring *k)
{
	unsigned char key[CRYPTO_MAC_KEY];
	struct buf box = BUF(SEALED_MAX);
	const struct err *e;
	int lock;

	if ((e = keyring_lock(k, &lock)) != NULL)
		return e;
	crypto_random(key, sizeof key);
	if (!keyring_seal(k, SEALED_LABEL_AUDIT_KEY, key, sizeof key, &box))
		e = err_new(ERR_TOOBIG, "the key of the audit trail is too "
		    "large");
	explicit_bzero(key, sizeof key);
	if (e == NULL)
		e = audit_key_add(db, box.data, box.len);
	db_at_end(db, keyring_unlock, lock);
	buf_done(&box);
	return e;
}

static const struct err *
open_key(struct keyring *k, const struct buf *box,
    unsigned char key[CRYPTO_MAC_KEY])
{
	struct buf plain = BUF(SEALED_MAX);
	const struct err *e = keyring_unseal(k, SEALED_LABEL_AUDIT_KEY,
	    box->data, box->len, &plain);

	if (e == NULL && plain.len != CRYPTO_MAC_KEY)
		e = err_new(ERR_FAULT, "%s is no key", SEALED_LABEL_AUDIT_KEY);
	if (e == NULL)
		memcpy(key, plain.data, CRYPTO_MAC_KEY);
	buf_wipe(&plain);
	return e;
}

static const struct err *
read_key(struct db *db, struct keyring *k, unsigned char key[CRYPTO_MAC_KEY])
{
	struct buf box = BUF(SEALED_MAX);
	const struct err *e = audit_key(db, &box);

	if (e == NULL && box.len == 0 && (e = make_key(db, k)) == NULL)
		e = audit_key(db, &box);
	if (e == NULL)
		e = open_key(k, &box, key);
	buf_done(&box);
	return e;
}

const struct err *
person_name(struct db *db, struct keyring *k, struct arena *a,
    const char *user_id, const char **name)
{
	unsigned char key[CRYPTO_MAC_KEY], digest[32];
	char hex[2 * PERSON_DIGITS + 1];
	const struct err *e = read_key(db, k, key);

	if (e != NULL)
		return e;
	crypto_hmac(key, user_id, strlen(user_id), digest);
	explicit_bzero(key, sizeof key);
	text_hex(digest, PERSON_DIGITS, hex);
	*name = arena_fmt(a, "user:%s", hex);
	return NULL;
}
