/* SPDX-License-Identifier: MIT */
/*
 * TLS of a connection: TLS 1.2 or later, "h2" by ALPN or nothing, the peer's
 * name verified. Sessions are resumed within a pool; connections of different
 * credentials share nothing but the trusted certificates.
 */
#include "sendd/h2/part.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/err.h"
#include "lib/mem.h"

#define READ_AHEAD (32 * 1024) /* several records a read(2) */

/* A server that has no "h2" to choose says so by choosing another one, if there
 * is another; else it ends the handshake, or leaves the choice out. */
static const unsigned char alpn[] = {
    2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
#define ALPN_H2 3 /* bytes of "h2" alone */

/* OpenSSL's reason for the latest failure; clears its queue of errors. */
static const char *
tls_reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return text != NULL ? text : "unspecified";
}

/* Keep a session to resume later: returning 1 takes the reference over. */
static int
on_tls_session(SSL *ssl, SSL_SESSION *session)
{
	struct h2_conn *c = SSL_get_app_data(ssl);

	if (c == NULL || !SSL_SESSION_is_resumable(session))
		return 0;
	SSL_SESSION_free(c->pool->session);
	c->pool->session = session;
	c->pool->session_trust = c->trust;
	return 1;
}

/* A number that changes with the trusted certificates. OpenSSL reads new files
 * of a directory by itself, but never forgets the old ones. */
static int64_t
trust_version(const char *ca_file)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): sendd sets none */
	const char *dir = getenv(X509_get_default_cert_dir_env());
	struct stat st;

	if (dir == NULL)
		dir = X509_get_default_cert_dir();
	if (stat(ca_file != NULL ? ca_file : dir, &st) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000 +
	       st.st_mtim.tv_nsec / 1000 + (int64_t)st.st_ino;
}

