/* SPDX-License-Identifier: MIT */
/*
 * The only file that knows libfcgi, and all its edges (version 2.4):
 *
 * - Connections are accepted here and handed to it: its own accept neither
 *   survives a lack of descriptors nor ends in all threads at a signal, and
 *   a peer that says nothing would hold a thread for ever.
 * - One connection is one call. Kept connections would each pin a thread.
 * - FCGX_Finish_r closes with shutdown and then waits for the peer, at most
 *   LIBFCGI_OS_CLOSE_POLL_TIMEOUT ms; it reads what the peer still sends, so
 *   a refused body does not cost the caller our answer.
 * - It bounds neither number nor size of the parameters, and before 2.4.5
 *   (in Debian 2.4.2-2+deb12u1) the length of a parameter could overflow: its
 *   peer must be a web server, which has limits for headers, so the socket is
 *   open to owner and group only. tests/api/63-gone.t tests hostile peers.
 */
#include "fcgi/gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/mem.h"

#include "fcgi/integration_cache.h"
#include "fcgi/serve.h"
#include "fcgi/throttle.h"
#include "fcgi/trusted_address.h"

#define BACKLOG 4096 /* net.core.somaxconn limits it too */
#define DRAIN_MAX ((size_t)64 << 20)
#define SILENCE_S 30	/* a web server may send nothing for this long */
#define REST_MS 200	/* pause when there are no descriptors left */
#define HUGE_CALL (1 << 20) /* bytes; after such a call memory is given back */
#define LAST_CALL_MS 2600 /* limit for current calls when the process ends */

struct gateway_server {
	const struct gateway *g;
	struct throttle *throttle;
	int listen_fd;
	int stop_fd; /* readable when the process must end */
	atomic_bool stop;
};

/* --- workers ---------------------------------------------------------- */

static void
worker_open(struct worker *w, const struct gateway *g, const atomic_bool *stop)
{
	*w = (struct worker){.settings = g->settings, .keyring = g->keyring,
	    .bell = {g->settings->sendd.doorbell, -1}, .mem = arena_new(),
	    .stop = stop};
}

static void
worker_close(struct worker *w)
{
	doorbell_close(&w->bell);
	http_free(w->http);
	integration_cache_free(w->callers);
	db_close(w->db);
	arena_free(w->mem);
}

/* --- FastCGI ---------------------------------------------------------- */

static long
from_fcgi(void *from, char *into, size_t size)
{
	return FCGX_GetStr(into, (int)size, from);
}

static void
write_fcgi(FCGX_Stream *out, const struct reply *r)
{
	struct buf head = BUF(16384);

	reply_head(r, &head);
	(void)FCGX_PutStr(buf_str(&head), (int)head.len, out);
	if (!r->headless)
		(void)FCGX_PutStr(r->body, (int)r->body_len, out);
	buf_done(&head);
}

/* malloc raises its threshold for mapped blocks to the size of a block that was
 * freed, and then keeps blocks of that size, for ever in each thread. With a
 * fixed threshold larger blocks are always mapped, and freed to the system at
 * once. */
static void
bound_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, HUGE_CALL / 4);
	(void)mallopt(M_TRIM_THRESHOLD, HUGE_CALL);
}

/* After a huge call also give back the small blocks. */
static void
give_back(struct worker *w, const struct request *req, const struct reply *r)
{
	bool huge = r->heavy || req->body_len >= HUGE_CALL ||
	    r->body_len >= HUGE_CALL;

	arena_reset(w->mem);
	if (huge)
		(void)malloc_trim(0);
}

