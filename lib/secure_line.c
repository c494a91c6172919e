/* SPDX-License-Identifier: MIT */
#include "lib/secure_line.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/buf.h"
#include "lib/conf_secret.h"
#include "lib/mem.h"
#include "lib/text.h"

#define KEY_BYTES 32
#define IDENTITY "outpost doorbell" /* what a peer calls the key */
#define PIECE 4096		    /* of one SSL_write */
#define SILENT_MS 5000 /* so long a peer may leave unread what TCP has sent */
#define IDLE_S 15      /* then TCP asks whether the peer is still there */

/* RFC 8446, B.4. A key of this kind belongs to one hash, SHA-256. */
#define SUITE "TLS_AES_128_GCM_SHA256"
static const unsigned char suite[] = {0x13, 0x01};

struct secure_key {
	unsigned char bytes[KEY_BYTES];
	BIO_METHOD *socket;
	SSL_CTX *dials, *answers;
};

struct secure_line {
	SSL *ssl;
	int fd;
	bool blocked, dead;
	struct buf out;
	size_t piece; /* of out, that must be written again as it was; or 0 */
	size_t n_in;
	char in[SECURE_LINE_IN];
	char why[128];
};

/* --- the key ---------------------------------------------------------- */

static SSL_SESSION *
tls_session_of(SSL *ssl)
{
	const struct secure_key *key = SSL_get_app_data(ssl);
	SSL_SESSION *s = SSL_SESSION_new();

	if (s != NULL &&
	    SSL_SESSION_set1_master_key(s, key->bytes, KEY_BYTES) == 1 &&
	    SSL_SESSION_set_cipher(s, SSL_CIPHER_find(ssl, suite)) == 1 &&
	    SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION) == 1)
		return s;
	SSL_SESSION_free(s);
	return NULL;
}

/* For the end that connects. */
static int
on_key_wanted(SSL *ssl, const EVP_MD *hash, const unsigned char **id,
    size_t *len, SSL_SESSION **session)
{
	(void)hash; /* SUITE has one */
	*id = (const unsigned char *)IDENTITY;
	*len = sizeof IDENTITY - 1;
	return (*session = tls_session_of(ssl)) != NULL;
}

/* For the other end. No session: the handshake goes on to a certificate, which
 * there is none of, and ends. */
static int
on_key_named(SSL *ssl, const unsigned char *id, size_t len,
    SSL_SESSION **session)
{
	*session = NULL;
	if (len != sizeof IDENTITY - 1 || memcmp(id, IDENTITY, len) != 0)
		return 1;
	return (*session = tls_session_of(ssl)) != NULL;
}

/* VERIFY_PEER, without any trusted certificate: a peer that shows one instead
 * of having the key is refused. */
static SSL_CTX *
context_new(bool dials)
{
	SSL_CTX *ctx = SSL_CTX_new(dials ? TLS_client_method()
					 : TLS_server_method());

	if (ctx == NULL ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, SUITE) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (dials) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_psk_use_session_callback(ctx, on_key_wanted);
	} else
		SSL_CTX_set_psk_find_session_callback(ctx, on_key_named);
	return ctx;
}

/* --- the socket: OpenSSL's own would raise SIGPIPE -------------------- */

static int
socket_of(BIO *b)
{
	return ((const struct secure_line *)BIO_get_data(b))->fd;
}

