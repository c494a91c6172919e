/* SPDX-License-Identifier: MIT */
#include "tests/fake/server.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "tests/fake/ledger.h"

LIST_HEAD(conns, conn);

struct server {
	struct fake *fake;
	int epoll, listener, signals;
	SSL_CTX *tls;
	struct conns conns;
	struct asks spare, waiting; /* waiting: in order of due_ms */
	bool done;
};

struct fake *
server_fake(struct server *s)
{
	return s->fake;
}

struct apns_state *
conn_apns(struct conn *c)
{
	return &c->apns;
}

void
conn_dirty(struct conn *c)
{
	c->dirty = true;
}

void
conn_raise(struct conn *c)
{
	if (c->kind != CONN_H2 || c->raised || c->stay_low)
		return;
	c->raised = true;
	h2_limit(c, c->server->fake->streams);
}

struct ask *
server_ask(struct server *s, struct conn *c)
{
	struct ask *ask = TAILQ_FIRST(&s->spare);

	if (ask != NULL)
		TAILQ_REMOVE(&s->spare, ask, next);
	else
		ask = xcalloc(1, sizeof(*ask));
	ask_reset(ask);
	ask->conn = c;
	TAILQ_INSERT_TAIL(&c->asks, ask, sibling);
	return ask;
}

void
server_unask(struct server *s, struct ask *ask)
{
	if (ask->waiting)
		TAILQ_REMOVE(&s->waiting, ask, next);
	ask->waiting = false;
	TAILQ_REMOVE(&ask->conn->asks, ask, sibling);
	TAILQ_INSERT_HEAD(&s->spare, ask, next);
}

static void
reply(struct ask *ask)
{
	struct conn *c = ask->conn;

	if (c->kind == CONN_H2)
		h2_reply(c, ask);
	else
		h1_reply(c, ask);
}

/* Most delays are alike, so the place is near the tail. */
static void
wait_for(struct server *s, struct ask *ask)
{
	struct ask *before = TAILQ_LAST(&s->waiting, asks);

	ask->due_ms = clock_mono_ms() + ask->answer.delay_ms;
	ask->waiting = true;
	while (before != NULL && before->due_ms > ask->due_ms)
		before = TAILQ_PREV(before, asks, next);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&s->waiting, before, ask, next);
	else
		TAILQ_INSERT_HEAD(&s->waiting, ask, next);
}

void
server_answer(struct server *s, struct ask *ask)
{
	if (ask->answer.delay_ms > 0 && !s->fake->prompt)
		wait_for(s, ask);
	else
		reply(ask);
}

static void
answer_due(struct server *s)
{
	int64_t now = clock_mono_ms();
	struct ask *ask;

	while ((ask = TAILQ_FIRST(&s->waiting)) != NULL &&
	    (ask->due_ms <= now || s->fake->prompt)) {
		TAILQ_REMOVE(&s->waiting, ask, next);
		ask->waiting = false;
		reply(ask);
	}
}

static int
next_wait(const struct server *s)
{
	const struct ask *ask = TAILQ_FIRST(&s->waiting);
	int64_t ms;

	if (ask == NULL)
		return -1;
	ms = ask->due_ms - clock_mono_ms();
	return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void
conn_free(struct conn *c)
{
	struct server *s = c->server;
	struct ask *ask;

	while ((ask = TAILQ_FIRST(&c->asks)) != NULL)
		server_unask(s, ask);
	h2_close(c);
	LIST_REMOVE(c, next);
	SSL_free(c->ssl);
	(void)close(c->fd);
	buf_done(&c->in);
	buf_done(&c->rest);
	free(c);
	s->fake->n.open--;
}

static void
conn_new(struct server *s, int fd)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->server = s;
	c->fd = fd;
	c->goaway_last = -1;
	c->in.max = 2 * 1024 * 1024;
	c->rest.max = 16 * 1024 * 1024;
	TAILQ_INIT(&c->asks);
	if ((c->ssl = SSL_new(s->tls)) == NULL)
		fatalx("no memory");
	SSL_set_fd(c->ssl, fd);
	SSL_set_accept_state(c->ssl);
	LIST_INSERT_HEAD(&s->conns, c, next);
	s->fake->n.connections++;
	s->fake->n.open++;
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) == -1)
		c->dead = true;
}

