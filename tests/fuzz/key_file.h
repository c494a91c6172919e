/* SPDX-License-Identifier: MIT */
/* A key file in memory, the same in every run, and its keyring. */
#ifndef TESTS_FUZZ_KEY_FILE_H
#define TESTS_FUZZ_KEY_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/keyring.h"
#include "tests/fuzz/fuzz.h"

static inline struct keyring *
fuzz_keyring(void)
{
	static const char text[] = "000102030405060708090a0b0c0d0e0f"
				   "101112131415161718191a1b1c1d1e1f\n";
	static struct keyring *k;
	char path[32];
	int fd;

	if (k != NULL)
		return k;
	fd = memfd_create("keys", MFD_CLOEXEC);
	MUST(fd >= 0 && fchmod(fd, 0600) == 0);
	MUST(write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	MUST(keyring_new(path, &k) == NULL);
	return k;
}

#endif
