/* SPDX-License-Identifier: MIT */
#include "lib/replace.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set the owner first: chown may clear bits of the mode. */
static const struct err *
fill(int fd, const char *path, const struct stat *as, const void *data,
    size_t len)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno("cannot write %s", path);
	if ((st.st_uid != as->st_uid || st.st_gid != as->st_gid) &&
	    fchown(fd, as->st_uid, as->st_gid) != 0)
		return err_errno("cannot give %s to the owner and group of the "
		    "file before", path);
	if (fchmod(fd, as->st_mode & 07777) != 0 ||
	    write(fd, data, len) != (ssize_t)len || fsync(fd) != 0)
		return err_errno("cannot write %s", path);
	return NULL;
}

const struct err *
replace_sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	const struct err *e = NULL;
	int fd;

	(void)snprintf(dir, sizeof dir, "%.*s",
	    slash == path ? 1 : (int)(slash - path), path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_errno("cannot open directory %s", dir);
	if (fsync(fd) != 0)
		e = err_errno("cannot sync directory %s", dir);
	(void)close(fd);
	return e;
}

/* path is not a link. */
static const struct err *
replace_at(const char *path, const char *what, const struct stat *as,
    const void *data, size_t len)
{
	char fresh[PATH_MAX + 8];
	const struct err *e;
	int fd;

	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	(void)unlink(fresh); /* left by a process that was killed */
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return err_errno("cannot replace %s: cannot create %s", what,
		    fresh);
	e = fill(fd, fresh, as, data, len);
	if (close(fd) != 0 && e == NULL)
		e = err_errno("cannot write %s", fresh);
	if (e == NULL && rename(fresh, path) != 0)
		e = err_errno("cannot replace %s", path);
	if (e != NULL) {
		(void)unlink(fresh);
		return e;
	}
	return replace_sync_directory(path);
}

const struct err *
replace_file(const char *path, const char *what, const struct stat *as,
    const void *data, size_t len)
{
	char *real = realpath(path, NULL);
	const struct err *e;

	if (real == NULL)
		return err_errno("cannot find %s", path);
	e = replace_at(real, what, as, data, len);
	free(real);
	return e;
}