static const struct err *
trust_context(const char *ca_file, SSL_CTX **out)
{
	SSL_CTX *ctx;
	int ok;

	if (ca_file != NULL && access(ca_file, R_OK) != 0)
		return err_errno("cannot read certificates of %s", ca_file);
	if ((ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return err_new(ERR_FAULT, "TLS: %s", tls_reason());
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_options(ctx,
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
		SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
	(void)SSL_CTX_set_session_cache_mode(ctx,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_tls_session);
	ok = ca_file != NULL ? SSL_CTX_load_verify_file(ctx, ca_file)
			     : SSL_CTX_set_default_verify_paths(ctx);
	if (ok != 1) {
		SSL_CTX_free(ctx);
		return err_new(ERR_FAULT, "cannot read certificates of %s: %s",
		    ca_file != NULL ? ca_file : "the system", tls_reason());
	}
	*out = ctx;
	return NULL;
}

static bool
same_file(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The context of ca_file as it is now. Existing connections keep the context
 * that they were made with. */
static const struct err *
find_trust(struct h2_wire *w, const char *ca_file, SSL_CTX **out, int64_t *age)
{
	int64_t now = trust_version(ca_file);
	const struct err *e;
	struct h2_trust *t;
	SSL_CTX *ctx = NULL;

	*age = now;
	SLIST_FOREACH(t, &w->trusts, entry)
		if (same_file(t->ca_file, ca_file))
			break;
	if (t != NULL && t->changed == now) {
		*out = t->ctx;
		return NULL;
	}
	if ((e = trust_context(ca_file, &ctx)) != NULL)
		return e;
	if (t == NULL) {
		t = xcalloc(1, sizeof *t);
		t->ca_file = ca_file != NULL ? xstrdup(ca_file) : NULL;
		SLIST_INSERT_HEAD(&w->trusts, t, entry);
	}
	SSL_CTX_free(t->ctx);
	t->ctx = *out = ctx;
	t->changed = now;
	return NULL;
}

void
h2_trusts_free(struct h2_trusts *trusts)
{
	struct h2_trust *t;

	while ((t = SLIST_FIRST(trusts)) != NULL) {
		SLIST_REMOVE_HEAD(trusts, entry);
		SSL_CTX_free(t->ctx);
		free(t->ca_file);
		free(t);
	}
}

/* A literal address is compared with the certificate's addresses, and is never
 * sent as SNI. */
static bool
expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned char ip[16];

	if (inet_pton(AF_INET, host, ip) == 1 ||
	    inet_pton(AF_INET6, host, ip) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

const struct err *
h2_tls_new(struct h2_conn *c)
{
	struct h2_pool *p = c->pool;
	const struct err *e;
	SSL_CTX *ctx = NULL;

	e = find_trust(p->wire, p->base.origin.ca_file, &ctx, &c->trust);
	if (e != NULL)
		return e;
	ERR_clear_error();
	if ((c->ssl = SSL_new(ctx)) == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
	    !expect_host(c->ssl, p->base.origin.host) ||
	    SSL_set_alpn_protos(c->ssl, alpn, p->base.origin.http1
		? sizeof alpn : ALPN_H2) != 0)
		return err_new(ERR_FAULT, "TLS: %s", tls_reason());
	SSL_set_app_data(c->ssl, c);
	/* a session that was verified with other certificates is not
	 * resumed */
	if (p->session != NULL && p->session_trust == c->trust)
		(void)SSL_set_session(c->ssl, p->session);
	SSL_set_connect_state(c->ssl);
	return NULL;
}

void
h2_tls_free(struct h2_conn *c)
{
	if (c->ssl == NULL)
		return;
	SSL_set_app_data(c->ssl, NULL);
	if (SSL_is_init_finished(c->ssl) && !c->blocked)
		(void)SSL_shutdown(c->ssl); /* sends close_notify, no wait */
	ERR_clear_error();
	SSL_free(c->ssl);
	c->ssl = NULL;
}

static void
shake_failed(struct h2_conn *c, int error, int os_error)
{
	long verdict = SSL_get_verify_result(c->ssl);

	/* whatever the reason, this session is not tried again */
	SSL_SESSION_free(c->pool->session);
	c->pool->session = NULL;
	if (verdict != X509_V_OK)
		h2_conn_doom(c, "certificate refused: %s",
		    X509_verify_cert_error_string(verdict));
	else if (error == SSL_ERROR_SSL)
		h2_conn_doom(c, "TLS handshake failed: %s", tls_reason());
	else if (error == SSL_ERROR_SYSCALL && os_error != 0)
		h2_conn_doom(c, "TLS handshake failed: %s",
		    errno_text(os_error));
	else
		h2_conn_doom(c, "TLS handshake failed: connection closed");
}

int
h2_tls_shake(struct h2_conn *c)
{
	const unsigned char *chosen = NULL;
	unsigned len = 0;
	int rc, error, os_error;

	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(c->ssl);
	os_error = errno;
	if (rc != 1) {
		error = SSL_get_error(c->ssl, rc);
		c->blocked = error == SSL_ERROR_WANT_WRITE;
		if (error == SSL_ERROR_WANT_READ ||
		    error == SSL_ERROR_WANT_WRITE)
			return 0;
		shake_failed(c, error, os_error);
		return -1;
	}
	c->blocked = false;
	SSL_get0_alpn_selected(c->ssl, &chosen, &len);
	if (len == 2 && memcmp(chosen, "h2", 2) == 0)
		return 1;
	if (c->pool->base.origin.http1) {
		h2_pool_other(c->pool);
		h2_conn_leave(c, true);
	}
	h2_conn_doom(c, "the server does not offer HTTP/2 (ALPN)");
	return -1;
}

/* The result of a read or write that moved no bytes. */
static ssize_t
tls_result(struct h2_conn *c, int rc, int os_error)
{
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	case SSL_ERROR_SSL:
		h2_conn_doom(c, "connection lost: TLS: %s", tls_reason());
		return -1;
	case SSL_ERROR_SYSCALL:
		if (os_error != 0) {
			h2_conn_doom(c, "connection lost: %s",
			    errno_text(os_error));
			return -1;
		}
		/* fall through */
	default:
		h2_conn_doom(c, "connection closed by the server");
		return -1;
	}
}

ssize_t
h2_tls_read(struct h2_conn *c, void *into, size_t len)
{
	int n;

	ERR_clear_error();
	errno = 0;
	n = SSL_read(c->ssl, into, (int)len);
	return n > 0 ? n : tls_result(c, n, errno);
}

ssize_t
h2_tls_write(struct h2_conn *c, const void *data, size_t len)
{
	int n;

	ERR_clear_error();
	errno = 0;
	n = SSL_write(c->ssl, data, (int)len);
	return n > 0 ? n : tls_result(c, n, errno);
}
