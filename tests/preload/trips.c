/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: counts a program's round trips to MariaDB. A round trip is a
 * read that follows one write or several on a connection to .../mariadb.sock:
 * there the program waits for the server. The count is a 64-bit number in the
 * file TRIPS_DIR/PROGRAM, of all processes and connections of that name.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "/mariadb.sock"
#define FDS 4096

static _Atomic uint64_t *count;
static atomic_bool is_db[FDS], written[FDS];

/* At the first connection; a failure shows as a count that stays 0. */
static void
open_count(void)
{
	const char *dir = getenv("TRIPS_DIR");
	char path[512];
	void *there;
	int fd;

	if (dir == NULL)
		return;
	(void)snprintf(path, sizeof path, "%s/%s", dir,
	    program_invocation_short_name);
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)) < 0)
		return;
	if (ftruncate(fd, sizeof *count) == 0 &&
	    (there = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE,
		 MAP_SHARED, fd, 0)) != MAP_FAILED)
		count = there;
	(void)close(fd);
}

static bool
leads_to_db(const struct sockaddr *to)
{
	const struct sockaddr_un *un = (const void *)to;
	size_t n = to->sa_family == AF_UNIX ? strlen(un->sun_path) : 0;

	return n >= strlen(NAME) &&
	    strcmp(un->sun_path + n - strlen(NAME), NAME) == 0;
}

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (fd >= 0 && fd < FDS) {
		is_db[fd] = leads_to_db(to);
		written[fd] = false;
		if (is_db[fd])
			(void)pthread_once(&once, open_count);
	}
	return (int)syscall(SYS_connect, fd, to, len);
}

ssize_t
send(int fd, const void *data, size_t n, int flags)
{
	if (fd >= 0 && fd < FDS && is_db[fd])
		written[fd] = true;
	return syscall(SYS_sendto, fd, data, n, flags, NULL, 0);
}

ssize_t
recv(int fd, void *into, size_t n, int flags)
{
	if (fd >= 0 && fd < FDS && is_db[fd] &&
	    atomic_exchange(&written[fd], false) && count != NULL)
		(void)atomic_fetch_add(count, 1);
	return syscall(SYS_recvfrom, fd, into, n, flags, NULL, NULL);
}
