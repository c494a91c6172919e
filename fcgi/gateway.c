/* SPDX-License-Identifier: MIT */
#include "fcgi/gateway.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#include "fcgi/gateway_part.h"
#include "fcgi/trusted_address.h"

#define LAST_CALL_MS 2600 /* limit for current calls when the process ends */
#define MAPPED_MIN (256 << 10) /* bytes of a block that is mapped by itself */
#define TRIMMED_MIN (1 << 20)  /* bytes at the heap's end that are given back */
#define HEAPS 4		       /* of malloc; calls go from thread to thread */

/* malloc raises its threshold for mapped blocks to the size of a block that was
 * freed, and then keeps blocks of that size, for ever in each thread. With a
 * fixed threshold larger blocks are always mapped, and freed to the system at
 * once. */
static void
bound_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
	(void)mallopt(M_TRIM_THRESHOLD, TRIMMED_MIN);
	(void)mallopt(M_ARENA_MAX, HEAPS);
}

/* Logged once, and not under CGI, where each call is a start. Calls from other
 * addresses, or with a secret, work all the same. */
static void
tell_trust(const struct gateway *g)
{
	const struct err *e = trusted_address_check(g->settings,
	    g->responder->name);

	if (e != NULL)
		log_err("%s: calls from there are answered 401", e->text);
}

/* These signals are blocked in all threads; the main thread reads them from a
 * descriptor. */
static const struct err *
take_signals(int *fd)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if ((*fd = signalfd(-1, &set, SFD_CLOEXEC)) < 0)
		return err_errno("signalfd");
	return NULL;
}

/* Until a signal to end comes. */
static void
tend(struct crew *p, struct door *d, int signal_fd)
{
	struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
	    {.fd = crew_fd(p), .events = POLLIN},
	    {.fd = door_silent_fd(d), .events = POLLIN}};

	do
		(void)poll(fds, nitems(fds), crew_tick(p));
	while (fds[0].revents == 0);
}

/* Threads that do not end in time are left: the process ends with them. */
static void
end_threads(struct crew *p)
{
	log_debug("ending");
	if (crew_close(p, clock_mono_ms() + LAST_CALL_MS))
		return;
	log_warn("a call did not end in time and is cut off");
	_exit(0);
}

static const struct err *
serve_fcgi(const struct gateway *g, int listen_fd)
{
	const struct err *e;
	struct door *d = NULL;
	struct crew *p;
	int signal_fd;

	tell_trust(g);
	bound_memory();
	if ((e = peer_library()) != NULL ||
	    (e = take_signals(&signal_fd)) != NULL ||
	    (e = door_open(listen_fd, &d)) != NULL ||
	    (e = crew_open(g, d, &p)) != NULL)
		return e;
	log_debug("ready, %lld workers", (long long)g->settings->api.workers);
	tend(p, d, signal_fd);
	end_threads(p);
	door_close(d);
	(void)close(signal_fd);
	return NULL;
}

const struct err *
gateway_run(const struct gateway *g)
{
	int listen_fd = STDIN_FILENO;
	const struct err *e;

	if (g->socket_path == NULL && peer_is_absent()) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): CGI has one thread */
		if (getenv("REQUEST_METHOD") == NULL)
			return err_new(ERR_INVALID, "neither FastCGI nor CGI: "
			    "descriptor 0 is no socket and there is no "
			    "REQUEST_METHOD; see -s");
		gateway_cgi(g);
		return NULL;
	}
	if (g->socket_path != NULL &&
	    (e = door_listen(g->socket_path, &listen_fd)) != NULL)
		return e;
	return serve_fcgi(g, listen_fd);
}
