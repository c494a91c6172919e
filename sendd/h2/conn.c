/* SPDX-License-Identifier: MIT */
/*
 * One connection: dialled, TLS, SETTINGS, then exchanges until it is lost or
 * leaves. Frames are collected into TLS records as full as possible. Reading
 * goes on until the socket is empty: TLS reads ahead, and epoll does not
 * report bytes that are in the buffer of TLS already.
 */
#include "sendd/h2/part.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"

#define WINDOW (16 * 1024 * 1024) /* unread bytes of all answers together */
#define HEADER_LIST_MAX 16384
#define READS_A_ROUND 64
#define SILENCE_EXCHANGES 20 /* unanswered in a row: the peer is gone */
#define STARVED_MS 2000
#define STUCK_MS 3000 /* far above what an answer takes */
#define NOISE_MAX (4 * 1024 * 1024) /* bytes without an answer, within: */
#define NOISE_MS 60000

/* --- bytes ------------------------------------------------------------ */

static bool
has_session(const struct h2_conn *c)
{
	return c->state >= H2_HELLO && !c->doomed;
}

/* Serialise frames of nghttp2 into out, up to two TLS records. */
static void
gather_frames(struct h2_conn *c)
{
	const uint8_t *data;
	ssize_t n;

	if (c->at > 0) {
		memmove(c->out, c->out + c->at, c->end - c->at);
		c->end -= c->at;
		c->at = 0;
	}
	while (c->end < 2 * H2_RECORD) {
		n = nghttp2_session_mem_send(c->session, &data);
		if (n == 0)
			return;
		if (n < 0 || (size_t)n > H2_OUT - c->end) {
			h2_conn_doom(c, "HTTP/2: %s",
			    n < 0 ? nghttp2_strerror((int)n) : "huge frame");
			return;
		}
		memcpy(c->out + c->end, data, (size_t)n);
		c->end += (size_t)n;
		c->made += (size_t)n;
	}
}

static void
on_conn_event(int fd, uint32_t events, void *arg);

static void
watch_events(struct h2_conn *c)
{
	poller_watch(c->pool->wire->poller, c->fd,
	    c->blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, on_conn_event, c);
}

/* PING, SETTINGS, empty DATA and the like cost a hostile peer little and us
 * much: a peer that sends too much without an answer is disconnected. */
static void
note_noise(struct h2_conn *c, size_t bytes)
{
	if (c->heard_ms - c->noise_ms >= NOISE_MS) {
		c->noise_ms = c->heard_ms;
		c->noise = 0;
	}
	c->noise += bytes;
	if (c->noise > NOISE_MAX)
		h2_conn_doom(c, "connection lost: more than %d bytes without "
		    "an answer", NOISE_MAX);
}

/* After a protocol error nghttp2 sends GOAWAY; then the session is over. */
static void
look_for_end(struct h2_conn *c)
{
	if (!c->doomed && !nghttp2_session_want_read(c->session) &&
	    !nghttp2_session_want_write(c->session))
		h2_conn_doom(c, "HTTP/2 session over");
}

void
h2_conn_push(struct h2_conn *c, bool all)
{
	size_t enough = all ? 1 : H2_RECORD;
	ssize_t n;

	if (!has_session(c))
		return;
	for (gather_frames(c); !c->doomed && !c->blocked; gather_frames(c)) {
		if (c->end - c->at < enough)
			break;
		n = h2_tls_write(c, c->out + c->at, c->end - c->at);
		if (n < 0)
			return;
		c->blocked = n == 0;
		c->at += (size_t)n;
		c->accepted += (uint64_t)n;
	}
	if (c->blocked)
		watch_events(c);
	else if (c->at == c->end)
		look_for_end(c);
}

static void
read_frames(struct h2_conn *c)
{
	unsigned char in[H2_RECORD];
	ssize_t n = 0, taken;
	int rounds;

	for (rounds = 0; rounds < READS_A_ROUND && !c->doomed; rounds++) {
		n = h2_tls_read(c, in, sizeof in);
		if (n <= 0)
			break;
		c->heard_ms = clock_mono_ms();
		taken = nghttp2_session_mem_recv(c->session, in, (size_t)n);
		if (taken < 0)
			h2_conn_doom(c, "HTTP/2: %s",
			    nghttp2_strerror((int)taken));
		note_noise(c, (size_t)n);
	}
	c->hungry = rounds == READS_A_ROUND;
	look_for_end(c);
}

/* --- becoming usable -------------------------------------------------- */

/* Our SETTINGS: large answers are accepted, server push is not. */
static void
start_session(struct h2_conn *c)
{
	static const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADER_LIST_MAX},
	};
	struct h2_wire *w = c->pool->wire;

	if (nghttp2_session_client_new2(&c->session, w->callbacks, c,
		w->option) != 0 ||
	    nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings,
		nitems(settings)) != 0 ||
	    nghttp2_session_set_local_window_size(c->session,
		NGHTTP2_FLAG_NONE, 0, WINDOW) != 0)
		h2_conn_doom(c, "HTTP/2 does not start");
}

