/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: while the file that SLOW_SEAL names exists, a thread that
 * encrypts (any but the main one) stands still where it agrees on a key. Each
 * that does appends a byte to that file.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef int derive_fn(void *, unsigned char *, size_t *);
int EVP_PKEY_derive(void *context, unsigned char *key, size_t *len);

static void
stand_still(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "x", 1) != 1)
		abort();
	(void)close(fd);
	while (access(path, F_OK) == 0)
		(void)nanosleep(&(struct timespec){0, 20000000}, NULL);
}

int
EVP_PKEY_derive(void *context, unsigned char *key, size_t *len)
{
	const char *path = getenv("SLOW_SEAL");
	derive_fn *real;

	if (path != NULL && syscall(SYS_gettid) != getpid())
		stand_still(path);
	*(void **)(&real) = dlsym(RTLD_NEXT, "EVP_PKEY_derive");
	return real(context, key, len);
}
