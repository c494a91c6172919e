/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/2 server with manners as bad as the path asks for: the other side
 * of test_wire_h2. A thread a connection, blocking. It is a proxy too: what
 * begins with CONNECT is answered and then served as the origin.
 *
 *	/200 /403 /429	answers; /403 and /429 with a reason
 *	/interim	100, then 200
 *	/json /part	200 with a body, whole or not
 *	/early		200 before the body is read, which is never read
 *	/big /headers	an answer with too much of it
 *	/hang		none
 *	/refuse /cancel	RST_STREAM; /cut: in the middle of an answer
 *	/goaway		GOAWAY with this stream as the last, then 200
 *	/narrow		SETTINGS with one stream at a time, then 200
 *	/die /mute	the connection breaks; nothing is read any more
 *
 * A test may play what is worse: another path, a connection from the end of
 * TLS on, or the answer to CONNECT.
 */
#ifndef TESTS_UNIT_H2_PEER_H
#define TESTS_UNIT_H2_PEER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nghttp2/nghttp2.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define PEER_LINE 512
#define PEER_CONNS 64

struct peer_conn;

struct peer {
	int listener;
	unsigned port;
	SSL_CTX *ctx;
	char ca_file[64];
	pthread_t thread;
	unsigned max_streams; /* 0: no such setting */
	bool no_alpn, no_settings;
	char proxy_line[PEER_LINE]; /* wanted in CONNECT's header */
	atomic_uint connections, resumed, proxied, requests;
	void (*path)(struct peer_conn *c, int32_t id, const char *path);
	void (*raw)(struct peer_conn *c);
	void (*_Atomic proxy)(struct peer_conn *c);
	struct peer_conn *conns[PEER_CONNS];
	unsigned n_conns;
};

struct peer_conn {
	struct peer *peer;
	int fd;
	SSL *ssl;
	nghttp2_session *session;
	pthread_t thread;
	bool dead, mute;
	atomic_bool stop;
	char path[1 << 12][16]; /* by stream id / 2 */
};

static ssize_t
peer_body(nghttp2_session *s, int32_t id, uint8_t *into, size_t len,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	const char *text = source->ptr;
	size_t n = text != NULL ? strlen(text) : len;

	(void)s;
	(void)id;
	(void)arg;
	if (text == NULL) {
		memset(into, 'x', len); /* for ever */
		return (ssize_t)len;
	}
	memcpy(into, text, n);
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static void
peer_answer(struct peer_conn *c, int32_t id, const char *status,
    const char *body, bool endless)
{
#define NV(n, v) {(uint8_t *)(uintptr_t)(n), (uint8_t *)(uintptr_t)(v), \
	strlen(n), strlen(v), 0}
	nghttp2_nv nv[] = {NV(":status", status), NV("apns-id", "the-id"),
	    NV("retry-after", "7")};
	nghttp2_data_provider data = {.source.ptr = (void *)(uintptr_t)body,
	    .read_callback = peer_body};

	nghttp2_submit_response(c->session, id, nv,
	    strcmp(status, "429") == 0 ? 3 : 2,
	    body != NULL || endless ? &data : NULL);
}

static void
peer_flush(struct peer_conn *c)
{
	const uint8_t *data;
	ssize_t n;

	while (!c->dead &&
	       (n = nghttp2_session_mem_send(c->session, &data)) > 0)
		if (SSL_write(c->ssl, data, (int)n) <= 0)
			c->dead = true;
}

static void
peer_big_headers(struct peer_conn *c, int32_t id)
{
	static char value[1000];
	nghttp2_nv nv[24] = {NV(":status", "200")};

	memset(value, 'v', sizeof value - 1);
	for (int i = 1; i < 24; i++)
		nv[i] = (nghttp2_nv)NV("x-more", value);
	nghttp2_submit_response(c->session, id, nv, 24, NULL);
}

static void
peer_goaway(struct peer_conn *c, int32_t id)
{
	static const char reason[] = "{\"reason\":\"Shutdown\"}";

	nghttp2_submit_goaway(c->session, 0, id, NGHTTP2_NO_ERROR,
	    (const uint8_t *)reason, sizeof reason - 1);
	peer_answer(c, id, "200", NULL, false);
}

static void
peer_narrow(struct peer_conn *c, int32_t id)
{
	nghttp2_settings_entry one = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
	    1};

	nghttp2_submit_settings(c->session, 0, &one, 1);
	peer_answer(c, id, "200", NULL, false);
}

static void
peer_cut(struct peer_conn *c, int32_t id)
{
	peer_answer(c, id, "200", NULL, true);
	peer_flush(c);
	nghttp2_submit_rst_stream(c->session, 0, id, NGHTTP2_NO_ERROR);
}