static void
continue_handshake(struct h2_conn *c)
{
	int done = h2_tls_shake(c);

	if (done == 0)
		watch_events(c);
	if (done <= 0)
		return;
	start_session(c);
	if (c->doomed)
		return;
	c->state = H2_HELLO;
	c->heard_ms = clock_mono_ms();
	watch_events(c);
	h2_conn_push(c, true);
	if (!c->doomed)
		read_frames(c); /* TLS may have the peer's SETTINGS already */
}

void
h2_conn_up(struct h2_conn *c)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;
	char address[64] = "";

	c->state = H2_UP;
	c->used_ms = clock_mono_ms();
	h2_pool_up(c->pool);
	if (getpeername(c->fd, (struct sockaddr *)&sa, &len) == 0)
		(void)getnameinfo((struct sockaddr *)&sa, len, address,
		    sizeof address, NULL, 0, NI_NUMERICHOST);
	log_notice("connected origin=%s address=%s tls=%s resumed=%d "
		   "streams=%u",
	    c->pool->name, address, SSL_get_version(c->ssl),
	    SSL_session_reused(c->ssl),
	    c->peer < h2_conn_most(c) ? c->peer : h2_conn_most(c));
}

static void
on_conn_event(int fd, uint32_t events, void *arg)
{
	struct h2_conn *c = arg;

	(void)fd;
	if ((events & EPOLLOUT) != 0 && c->blocked) {
		c->blocked = false;
		watch_events(c);
	}
	if (c->state == H2_TLS)
		continue_handshake(c);
	else if ((events & ~(uint32_t)EPOLLOUT) != 0)
		read_frames(c);
	h2_conn_push(c, true);
	if (c->doomed)
		h2_conn_bury(c);
}

static void
on_dialled(void *arg, int fd, const char *why)
{
	struct h2_conn *c = arg;
	const struct err *e;

	if (why != NULL)
		h2_conn_doom(c, "%s", why);
	c->fd = fd;
	h2_dial_free(c->dial);
	c->dial = NULL;
	if (c->doomed)
		return;
	c->state = H2_TLS;
	if ((e = h2_tls_new(c)) != NULL)
		h2_conn_doom(c, "%s", e->text);
	else
		continue_handshake(c);
}

void
h2_conn_new(struct h2_pool *p)
{
	struct h2_conn *c = xmalloc(sizeof *c);

	memset(c, 0, offsetof(struct h2_conn, out));
	c->pool = p;
	c->fd = -1;
	c->proven = !p->base.origin.cautious;
	c->limit = c->proven ? h2_conn_most(c) : 1;
	c->until_ms = clock_mono_ms() + p->base.origin.connect_timeout_ms;
	TAILQ_INIT(&c->flights);
	TAILQ_INSERT_TAIL(&p->conns, c, entry);
	p->tally.connects++;
	c->dial = h2_dial_new(p->wire->poller, &p->base.origin, c->until_ms,
	    on_dialled, c);
	h2_dial_start(c->dial);
}

/* --- the end ---------------------------------------------------------- */

