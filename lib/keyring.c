/* SPDX-License-Identifier: MIT */
#include "lib/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "lib/keyring_part.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define MAGIC 3
#define OLD_MAGIC "OB1"
#define NEW_MAGIC "OB2"
#define BOUND_MAX 256

/* The parts of a box, all borrowed. */
struct box {
	const unsigned char *id; /* NULL: the old form */
	const unsigned char *head, *nonce, *data, *tag;
	size_t head_len, len;
};

/* The AAD: the head of the box, then the place; for the old form, the place
 * alone. */
static size_t
bind(const struct box *b, const char *place, unsigned char out[BOUND_MAX])
{
	size_t n = b->id != NULL ? b->head_len : 0, len = strlen(place);

	if (n + len > BOUND_MAX)
		fatalx("the place of a box is too long: %zu bytes", len);
	if (n > 0)
		memcpy(out, b->head, n);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes */
	memcpy(out + n, place, len);
	return n + len;
}

static bool
take_apart(const void *box, size_t len, struct box *b)
{
	const unsigned char *p = box;
	size_t around;

	if (len < MAGIC)
		return false;
	*b = (struct box){.head = p, .head_len = MAGIC};
	if (memcmp(p, NEW_MAGIC, MAGIC) == 0) {
		b->id = p + MAGIC;
		b->head_len += KEY_ID_BYTES;
	} else if (memcmp(p, OLD_MAGIC, MAGIC) != 0) {
		return false;
	}
	around = b->head_len + CRYPTO_NONCE + CRYPTO_TAG;
	if (len < around)
		return false;
	b->nonce = p + b->head_len;
	b->data = b->nonce + CRYPTO_NONCE;
	b->len = len - around;
	b->tag = b->data + b->len;
	return true;
}

bool
keyring_is_sealed(const void *box, size_t len)
{
	struct box b;

	return take_apart(box, len, &b);
}

/* --- keys ------------------------------------------------------------- */

void
keyring_name_key(struct box_key *key)
{
	static const char label[] = "outpost key id";
	unsigned char in[sizeof label + CRYPTO_AES_KEY], digest[32];

	memcpy(in, label, sizeof label);
	memcpy(in + sizeof label, key->key, CRYPTO_AES_KEY);
	crypto_sha256(in, sizeof in, digest);
	memcpy(key->id, digest, KEY_ID_BYTES);
	explicit_bzero(in, sizeof in);
}

const struct err *
keyring_new(const char *path, struct keyring **out)
{
	struct keyring *k;
	const struct err *e;

	if (path == NULL)
		return err_new(ERR_INVALID, "secrets.key_file is not set");
	k = xcalloc(1, sizeof *k);
	k->path = xstrdup(path);
	(void)pthread_mutex_init(&k->mutex, NULL);
	if ((e = keyring_refresh(k)) == NULL)
		*out = k;
	else
		keyring_free(k);
	return e;
}

void
keyring_free(struct keyring *k)
{
	if (k == NULL)
		return;
	(void)pthread_mutex_destroy(&k->mutex);
	free(k->path);
	explicit_bzero(k, sizeof *k);
	free(k);
}

unsigned
keyring_count(struct keyring *k)
{
	unsigned n;

	(void)pthread_mutex_lock(&k->mutex);
	n = k->keys.n;
	(void)pthread_mutex_unlock(&k->mutex);
	return n;
}

void
keyring_id(struct keyring *k, unsigned i, char id[KEYRING_ID])
{
	(void)pthread_mutex_lock(&k->mutex);
	text_hex(k->keys.list[i].id, KEY_ID_BYTES, id);
	(void)pthread_mutex_unlock(&k->mutex);
}

/* --- sealing ---------------------------------------------------------- */

bool
keyring_seal(struct keyring *k, const char *place, const void *data,
    size_t len, struct buf *into)
{
	size_t head = MAGIC + KEY_ID_BYTES, size = head + CRYPTO_NONCE + len +
	    CRYPTO_TAG, bound_len;
	unsigned char *p = xmalloc(size), bound[BOUND_MAX];
	struct box_key key;
	struct box b = {0};
	bool fits;

	(void)pthread_mutex_lock(&k->mutex);
	key = k->keys.list[0];
	(void)pthread_mutex_unlock(&k->mutex);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes */
	memcpy(p, NEW_MAGIC, MAGIC);
	memcpy(p + MAGIC, key.id, KEY_ID_BYTES);
	crypto_random(p + head, CRYPTO_NONCE);
	(void)take_apart(p, size, &b);
	bound_len = bind(&b, place, bound);
	crypto_encrypt(key.key, b.nonce, bound, bound_len, data, len,
	    p + head + CRYPTO_NONCE, p + size - CRYPTO_TAG);
	explicit_bzero(&key, sizeof key);
	fits = buf_add(into, p, size);
	free(p);
	return fits;
}

