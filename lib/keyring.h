/* SPDX-License-Identifier: MIT */
/*
 * The key file and the sealed boxes that keep secrets in the database.
 *
 * The file holds keys, each 32 random bytes as a line of hex. The first is
 * current: it seals. The others are older: they only open. A box is
 *
 *	"OB2" key id(4) nonce(12) ciphertext tag(16)
 *
 * in AES-256-GCM, bound to the place it lies in ("table.column:row"). Boxes
 * of earlier versions, "OB1" nonce ciphertext tag, name no key: all are
 * tried. A key's id is of a digest of the key and tells nothing of it.
 *
 * The file may change under way (outpost secrets). Whoever meets a box under
 * a key he does not know reads the file again; whoever seals reads it
 * afresh and holds a lock on it until the box is in the database. Threads
 * may share a keyring.
 */
#ifndef LIB_KEYRING_H
#define LIB_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

#define KEYRING_MAX 8 /* keys in a file */
#define KEYRING_ID 9  /* of a key, in hex, and NUL */

struct keyring;

/* Read the key file. ERR_FAULT when it cannot be read, everybody may read
 * it, or a line is no key. */
const struct err *keyring_new(const char *path, struct keyring **k);
void keyring_free(struct keyring *k); /* wipes it; takes NULL */

/* --- boxes ------------------------------------------------------------ */

/* From here on keys stay in the file until unlocked: read it afresh, seal,
 * store the box, unlock. ERR_BUSY when somebody changes it for long. */
const struct err *keyring_lock(struct keyring *k, int *lock);
void keyring_unlock(int lock);

/* Append data's box for that place, under the current key; false when into
 * is full. Under keyring_lock. */
bool keyring_seal(struct keyring *k, const char *place, const void *data,
    size_t len, struct buf *into);

/* The reverse. ERR_FAULT when the box was tampered with or moved, or its key
 * is not in the file. */
const struct err *keyring_unseal(struct keyring *k, const char *place,
    const void *box, size_t len, struct buf *into);

/* Does this look like a box? */
bool keyring_is_sealed(const void *box, size_t len);

/* How a box stands to the keys as they were read last. */
struct keyring_view {
	bool opens;
	bool named;	     /* it tells its key: not of the old form */
	int key;	     /* its place in the file, or -1: of none known */
	char id[KEYRING_ID]; /* "" when it is not told and not known */
};
struct keyring_view keyring_look(struct keyring *k, const char *place,
    const void *box, size_t len);

/* --- the file --------------------------------------------------------- */

unsigned keyring_count(struct keyring *k);
void keyring_id(struct keyring *k, unsigned i, char id[KEYRING_ID]);

/* Nobody seals and nobody else changes the file until unlocked; read
 * afresh. ERR_BUSY when that is not to be had within ten seconds. */
const struct err *keyring_lock_alone(struct keyring *k, int *lock);

/* Under keyring_lock_alone: put a new key before the others; drop those that
 * are not to be kept (the current one always is). The new file replaces the
 * old one whole, with its owner, group and mode. */
const struct err *keyring_add(struct keyring *k, int lock);
const struct err *keyring_keep(struct keyring *k, int lock,
    const bool keep[KEYRING_MAX]);

#endif