/* The first reason stays; the text of a GOAWAY counts as the first. */
void
h2_conn_doom(struct h2_conn *c, const char *fmt, ...)
{
	char why[sizeof c->why];
	va_list ap;

	if (c->doomed)
		return;
	c->doomed = true;
	if (c->why[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	text_quote(why, c->why, sizeof c->why); /* may be a proxy's text */
}

void
h2_conn_bury(struct h2_conn *c)
{
	struct h2_pool *p = c->pool;

	TAILQ_REMOVE(&p->conns, c, entry);
	h2_pool_lost(p, c);
	h2_stream_cut(c, c->why);
	nghttp2_session_del(c->session);
	h2_dial_free(c->dial);
	h2_tls_free(c);
	if (c->fd >= 0) {
		poller_unwatch(p->wire->poller, c->fd);
		(void)close(c->fd);
	}
	free(c);
}

void
h2_conn_leave(struct h2_conn *c, bool ours)
{
	if (!c->leaving)
		c->ours = ours;
	c->leaving = true;
}

/* Close a connection that is leaving and has no flights left. */
static void
close_conn(struct h2_conn *c)
{
	if (c->state == H2_UP) {
		(void)nghttp2_session_terminate_session(c->session,
		    NGHTTP2_NO_ERROR);
		h2_conn_push(c, true);
	}
	h2_conn_doom(c, "no longer needed");
}

/* --- rounds ----------------------------------------------------------- */

unsigned
h2_conn_most(const struct h2_conn *c)
{
	unsigned most = c->pool->base.origin.streams;

	return most > 0 && most < H2_STREAMS ? most : H2_STREAMS;
}

static unsigned
stream_limit(const struct h2_conn *c)
{
	return c->peer < c->limit ? c->peer : c->limit;
}

unsigned
h2_conn_slots(const struct h2_conn *c)
{
	unsigned allowed = stream_limit(c);

	if (c->state != H2_UP || c->leaving || c->doomed ||
	    c->in_flight >= allowed)
		return 0;
	return allowed - c->in_flight;
}

/* A request that cannot be written now is better left in the queue. */
unsigned
h2_conn_room(const struct h2_conn *c)
{
	if ((c->blocked && c->end - c->at >= H2_RECORD) ||
	    (c->session != NULL &&
		nghttp2_session_get_remote_window_size(c->session) <= 0))
		return 0;
	return h2_conn_slots(c);
}

bool
h2_conn_is_stuck(const struct h2_conn *c, int64_t now_ms, int64_t *left_ms)
{
	const struct h2_flight *f = TAILQ_FIRST(&c->flights);

	*left_ms = INT32_MAX;
	if (c->state != H2_UP || f == NULL || stream_limit(c) > 1)
		return false;
	*left_ms = f->x->started_us / 1000 + STUCK_MS - now_ms;
	return *left_ms <= 0;
}

bool
h2_conn_is_spare(const struct h2_conn *c)
{
	return c->state == H2_UP && c->in_flight == 0 && stream_limit(c) <= 1;
}

void
h2_conn_flush(struct h2_conn *c)
{
	if (c->hungry && has_session(c))
		read_frames(c);
	h2_conn_push(c, true);
}

/* A silent peer gets a PING; a peer that does not answer it is gone. */
static int64_t
watch_silence(struct h2_conn *c, int64_t now)
{
	const struct origin *o = &c->pool->base.origin;
	int64_t patience = h2_ping_after(o->idle_ping_ms, c->in_flight > 0,
	    c->pool->calm);
	int64_t since = c->heard_ms;

	if (patience == 0)
		return INT32_MAX;
	if (c->pinging) {
		if (since < c->pinged_ms)
			since = c->pinged_ms;
		if (now - since >= o->connect_timeout_ms)
			h2_conn_doom(c, "connection lost: no answer to PING");
		return since + o->connect_timeout_ms - now;
	}
	if (now - since >= patience &&
	    nghttp2_submit_ping(c->session, NGHTTP2_FLAG_NONE, NULL) == 0) {
		c->pinging = true;
		c->pinged_ms = now;
		c->pool->tally.pings++;
		h2_conn_push(c, true);
		return o->connect_timeout_ms;
	}
	return since + patience - now;
}

/* A connection can stand and still be of no use. */
static void
watch_use(struct h2_conn *c, int64_t now)
{
	if (c->silence >= SILENCE_EXCHANGES ||
	    (c->silence >= 3 && c->in_flight == 0))
		h2_conn_doom(c, "connection lost: %u exchanges unanswered",
		    c->silence);
	else if (c->in_flight == 0 && now - c->heard_ms > STARVED_MS &&
		 nghttp2_session_get_remote_window_size(c->session) <= 0)
		h2_conn_doom(c, "the server opens no window");
}

/* Of many hosts, a connection that nobody uses is closed. */
static int64_t
watch_idle(struct h2_conn *c, int64_t now)
{
	int64_t left = c->used_ms + c->pool->base.origin.idle_ping_ms - now;

	if (left <= 0)
		h2_conn_leave(c, true);
	return left > 0 ? left : 0;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
tick_up(struct h2_conn *c, int64_t now)
{
	struct h2_flight *f;
	int64_t wait;

	h2_stream_expire(c, now);
	watch_use(c, now);
	h2_conn_push(c, true);
	if (c->doomed)
		return 0;
	wait = c->in_flight == 0 && c->pool->base.origin.many
	    ? watch_idle(c, now) : watch_silence(c, now);
	if ((f = TAILQ_FIRST(&c->flights)) != NULL)
		wait = sooner(wait, f->until_ms - now);
	return c->hungry ? 0 : wait;
}

int64_t
h2_conn_tick(struct h2_conn *c, int64_t now_ms)
{
	static const char *const stage[] = {[H2_TLS] = "TLS handshake",
	    [H2_HELLO] = "HTTP/2 SETTINGS"};

	if (c->doomed)
		return 0;
	if (c->leaving && c->in_flight == 0) {
		close_conn(c);
		return 0;
	}
	if (c->state == H2_UP)
		return tick_up(c, now_ms);
	if (now_ms >= c->until_ms) {
		h2_conn_doom(c, "no connection within %g s: %s",
		    c->pool->base.origin.connect_timeout_ms / 1000.0,
		    c->state == H2_DIAL ? h2_dial_stage(c->dial)
					: stage[c->state]);
		return 0;
	}
	if (c->state == H2_DIAL)
		return h2_dial_tick(c->dial, now_ms);
	return c->until_ms - now_ms;
}
