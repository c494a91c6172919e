/* SPDX-License-Identifier: MIT */
#include "lib/conf_secret.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that everybody can read holds no secret. */
static const struct err *
check_mode(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno("cannot read secret file %s", path);
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) != 0)
		return err_new(ERR_FAULT, "secret file %s is open to "
		    "everybody: chmod o= it", path);
	return NULL;
}

const struct err *
conf_secret_fd(int fd, const char *path, char *buf, size_t size)
{
	const struct err *e = check_mode(fd, path);
	size_t len = 0;
	ssize_t n;

	if (e != NULL)
		return e;
	while ((n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return err_errno("cannot read secret file %s", path);
	if (len == size)
		return err_new(ERR_FAULT, "secret file %s is too long", path);
	buf[len] = '\0';
	if (strlen(buf) != len)
		return err_new(ERR_FAULT, "secret file %s is not text", path);
	return NULL;
}

const struct err *
conf_secret(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const struct err *e;

	if (fd < 0)
		return err_errno("cannot read secret file %s", path);
	e = conf_secret_fd(fd, path, buf, size);
	(void)close(fd);
	if (e != NULL)
		return e;
	buf[strcspn(buf, "\r\n")] = '\0';
	if (buf[0] == '\0')
		return err_new(ERR_FAULT, "secret file %s is empty", path);
	return NULL;
}
