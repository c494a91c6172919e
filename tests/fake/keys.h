/* SPDX-License-Identifier: MIT */
/*
 * The directory of the stand-in: keys and certificates, made once, and the
 * files a test reads to know them. Secrets are for their owner only.
 */
#ifndef FAKE_KEYS_H
#define FAKE_KEYS_H

#include "lib/err.h"
#include "tests/fake/fake.h"

/* Make what is absent, tell the verifier whom to trust. */
const struct err *keys_open(struct fake *f);

/* The files that name the port; provider.json last: it means ready. */
const struct err *keys_publish(struct fake *f);

/* dir/name, in the arena. */
const char *keys_path(struct fake *f, const char *name);

/* Written beside and renamed, so that a reader sees all or nothing. */
const struct err *keys_write(const char *path, const char *text, size_t len,
    int mode);

#endif
