/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: what a stranger's name server does. A name that ends in
 * ".rebound.eu" has this machine's address, whatever it had when somebody
 * looked before; and what goes to port 443 of this machine goes to
 * REBOUND_PORT, where a test listens.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REBOUND ".rebound.eu"
#define HTTPS 443

typedef int lookup(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

int
getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
	lookup *real;
	size_t len = name != NULL ? strlen(name) : 0, end = strlen(REBOUND);

	if (len > end && strcmp(name + len - end, REBOUND) == 0)
		name = "127.0.0.1";
	*(void **)(&real) = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, found);
}

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	const char *port = getenv("REBOUND_PORT");
	struct sockaddr_in here;

	if (to->sa_family == AF_INET && len >= sizeof here && port != NULL) {
		memcpy(&here, to, sizeof here);
		if (here.sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
		    here.sin_port == htons(HTTPS)) {
			here.sin_port = htons((uint16_t)strtol(port, NULL, 10));
			return (int)syscall(SYS_connect, fd, &here,
			    sizeof here);
		}
	}
	return (int)syscall(SYS_connect, fd, to, len);
}