static int
socket_write(BIO *b, const char *data, int len)
{
	ssize_t n = send(socket_of(b), data, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(b);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(b);
	return (int)n;
}

static int
socket_read(BIO *b, char *into, int size)
{
	ssize_t n = recv(socket_of(b), into, (size_t)size, 0);

	BIO_clear_retry_flags(b);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	return (int)n;
}

static long
socket_control(BIO *b, int what, long n, void *arg)
{
	(void)b;
	(void)n;
	(void)arg;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
socket_new(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");

	if (m != NULL && BIO_meth_set_write(m, socket_write) == 1 &&
	    BIO_meth_set_read(m, socket_read) == 1 &&
	    BIO_meth_set_ctrl(m, socket_control) == 1)
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* --- reading the key -------------------------------------------------- */

void
secure_key_free(struct secure_key *key)
{
	if (key == NULL)
		return;
	SSL_CTX_free(key->dials);
	SSL_CTX_free(key->answers);
	BIO_meth_free(key->socket);
	explicit_bzero(key->bytes, sizeof key->bytes);
	free(key);
}

const struct err *
secure_key_read(const char *path, struct secure_key **out)
{
	char hex[2 * KEY_BYTES + 3];
	struct secure_key *key = xcalloc(1, sizeof *key);
	const struct err *e = conf_secret(path, hex, sizeof hex);

	if (e == NULL && !text_unhex(hex, key->bytes, KEY_BYTES))
		e = err_new(ERR_FAULT, "secret file %s is not %d bytes in "
		    "hex", path, KEY_BYTES);
	explicit_bzero(hex, sizeof hex);
	if (e == NULL && ((key->socket = socket_new()) == NULL ||
	    (key->dials = context_new(true)) == NULL ||
	    (key->answers = context_new(false)) == NULL))
		e = err_new(ERR_FAULT, "TLS cannot be set up");
	ERR_clear_error();
	if (e != NULL)
		secure_key_free(key);
	else
		*out = key;
	return e;
}

/* --- lines ------------------------------------------------------------ */

/* Before a call: what something else in this thread has left is none of the
 * line's, and judge_line would take it for that. */
static void
forget_errors(void)
{
	ERR_clear_error();
	errno = 0;
}

/* A call has moved nothing: because the socket cannot now, or never again. */
static void
judge_line(struct secure_line *l, int rc)
{
	int why_os = errno, error = SSL_get_error(l->ssl, rc);
	const char *why = error == SSL_ERROR_SSL
	    ? ERR_reason_error_string(ERR_peek_last_error())
	    : error == SSL_ERROR_SYSCALL && why_os != 0 ? errno_text(why_os)
	    : NULL;

	ERR_clear_error();
	l->blocked = error == SSL_ERROR_WANT_WRITE;
	if (l->blocked || error == SSL_ERROR_WANT_READ || l->dead)
		return;
	l->dead = true;
	(void)snprintf(l->why, sizeof l->why, "%s",
	    why != NULL ? why : "the other end has closed it");
}

/* Say what is left to say. What OpenSSL has begun to send must come again in
 * the same length. */
static void
flush_line(struct secure_line *l)
{
	while (l->out.len > 0 && !l->dead) {
		size_t len = l->piece != 0 ? l->piece
		    : l->out.len < PIECE ? l->out.len : PIECE;
		int n;

		forget_errors();
		n = SSL_write(l->ssl, l->out.data, (int)len);
		l->piece = n > 0 ? 0 : len;
		if (n <= 0) {
			judge_line(l, n);
			return;
		}
		l->blocked = false;
		buf_drop(&l->out, (size_t)n);
	}
}

/* A peer whose machine is gone is found out, whether it has something to read
 * or not. */
static void
watch_peer(int fd)
{
	const int on = 1, silent_ms = SILENT_MS, idle_s = IDLE_S;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s,
	    sizeof idle_s);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms,
	    sizeof silent_ms);
}

static const struct err *
line_new(const struct secure_key *key, SSL_CTX *ctx, int fd,
    struct secure_line **out)
{
	struct secure_line *l = xcalloc(1, sizeof *l);
	BIO *socket = BIO_new(key->socket);

	l->fd = fd;
	l->out = (struct buf)BUF(SECURE_LINE_OUT);
	if (socket == NULL || (l->ssl = SSL_new(ctx)) == NULL) {
		(void)BIO_free(socket);
		secure_line_close(l);
		ERR_clear_error();
		return err_new(ERR_FAULT, "TLS cannot be set up");
	}
	BIO_set_data(socket, l);
	BIO_set_init(socket, 1);
	SSL_set_bio(l->ssl, socket, socket);
	SSL_set_app_data(l->ssl, (void *)(uintptr_t)key);
	watch_peer(fd);
	*out = l;
	return NULL;
}

const struct err *
secure_line_dial(const struct secure_key *key, const struct sockaddr *to,
    socklen_t len, struct secure_line **out)
{
	int fd = socket(to->sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct err *e;

	if (fd < 0)
		return err_errno("socket");
	if (connect(fd, to, len) != 0 && errno != EINPROGRESS) {
		e = err_errno("cannot connect");
		(void)close(fd);
		return e;
	}
	if ((e = line_new(key, key->dials, fd, out)) != NULL)
		return e;
	SSL_set_connect_state((*out)->ssl);
	(*out)->blocked = true; /* until it is connected */
	return NULL;
}

const struct err *
secure_line_answer(const struct secure_key *key, int fd,
    struct secure_line **out)
{
	const struct err *e = line_new(key, key->answers, fd, out);

	if (e == NULL)
		SSL_set_accept_state((*out)->ssl);
	return e;
}

void
secure_line_close(struct secure_line *l)
{
	if (l == NULL)
		return;
	if (l->ssl != NULL && SSL_is_init_finished(l->ssl) && !l->dead &&
	    !l->blocked)
		(void)SSL_shutdown(l->ssl); /* says so, and does not wait */
	ERR_clear_error();
	SSL_free(l->ssl);
	(void)close(l->fd);
	buf_done(&l->out);
	free(l);
}

int
secure_line_fd(const struct secure_line *l)
{
	return l->fd;
}

bool
secure_line_is_open(const struct secure_line *l)
{
	return !l->dead && SSL_is_init_finished(l->ssl);
}

bool
secure_line_is_blocked(const struct secure_line *l)
{
	return l->blocked && !l->dead;
}

const char *
secure_line_why(const struct secure_line *l)
{
	return l->dead ? l->why : NULL;
}

bool
secure_line_say(struct secure_line *l, const char *text, size_t len)
{
	errno = EPIPE;
	if (l->dead)
		return false;
	errno = EAGAIN;
	if (l->out.len + len + 1 > SECURE_LINE_OUT)
		return false;
	(void)buf_add(&l->out, text, len);
	(void)buf_text(&l->out, "\n");
	if (!l->blocked)
		flush_line(l);
	errno = EPIPE;
	return !l->dead;
}

/* Give the whole lines that have come; 0: there is none. */
static int
take_lines(struct secure_line *l, char into[SECURE_LINE_IN])
{
	const char *end = memrchr(l->in, '\n', l->n_in);
	size_t n = end != NULL ? (size_t)(end - l->in) : 0;

	if (end == NULL)
		return 0;
	memcpy(into, l->in, n);
	l->n_in -= n + 1;
	memmove(l->in, end + 1, l->n_in);
	return (int)n;
}

static void
read_secure(struct secure_line *l)
{
	int n;

	if (l->n_in == sizeof l->in) {
		l->dead = true;
		(void)snprintf(l->why, sizeof l->why, "a line is too long");
		return;
	}
	forget_errors();
	n = SSL_read(l->ssl, l->in + l->n_in, (int)(sizeof l->in - l->n_in));
	if (n <= 0)
		judge_line(l, n);
	else
		l->n_in += (size_t)n;
}

int
secure_line_hear(struct secure_line *l, char into[SECURE_LINE_IN])
{
	bool more;
	int n;

	do {
		size_t before = l->n_in;

		if (!l->dead)
			read_secure(l);
		more = l->n_in > before;
		n = take_lines(l, into);
	} while (n == 0 && more);
	if (!l->dead)
		flush_line(l);
	return n == 0 && l->dead ? -1 : n;
}
