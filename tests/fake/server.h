/* SPDX-License-Identifier: MIT */
/*
 * The socket side of the stand-in: one thread, epoll, TLS (behind a CONNECT,
 * see connect.c), and on top of it HTTP/2 (h2.c) or HTTP/1.1 (h1.c), as ALPN
 * decides. A round reads all that is there, then flushes the ledger, then
 * writes: an answered push is always in the ledger.
 */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include "lib/err.h"
#include "tests/fake/fake.h"

#define CONN_OUT (64 * 1024)

/* A push service of this name has no HTTP/2, and does not know of ALPN. */
#define OLD_HOST "push.old-shop.eu"

struct server;

/*
 *   HELLO --(handshake done)--> H2 | H1 --> dead, freed at the round's end
 *
 * closing: no new work; dead as soon as nothing is open or to be sent.
 */
enum conn_kind { CONN_HELLO, CONN_H2, CONN_H1 };

struct conn {
	struct server *server;
	int fd;
	enum conn_kind kind;
	SSL *ssl;
	nghttp2_session *h2;
	struct buf in; /* HTTP/1.1: not yet understood */
	struct ask *h1; /* HTTP/1.1: in hand, answer delayed */
	struct asks asks; /* all in hand */
	char out[CONN_OUT];
	size_t out_len, out_sent;
	struct buf rest; /* of what did not fit into out */
	bool closing, dead, dirty, wants_out, raised, stay_low;
	bool through; /* TLS has begun, behind a CONNECT if there was one */
	uint32_t open; /* streams */
	int32_t done_max; /* highest stream that was processed */
	int32_t goaway_last; /* streams above are ignored; -1: none sent */
	struct apns_state apns;
	LIST_ENTRY(conn) next;
};

/* Listen on 127.0.0.1; port 0 takes any, and f->port then tells which. */
const struct err *server_open(struct fake *f, const char *cert,
    const char *key, struct server **s);
const struct err *server_run(struct server *s); /* until SIGTERM */
void server_close(struct server *s);

/* Free asks, kept for the next request. */
struct ask *server_ask(struct server *s, struct conn *c);
void server_unask(struct server *s, struct ask *ask);
struct fake *server_fake(struct server *s);

/* ask has its answer: now, or when its delay is over. */
void server_answer(struct server *s, struct ask *ask);

void conn_dirty(struct conn *c); /* it may have something to send */

/* Take a CONNECT, if the connection begins with one. False: wait for more. */
#define CONNECT_MAX 1024
bool conn_is_through(struct conn *c);

const struct err *h2_open(struct conn *c);
void h2_close(struct conn *c);
bool h2_read(struct conn *c, const void *data, size_t len);
bool h2_fill(struct conn *c); /* out, as far as it goes */
void h2_reply(struct conn *c, struct ask *ask);
bool h2_is_idle(struct conn *c);
void h2_limit(struct conn *c, uint32_t streams);

bool h1_read(struct conn *c, const void *data, size_t len);
bool h1_fill(struct conn *c);
void h1_reply(struct conn *c, struct ask *ask);

#endif