static void
accept_all(struct server *s)
{
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1)
		conn_new(s, fd);
}

/* Does OpenSSL merely wait for the socket? Anything else is the end. */
static bool
ssl_waits(struct conn *c, int rc)
{
	int why = SSL_get_error(c->ssl, rc);

	ERR_clear_error();
	if (why == SSL_ERROR_WANT_WRITE)
		c->wants_out = true;
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void
conn_hello(struct conn *c)
{
	const unsigned char *alpn;
	unsigned int len;
	int rc = SSL_do_handshake(c->ssl);

	if (rc != 1) {
		c->dead = !ssl_waits(c, rc);
		return;
	}
	SSL_get0_alpn_selected(c->ssl, &alpn, &len);
	c->kind = len == 2 && memcmp(alpn, "h2", 2) == 0 ? CONN_H2 : CONN_H1;
	if (c->kind == CONN_H2 && h2_open(c) != NULL)
		c->dead = true;
}

static void
conn_read(struct conn *c)
{
	char data[16 * 1024];
	bool ok;
	int n;

	if (c->kind == CONN_HELLO && conn_is_through(c))
		conn_hello(c);
	while (!c->dead && c->kind != CONN_HELLO) {
		if ((n = SSL_read(c->ssl, data, sizeof(data))) <= 0) {
			c->dead = !ssl_waits(c, n);
			break;
		}
		ok = c->kind == CONN_H2 ? h2_read(c, data, (size_t)n) :
		    h1_read(c, data, (size_t)n);
		/* A broken peer still gets the GOAWAY that tells why. */
		if (!ok) {
			c->closing = true;
			break;
		}
	}
}

/* Send what is there; true when nothing is left for now. */
static bool
conn_push(struct conn *c)
{
	int n;

	while (c->out_sent < c->out_len) {
		n = SSL_write(c->ssl, c->out + c->out_sent,
		    (int)(c->out_len - c->out_sent));
		if (n <= 0) {
			c->dead = !ssl_waits(c, n);
			c->wants_out = true;
			return false;
		}
		c->out_sent += (size_t)n;
	}
	c->out_len = c->out_sent = 0;
	return true;
}

static void
conn_write(struct conn *c)
{
	bool ok;

	c->dirty = false;
	c->wants_out = false;
	while (!c->dead && conn_push(c)) {
		ok = c->kind == CONN_H2 ? h2_fill(c) : h1_fill(c);
		if (!ok)
			c->dead = true;
		if (c->out_len == 0)
			break;
	}
	if (c->closing && c->out_len == 0 &&
	    (c->kind != CONN_H2 || h2_is_idle(c))) {
		(void)SSL_shutdown(c->ssl);
		c->dead = true;
	}
}

static void
watch(struct server *s, struct conn *c, bool out)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (out)
		ev.events |= EPOLLOUT;
	(void)epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

/* After all was read: the ledger first, then the answers. */
static void
end_round(struct server *s)
{
	struct conn *c, *after;
	bool waited, relimit = s->fake->relimit;

	s->fake->relimit = false;
	ledger_flush(s->fake->ledger);
	for (c = LIST_FIRST(&s->conns); c != NULL; c = after) {
		after = LIST_NEXT(c, next);
		waited = c->wants_out;
		if (c->kind == CONN_HELLO)
			continue;
		if (relimit && c->kind == CONN_H2 && c->raised && !c->dead)
			h2_limit(c, s->fake->streams);
		if (c->dirty && !c->dead)
			conn_write(c);
		if (c->dead)
			conn_free(c);
		else if (c->wants_out != waited)
			watch(s, c, c->wants_out);
	}
}

static void
end_hellos(struct server *s)
{
	struct conn *c, *after;

	for (c = LIST_FIRST(&s->conns); c != NULL; c = after) {
		after = LIST_NEXT(c, next);
		if (c->kind == CONN_HELLO && c->dead)
			conn_free(c);
	}
}

static void
on_event(struct server *s, const struct epoll_event *ev)
{
	struct conn *c = ev->data.ptr;

	if (ev->data.ptr == &s->signals) {
		s->done = true;
	} else if (ev->data.ptr == &s->listener) {
		accept_all(s);
	} else if (!c->dead) {
		if (ev->events & EPOLLOUT)
			c->dirty = true;
		if (ev->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			conn_read(c);
	}
}

const struct err *
server_run(struct server *s)
{
	struct epoll_event ev[64];
	int i, n;

	while (!s->done) {
		n = epoll_wait(s->epoll, ev, nitems(ev), next_wait(s));
		if (n == -1 && errno != EINTR)
			return err_errno("epoll_wait");
		for (i = 0; i < n; i++)
			on_event(s, &ev[i]);
		answer_due(s);
		end_round(s);
		end_hellos(s);
	}
	return NULL;
}

static int
choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";
	const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	unsigned char *chosen;

	(void)arg;
	if (host != NULL && strcmp(host, OLD_HOST) == 0)
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in,
	    in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *
tls_new(const char *cert, const char *key)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls == NULL ||
	    !SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) ||
	    SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
		SSL_CTX_free(tls);
		return NULL;
	}
	SSL_CTX_set_alpn_select_cb(tls, choose, NULL);
	SSL_CTX_set_read_ahead(tls, 1);
	SSL_CTX_set_default_read_buffer_len(tls, 64 * 1024);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	return tls;
}

