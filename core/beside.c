/* SPDX-License-Identifier: MIT */
#include "core/beside.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/mem.h"

/* From the directory of a program: in a tree of "make tarball", of a build, of
 * "make install" and of the package. */
static const char *const senders[] = {"outpost-sendd", "sendd",
    "../sbin/outpost-sendd", "../../sbin/outpost-sendd"};
static const char *const settings[] = {"outpost.conf", "../etc/outpost.conf"};

/* The first of the places, from this program's directory, where access is
 * given. */
static bool
find(const char *const places[], size_t n, int mode, char path[BESIDE_PATH])
{
	ssize_t len = readlink("/proc/self/exe", path, BESIDE_PATH - 1);
	size_t dir = len > 0 ? (size_t)len : 0;

	while (dir > 0 && path[dir - 1] != '/')
		dir--;
	for (size_t i = 0; dir > 0 && i < n; i++) {
		size_t room = BESIDE_PATH - dir;

		if ((size_t)snprintf(path + dir, room, "%s", places[i]) <
			room && access(path, mode) == 0)
			return true;
	}
	return false;
}

bool
beside_sender(char path[BESIDE_PATH])
{
	return find(senders, nitems(senders), X_OK, path);
}

bool
beside_settings(char path[BESIDE_PATH])
{
	return find(settings, nitems(settings), F_OK, path);
}