static void
peer_interim(struct peer_conn *c, int32_t id)
{
	nghttp2_nv nv[] = {NV(":status", "103"), NV("retry-after", "99")};

	nghttp2_submit_headers(c->session, 0, id, NULL, nv, 2, NULL);
	peer_answer(c, id, "200", NULL, false);
}

/* At the end of a request, or at its headers when it is early. */
static void
peer_serve(struct peer_conn *c, int32_t id, const char *path)
{
	if (strcmp(path, "/200") == 0 || strcmp(path, "/early") == 0)
		peer_answer(c, id, "200", NULL, false);
	else if (strcmp(path, "/json") == 0)
		peer_answer(c, id, "200", "{\"code\":\"80000000\"}", false);
	else if (strcmp(path, "/part") == 0)
		peer_answer(c, id, "200", "{\"code\":\"8000", false);
	else if (strcmp(path, "/403") == 0)
		peer_answer(c, id, "403", "{\"reason\":\"Bad\"}", false);
	else if (strcmp(path, "/429") == 0)
		peer_answer(c, id, "429", "{\"reason\":\"Many\"}", false);
	else if (strcmp(path, "/interim") == 0)
		peer_interim(c, id);
	else if (strcmp(path, "/big") == 0)
		peer_answer(c, id, "200", NULL, true);
	else if (strcmp(path, "/headers") == 0)
		peer_big_headers(c, id);
	else if (strcmp(path, "/refuse") == 0)
		nghttp2_submit_rst_stream(c->session, 0, id,
		    NGHTTP2_REFUSED_STREAM);
	else if (strcmp(path, "/cancel") == 0)
		nghttp2_submit_rst_stream(c->session, 0, id, NGHTTP2_CANCEL);
	else if (strcmp(path, "/cut") == 0)
		peer_cut(c, id);
	else if (strcmp(path, "/goaway") == 0)
		peer_goaway(c, id);
	else if (strcmp(path, "/narrow") == 0)
		peer_narrow(c, id);
	else if (strcmp(path, "/die") == 0)
		c->dead = true;
	else if (strcmp(path, "/mute") == 0)
		c->mute = true;
	else if (c->peer->path != NULL)
		c->peer->path(c, id, path);
}

static int
peer_on_header(nghttp2_session *s, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value, size_t len,
    uint8_t flags, void *arg)
{
	struct peer_conn *c = arg;
	size_t slot = (size_t)(frame->hd.stream_id / 2) % (1 << 12);

	(void)s;
	(void)flags;
	if (name_len == 5 && memcmp(name, ":path", 5) == 0 && len < 16) {
		memcpy(c->path[slot], value, len);
		c->path[slot][len] = '\0';
	}
	return 0;
}

static int
peer_on_frame(nghttp2_session *s, const nghttp2_frame *frame, void *arg)
{
	struct peer_conn *c = arg;
	int32_t id = frame->hd.stream_id;
	const char *path = c->path[(size_t)(id / 2) % (1 << 12)];
	bool early = strcmp(path, "/early") == 0;

	(void)s;
	if (frame->hd.type != NGHTTP2_HEADERS &&
	    frame->hd.type != NGHTTP2_DATA)
		return 0;
	if ((early && frame->hd.type == NGHTTP2_HEADERS) ||
	    (!early && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)) {
		atomic_fetch_add(&c->peer->requests, 1);
		peer_serve(c, id, path);
	}
	return 0;
}

static void
peer_session(struct peer_conn *c)
{
	nghttp2_settings_entry many = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
	    c->peer->max_streams};
	nghttp2_session_callbacks *cb;
	nghttp2_option *option;
	uint8_t in[16384];
	int n;

	nghttp2_option_new(&option);
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_session_callbacks_new(&cb);
	nghttp2_session_callbacks_set_on_header_callback(cb, peer_on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb,
	    peer_on_frame);
	nghttp2_session_server_new2(&c->session, cb, c, option);
	if (!c->peer->no_settings)
		nghttp2_submit_settings(c->session, 0, &many,
		    c->peer->max_streams > 0);
	peer_flush(c);
	while (!c->dead && (n = SSL_read(c->ssl, in, sizeof in)) > 0) {
		while (c->mute && !c->stop)
			(void)usleep(10000);
		if (nghttp2_session_mem_recv(c->session, in, (size_t)n) < 0)
			break;
		if (!c->mute)
			peer_flush(c);
	}
	nghttp2_session_del(c->session);
	nghttp2_session_callbacks_del(cb);
	nghttp2_option_del(option);
}

