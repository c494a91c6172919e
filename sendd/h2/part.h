/* SPDX-License-Identifier: MIT */
/*
 * The inside of wire_h2, for the files of sendd/h2 only:
 *
 *	wire.c     the operations of the wire; the list of finished exchanges
 *	pool.c     which connection takes an exchange, and when to connect
 *	conn.c     one connection from its first byte to its end
 *	stream.c   exchanges as HTTP/2 streams: nghttp2's callbacks
 *	tls.c      TLS of one connection: trust, handshake, bytes
 *	dial.c     names, addresses, TCP
 *	proxy.c    the CONNECT request to an HTTP proxy, before TLS
 *
 * Nothing here frees a connection while a callback may still use it: a
 * connection is doomed with a reason, and buried by the caller of the
 * callback.
 */
#ifndef SENDD_H2_PART_H
#define SENDD_H2_PART_H

#include <sys/queue.h>

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include "sendd/origin.h"
#include "sendd/wire.h"
#include "sendd/wire_part.h"

#define H2_STREAMS 1000	  /* at a time on a connection, whatever is allowed */
#define H2_RECORD 16384	  /* bytes worth a TLS record and a write */
#define H2_OUT (64 * 1024) /* a connection's bytes on the way to TLS */
#define H2_WHY 160

/* An exchange that the wire has. It is in one list: of its connection, in
 * the order of deadlines, or of the wire when it is over. */
struct h2_flight {
	TAILQ_ENTRY(h2_flight) entry;
	struct exchange *x;
	int32_t stream;
	int64_t until_ms;
	uint64_t mark;	 /* h2_conn.made before its HEADERS, or H2_UNMADE */
	size_t sent;	 /* of the body */
	size_t headers;	 /* bytes of the answer's headers */
	bool whole;	 /* the end of the request is serialised */
};
#define H2_UNMADE UINT64_MAX

TAILQ_HEAD(h2_flights, h2_flight);

/* Trusted certificates: one for all pools with the same ca_file. */
struct h2_trust {
	SLIST_ENTRY(h2_trust) entry;
	char *ca_file;	 /* NULL: the system's */
	SSL_CTX *ctx;
	int64_t changed; /* version of the file or directory: ctx is of that */
};

struct h2_wire {
	struct wire base;
	struct poller *poller;
	TAILQ_HEAD(h2_pools, h2_pool) pools;
	SLIST_HEAD(h2_trusts, h2_trust) trusts;
	struct h2_flights over, spare;
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
};

struct h2_pool {
	struct pool base;
	TAILQ_ENTRY(h2_pool) entry;
	struct h2_wire *wire;
	char name[ORIGIN_NAME]; /* :authority, and the origin in the log */
	TAILQ_HEAD(h2_conns, h2_conn) conns;
	SSL_SESSION *session;  /* the latest, to resume */
	int64_t session_trust; /* h2_trust.changed when it was made */
	unsigned failures; /* in a row */
	int64_t not_before_ms;
	int64_t other_until_ms; /* the server offers no HTTP/2; 0: it may */
	unsigned calm; /* how often the host complained of our PINGs */
	char said[H2_WHY]; /* the trouble last logged; "" when it is over */
	struct pool_stats tally;
};

/*
 *	DIAL -> TLS -> HELLO -> UP
 *
 * DIAL: name, TCP, proxy. HELLO: TLS stands and the peer's SETTINGS are
 * awaited. UP takes exchanges unless it is leaving. From every state a
 * connection may be doomed.
 */
enum h2_state { H2_DIAL, H2_TLS, H2_HELLO, H2_UP };

struct h2_conn {
	TAILQ_ENTRY(h2_conn) entry;
	struct h2_pool *pool;
	enum h2_state state;
	struct h2_dial *dial;
	int fd;
	SSL *ssl;
	int64_t trust; /* h2_trust.changed of its context */
	nghttp2_session *session;

	struct h2_flights flights; /* by deadline, soonest first */
	unsigned in_flight;
	unsigned peer; /* streams the peer's SETTINGS allow */
	unsigned limit; /* streams that we use at most */
	unsigned silence; /* exchanges that timed out since the last answer */
	uint64_t answers;
	size_t noise;	  /* bytes received without an answer, since: */
	int64_t noise_ms;
	unsigned goaways; /* so far */

	bool proven;  /* not cautious, or had its first 200 */
	bool leaving; /* no new exchanges: finishes and closes */
	bool ours;    /* leaving was our wish, and not for a fault */
	bool doomed;
	bool blocked; /* the socket took no more */
	bool hungry;  /* more may be readable: reading was cut short */
	bool pinging;
	char why[H2_WHY]; /* why it is doomed, or the text of GOAWAY */

	int64_t until_ms; /* to be up by then */
	int64_t heard_ms; /* when the peer's latest byte came */
	int64_t used_ms; /* when it is up, and the latest exchange began */
	int64_t pinged_ms;

	uint64_t made;	   /* bytes serialised so far */
	uint64_t accepted; /* of those, bytes that TLS has taken */
	size_t at, end;	   /* out[at..end) is to be written */
	unsigned char out[H2_OUT];
};

/* --- proxy.c, pure ----------------------------------------------------- */