/* fd belongs to libfcgi afterwards, which closes it. */
static void
serve_connection(const struct gateway *g, struct worker *w, int fd)
{
	struct request req;
	struct reply reply;
	FCGX_Request fcgi;

	/* no listening socket: FCGX_Accept_r closes a connection without a call
	 * and must not wait for another */
	(void)FCGX_InitRequest(&fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	fcgi.ipcFd = fd;
	fcgi.keepConnection = 1; /* else FCGX_Accept_r would close it first */
	if (FCGX_Accept_r(&fcgi) != 0)
		return;
	request_read(w->mem, g->settings, fcgi.envp, &req);
	request_body(w->mem, g->settings, fcgi.envp, from_fcgi, fcgi.in, &req);
	serve_call(g->responder, w, &req, &reply);
	write_fcgi(fcgi.out, &reply);
	fcgi.keepConnection = 0;
	FCGX_Finish_r(&fcgi);
	give_back(w, &req, &reply);
}

/* A lack of descriptors or memory is temporary: the process goes on. */
static bool
may_try_again(struct gateway_server *h, int why)
{
	struct pollfd stop = {.fd = h->stop_fd, .events = POLLIN};

	switch (why) {
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
		log_err("cannot accept: %s", errno_text(why));
		return false;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		log_warn("cannot accept: %s", errno_text(why));
		(void)poll(&stop, 1, REST_MS);
		return true;
	default: /* the peer closed that connection before accept */
		return true;
	}
}

/* The next connection; -1 when the process must end. */
static int
next_connection(struct gateway_server *h, int epoll_fd)
{
	const struct timeval silence = {.tv_sec = SILENCE_S};
	struct epoll_event event;

	while (!atomic_load(&h->stop)) {
		int fd = accept4(h->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0) {
			(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence,
			    sizeof silence);
			(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence,
			    sizeof silence);
			return fd;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			(void)epoll_wait(epoll_fd, &event, 1, -1);
		else if (!may_try_again(h, errno))
			break;
	}
	return -1;
}

/* Each thread waits in its own set, so that one connection wakes one. */
static int
waiting_room(const struct gateway_server *h)
{
	struct epoll_event listening = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	struct epoll_event stop = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0 ||
	    epoll_ctl(fd, EPOLL_CTL_ADD, h->listen_fd, &listening) != 0 ||
	    epoll_ctl(fd, EPOLL_CTL_ADD, h->stop_fd, &stop) != 0)
		fatalx("epoll: %s", errno_text(errno));
	return fd;
}

static void *
worker_main(void *arg)
{
	struct gateway_server *h = arg;
	int fd, epoll_fd = waiting_room(h);
	struct worker w;

	worker_open(&w, h->g, &h->stop);
	w.throttle = h->throttle;
	while ((fd = next_connection(h, epoll_fd)) >= 0)
		serve_connection(h->g, &w, fd);
	worker_close(&w);
	(void)close(epoll_fd);
	return NULL;
}

/* --- starting and ending ---------------------------------------------- */

static const struct err *
listen_on(const char *path, int *fd)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const struct err *e;
	int s;

	if (strlen(path) >= sizeof sa.sun_path)
		return err_new(ERR_INVALID, "%s is too long for a socket",
		    path);
	if ((s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return err_errno("socket");
	memcpy(sa.sun_path, path, strlen(path));
	(void)unlink(path);
	if (bind(s, (struct sockaddr *)&sa, sizeof sa) != 0 ||
	    chmod(path, 0660) != 0 || listen(s, BACKLOG) != 0) {
		e = err_errno("cannot listen on %s", path);
		(void)close(s);
		return e;
	}
	*fd = s;
	return NULL;
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

/* These signals are blocked in all threads; the main thread takes them one by
 * one. */
static void
block_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* Threads that do not end in time are left: the process ends with them. */
static void
join_all(pthread_t *threads, size_t n)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_CALL_MS / 1000;
	until.tv_nsec += LAST_CALL_MS % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	for (size_t i = 0; i < n; i++) {
		if (pthread_timedjoin_np(threads[i], NULL, &until) == 0)
			continue;
		log_warn("a call did not end in time and is cut off");
		_exit(0);
	}
}

static const struct err *
serve_fcgi(struct gateway_server *h)
{
	size_t n = (size_t)h->g->settings->api.workers;
	pthread_t *threads;
	uint64_t one = 1;
	sigset_t set;
	int signo;

	tell_trust(h->g);
	bound_memory();
	block_signals(&set);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 0);
	if (FCGX_Init() != 0)
		return err_new(ERR_FAULT, "libfcgi does not start");
	(void)fcntl(h->listen_fd, F_SETFL,
	    fcntl(h->listen_fd, F_GETFL) | O_NONBLOCK);
	(void)signal(SIGPIPE, SIG_IGN);
	threads = xcalloc(n, sizeof *threads);
	h->throttle = throttle_new();
	for (size_t i = 0; i < n; i++) {
		int why = pthread_create(&threads[i], NULL, worker_main, h);

		if (why != 0)
			fatalx("cannot start a thread: %s", errno_text(why));
	}
	log_debug("ready, %zu workers", n);
	(void)sigwait(&set, &signo);
	log_debug("signal %d: ending", signo);
	atomic_store(&h->stop, true);
	(void)!write(h->stop_fd, &one, sizeof one);
	join_all(threads, n);
	throttle_free(h->throttle);
	free(threads);
	return NULL;
}

/* --- CGI -------------------------------------------------------------- */

static long
from_stdin(void *from, char *into, size_t size)
{
	ssize_t n;

	(void)from;
	do
		n = read(STDIN_FILENO, into, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static void
write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the web server has gone */
		data += n;
		len -= (size_t)n;
	}
}

/* Read what a refused call has left unread: a web server that cannot send all
 * of it may drop our answer too. */
static void
drain_stdin(void)
{
	char part[16384];

	for (size_t had = 0; had < DRAIN_MAX; had += sizeof part)
		if (from_stdin(NULL, part, sizeof part) <= 0)
			return;
}

static void
serve_cgi(const struct gateway *g)
{
	struct buf head = BUF(16384);
	struct request req;
	struct reply reply;
	struct worker w;

	(void)signal(SIGPIPE, SIG_IGN);
	worker_open(&w, g, NULL);
	request_read(w.mem, g->settings, environ, &req);
	request_body(w.mem, g->settings, environ, from_stdin, NULL, &req);
	serve_call(g->responder, &w, &req, &reply);
	if (req.body_unread)
		drain_stdin();
	reply_head(&reply, &head);
	write_all(buf_str(&head), head.len);
	if (!reply.headless)
		write_all(reply.body, reply.body_len);
	buf_done(&head);
	worker_close(&w);
}

const struct err *
gateway_run(const struct gateway *g)
{
	struct gateway_server h = {.g = g, .listen_fd = STDIN_FILENO};
	const struct err *e;

	if (g->socket_path == NULL && FCGX_IsCGI()) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): CGI has one thread */
		if (getenv("REQUEST_METHOD") == NULL)
			return err_new(ERR_INVALID, "neither FastCGI nor CGI: "
			    "descriptor 0 is no socket and there is no "
			    "REQUEST_METHOD; see -s");
		serve_cgi(g);
		return NULL;
	}
	if (g->socket_path != NULL &&
	    (e = listen_on(g->socket_path, &h.listen_fd)) != NULL)
		return e;
	if ((h.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		return err_errno("eventfd");
	return serve_fcgi(&h);
}
