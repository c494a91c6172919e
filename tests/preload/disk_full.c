/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: the disk of the directory that DISK_FULL names has 1024
 * blocks of a megabyte, of which two are free. Other disks are as they are.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

typedef int statvfs_fn(const char *path, struct statvfs *out);

int
statvfs(const char *restrict path, struct statvfs *restrict out)
{
	const char *full = getenv("DISK_FULL");
	statvfs_fn *real;

	*(void **)(&real) = dlsym(RTLD_NEXT, "statvfs");
	if (real(path, out) != 0)
		return -1;
	if (full != NULL && strcmp(path, full) == 0) {
		out->f_frsize = 1 << 20;
		out->f_blocks = 1024;
		out->f_bfree = out->f_bavail = 2;
	}
	return 0;
}