/* The index of the key that opens the box; -1: none does. */
static int
try_keys(const struct keys *keys, const char *place, const struct box *b,
    unsigned char *out)
{
	unsigned char bound[BOUND_MAX];
	size_t bound_len = bind(b, place, bound);

	for (unsigned i = 0; i < keys->n; i++) {
		const struct box_key *key = &keys->list[i];

		if (b->id != NULL && memcmp(b->id, key->id, KEY_ID_BYTES) != 0)
			continue;
		if (crypto_decrypt(key->key, b->nonce, bound, bound_len,
			b->data, b->len, b->tag, out))
			return (int)i;
	}
	return -1;
}

/* The index of the key with that id; -1: there is none, or id is NULL. */
static int
find_key(const struct keys *keys, const unsigned char *id)
{
	for (unsigned i = 0; id != NULL && i < keys->n; i++)
		if (memcmp(id, keys->list[i].id, KEY_ID_BYTES) == 0)
			return (int)i;
	return -1;
}

static struct keys
keys_of(struct keyring *k)
{
	struct keys keys;

	(void)pthread_mutex_lock(&k->mutex);
	keys = k->keys;
	(void)pthread_mutex_unlock(&k->mutex);
	return keys;
}

static const struct err *
does_not_open(const struct keys *keys, const struct box *b, const char *place)
{
	char id[KEYRING_ID];

	if (b->id == NULL)
		return err_new(ERR_FAULT, "%s does not open: tampered with, "
		    "or sealed under a key that is not in the key file",
		    place);
	text_hex(b->id, KEY_ID_BYTES, id);
	if (find_key(keys, b->id) < 0)
		return err_new(ERR_FAULT, "%s is sealed under key %s, which "
		    "is not in the key file", place, id);
	return err_new(ERR_FAULT, "%s does not open: tampered with, or moved "
	    "from another place", place);
}

/* If no key that was read fits the box, read the file again, once for each
 * box: the key may be new. A key that stays unknown costs one more reading. */
const struct err *
keyring_unseal(struct keyring *k, const char *place, const void *box,
    size_t len, struct buf *into)
{
	const struct err *e = NULL;
	unsigned char *out;
	struct keys keys;
	struct box b;
	int key;

	if (!take_apart(box, len, &b))
		return err_new(ERR_FAULT, "%s is not sealed", place);
	out = xmalloc(b.len + 1);
	keys = keys_of(k);
	key = try_keys(&keys, place, &b, out);
	if (key < 0 && find_key(&keys, b.id) < 0 &&
	    keyring_refresh(k) == NULL) {
		keys = keys_of(k);
		key = try_keys(&keys, place, &b, out);
	}
	if (key < 0)
		e = does_not_open(&keys, &b, place);
	else if (!buf_add(into, out, b.len))
		e = err_new(ERR_FAULT, "%s is too large", place);
	explicit_bzero(&keys, sizeof keys);
	explicit_bzero(out, b.len);
	free(out);
	return e;
}

struct keyring_view
keyring_look(struct keyring *k, const char *place, const void *box, size_t len)
{
	struct keyring_view v = {.key = -1};
	unsigned char *out;
	struct keys keys;
	struct box b;

	if (!take_apart(box, len, &b))
		return v;
	out = xmalloc(b.len + 1);
	keys = keys_of(k);
	v.named = b.id != NULL;
	v.key = try_keys(&keys, place, &b, out);
	v.opens = v.key >= 0;
	if (!v.opens)
		v.key = find_key(&keys, b.id);
	if (b.id != NULL || v.key >= 0)
		text_hex(b.id != NULL ? b.id : keys.list[v.key].id,
		    KEY_ID_BYTES, v.id);
	explicit_bzero(&keys, sizeof keys);
	explicit_bzero(out, b.len);
	free(out);
	return v;
}