static const struct err *
listen_on(struct server *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int one = 1;

	a.sin_port = htons((uint16_t)s->fake->port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener == -1)
		return err_errno("socket");
	(void)setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &one,
	    sizeof(one));
	if (bind(s->listener, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(s->listener, 256) == -1 ||
	    getsockname(s->listener, (struct sockaddr *)&a, &len) == -1)
		return err_errno("port %d", s->fake->port);
	s->fake->port = ntohs(a.sin_port);
	return NULL;
}

static void
watch_own(struct server *s, int *fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = fd};

	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, *fd, &ev) == -1)
		fatalx("epoll");
}

const struct err *
server_open(struct fake *f, const char *cert, const char *key,
    struct server **into)
{
	struct server *s = xcalloc(1, sizeof(*s));
	const struct err *e;
	sigset_t ends;

	s->fake = f;
	LIST_INIT(&s->conns);
	TAILQ_INIT(&s->spare);
	TAILQ_INIT(&s->waiting);
	s->signals = s->epoll = s->listener = -1;
	*into = s;
	if ((e = listen_on(s)) != NULL)
		return e;
	if ((s->tls = tls_new(cert, key)) == NULL)
		return err_new(ERR_FAULT, "cannot use %s", cert);
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	s->signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
	if ((s->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 || s->signals == -1)
		return err_errno("epoll");
	watch_own(s, &s->signals);
	watch_own(s, &s->listener);
	return NULL;
}

void
server_close(struct server *s)
{
	struct ask *ask;

	if (s == NULL)
		return;
	while (!LIST_EMPTY(&s->conns))
		/* it leaves the list, which the analyser does not follow */
		conn_free(LIST_FIRST(&s->conns)); /* NOLINT(*-unix.Malloc) */
	while ((ask = TAILQ_FIRST(&s->spare)) != NULL) {
		TAILQ_REMOVE(&s->spare, ask, next);
		ask_done(ask);
		free(ask);
	}
	SSL_CTX_free(s->tls);
	(void)close(s->listener);
	(void)close(s->epoll);
	(void)close(s->signals);
	free(s);
}