/* As a proxy: read the request, want the line, wave through. */
static bool
peer_proxy(struct peer_conn *c)
{
	static const char yes[] = "HTTP/1.1 200 Go\r\nX: y\r\n\r\n";
	static const char no[] = "HTTP/1.1 407 Who are you\r\n\r\n";
	char text[2048] = "";
	size_t len = 0;
	bool good;

	while (strstr(text, "\r\n\r\n") == NULL && len < sizeof text - 1 &&
	       recv(c->fd, text + len, 1, 0) == 1)
		text[++len] = '\0';
	good = strstr(text, c->peer->proxy_line) != NULL;
	atomic_fetch_add(&c->peer->proxied, 1);
	return send(c->fd, good ? yes : no, strlen(good ? yes : no),
		   MSG_NOSIGNAL) > 0 && good;
}

static void *
peer_connection(void *arg)
{
	struct peer_conn *c = arg;
	char first = 0;

	if (recv(c->fd, &first, 1, MSG_PEEK) == 1 && first == 'C' &&
	    c->peer->proxy != NULL) {
		c->peer->proxy(c);
	} else if (first != 0 && (first != 'C' || peer_proxy(c))) {
		c->ssl = SSL_new(c->peer->ctx);
		SSL_set_fd(c->ssl, c->fd);
		if (SSL_accept(c->ssl) == 1) {
			atomic_fetch_add(&c->peer->connections, 1);
			if (SSL_session_reused(c->ssl))
				atomic_fetch_add(&c->peer->resumed, 1);
			if (c->peer->raw != NULL)
				c->peer->raw(c);
			else
				peer_session(c);
		}
		SSL_free(c->ssl);
	}
	(void)shutdown(c->fd, SHUT_RDWR);
	return NULL;
}

static void *
peer_listen(void *arg)
{
	struct peer *p = arg;
	int fd;

	while (p->n_conns < PEER_CONNS &&
	       (fd = accept(p->listener, NULL, NULL)) >= 0) {
		struct peer_conn *c = calloc(1, sizeof *c);

		c->peer = p;
		c->fd = fd;
		pthread_create(&c->thread, NULL, peer_connection, c);
		p->conns[p->n_conns++] = c;
	}
	return NULL;
}

static int
peer_choose(SSL *ssl, const unsigned char **out, unsigned char *len,
    const unsigned char *in, unsigned n, void *arg)
{
	const struct peer *p = arg;

	(void)ssl;
	if (p->no_alpn || n < 3 || memcmp(in, "\2h2", 3) != 0)
		return SSL_TLSEXT_ERR_NOACK;
	*out = in + 1;
	*len = 2;
	return SSL_TLSEXT_ERR_OK;
}

/* A certificate for localhost and 127.0.0.1 that signs itself. */
static void
peer_certify(struct peer *p)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	FILE *f;
	int fd;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"peer", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	X509_add_ext(x, e, -1);
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(p->ctx, x);
	SSL_CTX_use_PrivateKey(p->ctx, key);
	(void)snprintf(p->ca_file, sizeof p->ca_file,
	    "/tmp/h2_peer.XXXXXX");
	if ((fd = mkstemp(p->ca_file)) >= 0 && (f = fdopen(fd, "w")) != NULL) {
		PEM_write_X509(f, x);
		(void)fclose(f);
	}
	X509_EXTENSION_free(e);
	X509_free(x);
	EVP_PKEY_free(key);
}

static struct peer *
peer_new(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct peer *p = calloc(1, sizeof *p);
	socklen_t len = sizeof sa;

	p->ctx = SSL_CTX_new(TLS_server_method());
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL_CTX_set_alpn_select_cb(p->ctx, peer_choose, p);
	peer_certify(p);
	(void)bind(p->listener, (struct sockaddr *)&sa, len);
	(void)listen(p->listener, 64);
	(void)getsockname(p->listener, (struct sockaddr *)&sa, &len);
	p->port = ntohs(sa.sin_port);
	pthread_create(&p->thread, NULL, peer_listen, p);
	return p;
}

static void
peer_stop(struct peer *p)
{
	(void)shutdown(p->listener, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	for (unsigned i = 0; i < p->n_conns; i++) {
		p->conns[i]->stop = true;
		(void)shutdown(p->conns[i]->fd, SHUT_RDWR);
		pthread_join(p->conns[i]->thread, NULL);
		(void)close(p->conns[i]->fd);
		free(p->conns[i]);
	}
	(void)close(p->listener);
	(void)unlink(p->ca_file);
	SSL_CTX_free(p->ctx);
	free(p);
}

#endif