/* "http://host:port" of a proxy; ERR_INVALID. */
const struct err *h2_proxy_read(const char *proxy, char host[256],
    unsigned *port);
void h2_proxy_request(const struct origin *o, struct buf *into);

/* Reads the proxy's answer so far: 0 more bytes are needed, 1 the tunnel is
 * open, -1 it is not, and why says the reason. */
int h2_proxy_answer(const char *text, size_t len, char why[H2_WHY]);

/* --- dial.c ------------------------------------------------------------ */

/* Called once: with a connected fd and why NULL, or with -1 and the reason.
 * May free the dial. */
typedef void h2_dialled(void *arg, int fd, const char *why);

struct h2_dial *h2_dial_new(struct poller *p, const struct origin *o,
    int64_t until_ms, h2_dialled *done, void *arg);
void h2_dial_start(struct h2_dial *d);
void h2_dial_free(struct h2_dial *d); /* takes NULL; closes what is open */

/* Deadlines, as wire_tick. May call done. */
int64_t h2_dial_tick(struct h2_dial *d, int64_t now_ms);
const char *h2_dial_stage(const struct h2_dial *d);

/* --- tls.c ------------------------------------------------------------- */

void h2_trusts_free(struct h2_trusts *trusts);

/* Make c->ssl over c->fd. */
const struct err *h2_tls_new(struct h2_conn *c);
void h2_tls_free(struct h2_conn *c);

/* The handshake: 1 done, 0 more events are needed, -1 doomed. */
int h2_tls_shake(struct h2_conn *c);

/* How many bytes were moved; 0: the socket is not ready; -1: doomed. */
ssize_t h2_tls_read(struct h2_conn *c, void *into, size_t len);
ssize_t h2_tls_write(struct h2_conn *c, const void *data, size_t len);

/* --- stream.c ---------------------------------------------------------- */

const struct err *h2_stream_setup(struct h2_wire *w);
void h2_stream_submit(struct h2_conn *c, struct exchange *x);

/* End the flights that have timed out; end all, as the connection is gone. */
void h2_stream_expire(struct h2_conn *c, int64_t now_ms);
void h2_stream_cut(struct h2_conn *c, const char *why);

/* --- conn.c ------------------------------------------------------------ */

void h2_conn_new(struct h2_pool *p);

/* How many streams it has at most, whatever the peer allows. */
unsigned h2_conn_most(const struct h2_conn *c);

/* How many more streams it may have, and how many of them can be written
 * now. */
unsigned h2_conn_slots(const struct h2_conn *c);
unsigned h2_conn_room(const struct h2_conn *c);

/* Does a connection of one stream wait for an answer for so long that the
 * pool needs another connection? *left_ms: how long until it does, or
 * INT32_MAX if it cannot. */
bool h2_conn_is_stuck(const struct h2_conn *c, int64_t now_ms,
    int64_t *left_ms);

/* Is it idle, and of one stream? Such connections are closed first when there
 * are too many. */
bool h2_conn_is_spare(const struct h2_conn *c);

/* Serialise, then write whole TLS records, or everything (all). */
void h2_conn_push(struct h2_conn *c, bool all);
void h2_conn_flush(struct h2_conn *c);
int64_t h2_conn_tick(struct h2_conn *c, int64_t now_ms);

/* Takes no new exchanges from now on; ours: not because of a fault. */
void h2_conn_leave(struct h2_conn *c, bool ours);
void h2_conn_doom(struct h2_conn *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void h2_conn_up(struct h2_conn *c);

/* End the flights of a doomed connection and free it. */
void h2_conn_bury(struct h2_conn *c);

/* --- pool.c ------------------------------------------------------------ */

struct pool *h2_pool_new(struct wire *w, const struct origin *o);
void h2_pool_free(struct h2_pool *p);
void h2_pool_retire(struct pool *p);
void h2_pool_renew(struct pool *p);
unsigned h2_pool_room(struct pool *p);
void h2_pool_start(struct pool *p, struct exchange *x);
void h2_pool_flush(struct h2_pool *p);
int64_t h2_pool_tick(struct h2_pool *p, int64_t now_ms);
void h2_pool_stats(const struct pool *p, struct pool_stats *out);

/* After how many ms of silence a peer gets a PING; each of its complaints of
 * too many PINGs (calm) doubles that, up to an hour. 0: never. Pure. */
int64_t h2_ping_after(int64_t idle_ping_ms, bool in_flight, unsigned calm);

bool h2_pool_speaks(const struct pool *p);

/* The server speaks HTTP/1.1 only, and the origin allows that. */
void h2_pool_other(struct h2_pool *p);

/* The host complained of our PINGs: fewer of them, in all its pools. */
void h2_pool_calm(struct h2_pool *p);

/* A connection is up; a connection is about to be freed. */
void h2_pool_up(struct h2_pool *p);
void h2_pool_lost(struct h2_pool *p, const struct h2_conn *c);

/* --- wire.c ------------------------------------------------------------ */

/* A new flight of x; a flight that is over, with the end of its exchange
 * set, which wire_finished returns. */
struct h2_flight *h2_flight_new(struct h2_wire *w, struct exchange *x);
void h2_flight_over(struct h2_wire *w, struct h2_flight *f);

#endif
