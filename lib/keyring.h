/* SPDX-License-Identifier: MIT */
/*
 * The key file, and the sealed boxes that keep secrets in the database.
 *
 * The file holds keys, each one 32 random bytes as a line of hex. The first
 * key is current: it seals. The others are older: they only open. A box is
 *
 * 	"OB2" key id(4) nonce(12) ciphertext tag(16)
 *
 * in AES-256-GCM; its AAD includes the place that it lies in
 * ("table.column:row"). Boxes of earlier versions, "OB1" nonce ciphertext tag,
 * name no key: all keys are tried. The id of a key is part of a digest of the
 * key and reveals nothing of it.
 *
 * The file may change at any time (outpost secrets). A thread that finds a box
 * under an unknown key reads the file again. A thread that seals reads the
 * file first and holds a lock on it until the box is in the database. Threads
 * may share a keyring.
 */
#ifndef LIB_KEYRING_H
#define LIB_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

#define KEYRING_MAX 8 /* keys in a file */
#define KEYRING_ID 9  /* bytes of a key's id in hex, and NUL */

struct keyring;

/* Read the key file. ERR_FAULT when it cannot be read, everybody may read it,
 * or a line is not a key. */
const struct err *keyring_new(const char *path, struct keyring **k);
void keyring_free(struct keyring *k); /* wipes it; takes NULL */

/* --- boxes ------------------------------------------------------------ */

/* A shared lock: keys stay in the file until keyring_unlock. The order is lock
 * (which reads the file again), seal, store the box, unlock. ERR_BUSY when
 * another process changes the file for too long. */
const struct err *keyring_lock(struct keyring *k, int *lock);
void keyring_unlock(int lock);

/* Append the box of data for that place, under the current key; false when
 * into is full. Call it under keyring_lock. */
bool keyring_seal(struct keyring *k, const char *place, const void *data,
    size_t len, struct buf *into);

/* Append the data of a box. ERR_FAULT when the box was tampered with or moved,
 * or its key is not in the file. */
const struct err *keyring_unseal(struct keyring *k, const char *place,
    const void *box, size_t len, struct buf *into);

/* Does this have the form of a box? */
bool keyring_is_sealed(const void *box, size_t len);

/* A box compared with the keys of the last reading. */
struct keyring_view {
	bool opens;
	bool named;	     /* it names its key: not the old form */
	int key;	     /* its key's index in the file; -1: unknown */
	char id[KEYRING_ID]; /* "" when not named and not found */
};

/* Compare without reading the file again. Not a box: all members are empty,
 * and key is -1. */
struct keyring_view keyring_look(struct keyring *k, const char *place,
    const void *box, size_t len);

/* --- the file --------------------------------------------------------- */

/* The number of keys, and the id of key i < that number, as last read. */
unsigned keyring_count(struct keyring *k);
void keyring_id(struct keyring *k, unsigned i, char id[KEYRING_ID]);

/* An exclusive lock: until keyring_unlock nobody seals and nobody else changes
 * the file, which is read again. ERR_BUSY when the lock is not free within ten
 * seconds. */
const struct err *keyring_lock_alone(struct keyring *k, int *lock);

/* Under keyring_lock_alone. keyring_add puts a new key before the others;
 * keyring_keep drops the keys without keep (the current one always stays). The
 * new file replaces the old one atomically, with its owner, group and mode. */
const struct err *keyring_add(struct keyring *k, int lock);
const struct err *keyring_keep(struct keyring *k, int lock,
    const bool keep[KEYRING_MAX]);

#endif
