/* SPDX-License-Identifier: MIT */
/* What keyring.c (boxes) and keyring_file.c (the file) share. */
#ifndef LIB_KEYRING_PART_H
#define LIB_KEYRING_PART_H

#include <pthread.h>

#include "lib/crypto.h"
#include "lib/keyring.h"

#define KEY_ID_BYTES 4

struct box_key {
	unsigned char key[CRYPTO_AES_KEY], id[KEY_ID_BYTES];
};

struct keys {
	unsigned n;
	struct box_key list[KEYRING_MAX]; /* the current one first */
};

struct keyring {
	char *path;
	pthread_mutex_t mutex; /* protects keys */
	struct keys keys;
};

/* Compute the key's id. */
void keyring_name_key(struct box_key *key);

/* Read the file again. */
const struct err *keyring_refresh(struct keyring *k);

#endif
