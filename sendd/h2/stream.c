/* SPDX-License-Identifier: MIT */
/*
 * Exchanges as HTTP/2 streams: the callbacks of nghttp2. The user data of a
 * stream is its flight until the exchange is over, then NULL: later frames on
 * the stream are ignored, and the borrowed body is not read any more.
 */
#include "sendd/h2/part.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/text.h"
#include "push/verdict.h"

#define ANSWER_HEADERS_MAX 16384
#define REASON_MAX 100 /* of a GOAWAY, as it is logged */
#define REASON_JSON_MAX 4096
#define GOAWAYS_LOGGED 2 /* a warning, and the one that counts */
#define LAST_STREAM (INT32_MAX - 4) /* ids run out: a new connection */

static struct h2_flight *
flight_of(nghttp2_session *s, int32_t stream)
{
	return nghttp2_session_get_stream_user_data(s, stream);
}

/* Reset the stream; RST_STREAM is sent only if the peer knows the stream. */
static void
reset_stream(struct h2_conn *c, const struct h2_flight *f)
{
	(void)nghttp2_submit_rst_stream(c->session, NGHTTP2_FLAG_NONE,
	    f->stream, NGHTTP2_CANCEL);
}

/* The exchange is over and has its end: hand it to the wire. */
static void
end_flight(struct h2_conn *c, struct h2_flight *f)
{
	(void)nghttp2_session_set_stream_user_data(c->session, f->stream,
	    NULL);
	TAILQ_REMOVE(&c->flights, f, entry);
	c->in_flight--;
	h2_flight_over(c->pool->wire, f);
}

/* After its first success a cautious connection may use all its streams. One
 * that has refused streams gets them back one by one. */
static void
raise_limit(struct h2_conn *c)
{
	unsigned most = h2_conn_most(c);

	if (!c->proven)
		c->limit = most;
	else if (c->limit < most)
		c->limit++;
	c->proven = true;
}

/* A whole answer came, so the connection is good. When a server answers before
 * it has all of the request, the rest of the request is not sent. */
static void
end_answered(struct h2_conn *c, struct h2_flight *f)
{
	struct exchange *x = f->x;

	if (!f->whole || x->answer.overflowed)
		reset_stream(c, f);
	x->end = EXCHANGE_ANSWERED;
	c->answers++;
	c->silence = 0;
	c->noise = 0;
	c->pool->failures = 0;
	if (x->status / 100 == 2)
		raise_limit(c);
	end_flight(c, f);
}

/* --- the request ------------------------------------------------------ */

static ssize_t
on_body_wanted(nghttp2_session *s, int32_t stream, uint8_t *into, size_t len,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct h2_flight *f = flight_of(s, stream);
	size_t n;

	(void)source;
	(void)arg;
	if (f == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	n = f->x->body_len - f->sent;
	if (n > len)
		n = len;
	memcpy(into, f->x->body + f->sent, n);
	f->sent += n;
	if (f->sent == f->x->body_len) {
		f->whole = true;
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	}
	return (ssize_t)n;
}

static nghttp2_nv
header_field(const char *name, const char *value, uint8_t flags)
{
	return (nghttp2_nv){(uint8_t *)(uintptr_t)name,
	    (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), flags};
}

/* Header values that differ from message to message would push the constant
 * ones out of HPACK's table. They are indexed in the first request only, so
 * that their names stay in the table. */
static bool
varies(const char *name)
{
	return strcmp(name, "apns-id") == 0 ||
	       strcmp(name, "apns-expiration") == 0 ||
	       strcmp(name, "apns-collapse-id") == 0 ||
	       strcmp(name, "ttl") == 0 || strcmp(name, "topic") == 0;
}

static size_t
request_fields(const struct h2_conn *c, const struct exchange *x,
    const char *size, nghttp2_nv *nv)
{
	bool first = nghttp2_session_get_next_stream_id(c->session) == 1;
	size_t n = 0;

	nv[n++] = header_field(":method", "POST", NGHTTP2_NV_FLAG_NONE);
	nv[n++] = header_field(":scheme", "https", NGHTTP2_NV_FLAG_NONE);
	nv[n++] = header_field(":authority", c->pool->name,
	    NGHTTP2_NV_FLAG_NONE);
	nv[n++] = header_field(":path", x->path, NGHTTP2_NV_FLAG_NONE);
	for (unsigned i = 0; i < x->n_headers; i++) {
		const struct header *h = &x->headers[i];

		nv[n++] = header_field(h->name, h->value,
		    !first && varies(h->name) ? NGHTTP2_NV_FLAG_NO_INDEX
					      : NGHTTP2_NV_FLAG_NONE);
	}
	if (x->sized)
		nv[n++] = header_field("content-length", size,
		    NGHTTP2_NV_FLAG_NO_INDEX);
	return n;
}

/* In the order of deadlines; nearly always the new one is the latest. */
static void
insert_flight(struct h2_conn *c, struct h2_flight *f)
{
	struct h2_flight *before = TAILQ_LAST(&c->flights, h2_flights);

	while (before != NULL && before->until_ms > f->until_ms)
		before = TAILQ_PREV(before, h2_flights, entry);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&c->flights, before, f, entry);
	else
		TAILQ_INSERT_HEAD(&c->flights, f, entry);
	c->in_flight++;
}

void
h2_stream_submit(struct h2_conn *c, struct exchange *x)
{
	nghttp2_nv nv[5 + EXCHANGE_HEADERS];
	nghttp2_data_provider body = {.read_callback = on_body_wanted};
	struct h2_flight *f = h2_flight_new(c->pool->wire, x);
	char size[24] = "";
	size_t n;

	if (x->sized)
		(void)snprintf(size, sizeof size, "%zu", x->body_len);
	n = request_fields(c, x, size, nv);
	x->started_us = clock_mono_us();
	c->used_ms = x->started_us / 1000;
	f->until_ms = x->started_us / 1000 + x->timeout_ms;
	f->whole = x->body_len == 0;
	f->stream = nghttp2_submit_request(c->session, NULL, nv, n,
	    x->body_len > 0 ? &body : NULL, f);
	if (f->stream < 0) {
		exchange_fail(x, EXCHANGE_UNSENT, "not submitted: %s",
		    nghttp2_strerror(f->stream));
		h2_flight_over(c->pool->wire, f);
		h2_conn_leave(c, false);
		return;
	}
	insert_flight(c, f);
	if (f->stream >= LAST_STREAM)
		h2_conn_leave(c, true);
}

/* Remember where in the bytes of the connection a request begins: unless more
 * than that was written, the request is certainly not processed. */
static int
on_h2_frame_sent(nghttp2_session *s, const nghttp2_frame *frame, void *arg)
{
	struct h2_conn *c = arg;
	struct h2_flight *f;

	if (frame->hd.type == NGHTTP2_HEADERS &&
	    (f = flight_of(s, frame->hd.stream_id)) != NULL)
		f->mark = c->made;
	return 0;
}

static struct h2_flight *
flight_by_id(struct h2_conn *c, int32_t stream)
{
	struct h2_flight *f;

	TAILQ_FOREACH(f, &c->flights, entry)
		if (f->stream == stream)
			return f;
	return NULL;
}

/* A stream that was never opened has no user data, so the flight is searched
 * by the id. */
static int
on_h2_frame_not_sent(nghttp2_session *s, const nghttp2_frame *frame, int error,
    void *arg)
{
	struct h2_conn *c = arg;
	struct h2_flight *f;

	(void)s;
	if (frame->hd.type != NGHTTP2_HEADERS ||
	    (f = flight_by_id(c, frame->hd.stream_id)) == NULL)
		return 0;
	exchange_fail(f->x, EXCHANGE_UNSENT, "not sent: %s",
	    nghttp2_strerror(error));
	end_flight(c, f);
	return 0;
}

/* --- the answer ------------------------------------------------------- */

static void
read_status(struct exchange *x, const uint8_t *v, size_t len)
{
	x->status = 0; /* nghttp2 has checked that there are three digits */
	for (size_t i = 0; i < len; i++)
		x->status = x->status * 10 + (v[i] - '0');
}

static bool
is_header(const uint8_t *name, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(name, word, len) == 0;
}

static int
on_h2_header(nghttp2_session *s, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value, size_t len,
    uint8_t flags, void *arg)
{
	struct h2_flight *f = flight_of(s, frame->hd.stream_id);

	(void)flags;
	(void)arg;
	if (f == NULL)
		return 0;
	f->headers += name_len + len + 32; /* as HTTP/2 counts */
	if (f->headers > ANSWER_HEADERS_MAX)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (is_header(name, name_len, ":status"))
		read_status(f->x, value, len);
	else
		exchange_answer_header(f->x, (const char *)name, name_len,
		    (const char *)value, len);
	return 0;
}

static int
on_h2_data(nghttp2_session *s, uint8_t flags, int32_t stream,
    const uint8_t *data, size_t len, void *arg)
{
	struct h2_conn *c = arg;
	struct h2_flight *f = flight_of(s, stream);

	(void)flags;
	if (f != NULL && !buf_add(&f->x->answer, data, len))
		end_answered(c, f); /* the answer is marked as overflowed */
	return 0;
}

static void
on_end_stream(struct h2_conn *c, struct h2_flight *f)
{
	if (f == NULL)
		return;
	if (f->x->status >= 200) {
		end_answered(c, f);
		return;
	}
	exchange_fail(f->x, EXCHANGE_UNKNOWN, "an answer without a status");
	end_flight(c, f);
}

static void
forget_interim(struct h2_flight *f)
{
	if (f != NULL && f->x->status / 100 == 1)
		exchange_answer_interim(f->x);
}

/* The reason in a GOAWAY: the member of a JSON object, or plain text. */
static void
read_reason(const nghttp2_goaway *g, char out[REASON_MAX + 1])
{
	char data[REASON_JSON_MAX + 1] = "";
	size_t len = g->opaque_data_len;
	struct json *root;

	if (len > 0 && len <= REASON_JSON_MAX)
		memcpy(data, g->opaque_data, len);
	root = verdict_json(data, strlen(data));
	text_quote(json_text(json_get(root, "reason"), data), out,
	    REASON_MAX + 1);
	json_free(root);
}

/* The text by which servers of gRPC (FCM) complain of PINGs. */
static bool
is_about_pings(const nghttp2_goaway *g)
{
	static const char words[] = "too_many_pings";

	return g->error_code == NGHTTP2_ENHANCE_YOUR_CALM &&
	    g->opaque_data_len > 0 && memmem(g->opaque_data,
		g->opaque_data_len, words, sizeof words - 1) != NULL;
}

static void
on_goaway(struct h2_conn *c, const nghttp2_goaway *g)
{
	struct h2_flight *f, *next;
	char reason[REASON_MAX + 1];
	unsigned unsent = 0;

	read_reason(g, reason);
	h2_conn_leave(c, false);
	c->pool->tally.goaways++;
	if (c->goaways == 0 && is_about_pings(g))
		h2_pool_calm(c->pool);
	(void)snprintf(c->why, sizeof c->why, "GOAWAY %s %s",
	    nghttp2_http2_strerror(g->error_code), reason);
	for (f = TAILQ_FIRST(&c->flights); f != NULL; f = next) {
		next = TAILQ_NEXT(f, entry);
		if (f->mark != H2_UNMADE && f->stream <= g->last_stream_id)
			continue;
		exchange_fail(f->x, EXCHANGE_UNSENT, "%.90s", c->why);
		reset_stream(c, f);
		end_flight(c, f);
		unsent++;
	}
	if (++c->goaways > GOAWAYS_LOGGED)
		return;
	log_notice("goaway origin=%s code=%s reason=\"%s\" last=%" PRId32
		   " finishing=%u unsent=%u",
	    c->pool->name, nghttp2_http2_strerror(g->error_code),
	    QUOTED(reason), g->last_stream_id, c->in_flight, unsent);
}

static void
on_settings(struct h2_conn *c)
{
	c->peer = nghttp2_session_get_remote_settings(c->session,
	    NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	if (c->state == H2_HELLO)
		h2_conn_up(c);
}

static int
on_h2_frame(nghttp2_session *s, const nghttp2_frame *frame, void *arg)
{
	struct h2_conn *c = arg;

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
			on_end_stream(c, flight_of(s, frame->hd.stream_id));
		else if (frame->hd.type == NGHTTP2_HEADERS)
			forget_interim(flight_of(s, frame->hd.stream_id));
		break;
	case NGHTTP2_SETTINGS:
		if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
			on_settings(c);
		break;
	case NGHTTP2_PING:
		if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
			c->pinging = false;
		break;
	case NGHTTP2_RST_STREAM:
		c->pool->tally.resets++;
		break;
	case NGHTTP2_GOAWAY:
		on_goaway(c, &frame->goaway);
		break;
	default:
		break;
	}
	return 0;
}

/* A stream that closes before its exchange is over had no whole answer. */
static int
on_stream_closed(nghttp2_session *s, int32_t stream, uint32_t code, void *arg)
{
	struct h2_conn *c = arg;
	struct h2_flight *f = flight_of(s, stream);
	bool refused;

	if (f == NULL)
		return 0;
	refused = code == NGHTTP2_REFUSED_STREAM && f->x->status == 0;
	exchange_fail(f->x, refused ? EXCHANGE_UNSENT : EXCHANGE_UNKNOWN,
	    "stream closed: %s", nghttp2_http2_strerror(code));
	if (refused && c->in_flight > 1 && c->limit >= c->in_flight)
		c->limit = c->in_flight - 1;
	end_flight(c, f);
	return 0;
}

/* --- without an answer ------------------------------------------------ */

static void
end_unanswered(struct h2_conn *c, struct h2_flight *f, bool left,
    const char *why)
{
	exchange_fail(f->x, left ? EXCHANGE_UNKNOWN : EXCHANGE_UNSENT,
	    "%.90s", why);
	end_flight(c, f);
}

/* Frames that are serialised are sent in any case, even if the socket takes
 * none now: such a request may still be processed. */
void
h2_stream_expire(struct h2_conn *c, int64_t now_ms)
{
	struct h2_flight *f;
	char why[64];

	while ((f = TAILQ_FIRST(&c->flights)) != NULL &&
	       f->until_ms <= now_ms) {
		(void)snprintf(why, sizeof why, "no answer within %g s",
		    f->x->timeout_ms / 1000.0);
		reset_stream(c, f);
		end_unanswered(c, f, f->mark != H2_UNMADE, why);
		c->pool->tally.timeouts++;
		c->silence++;
	}
}

/* A request of which no byte was written is certainly not processed. */
void
h2_stream_cut(struct h2_conn *c, const char *why)
{
	struct h2_flight *f;

	while ((f = TAILQ_FIRST(&c->flights)) != NULL)
		end_unanswered(c, f,
		    f->mark != H2_UNMADE && c->accepted > f->mark, why);
}

/* --- once a wire ------------------------------------------------------ */

const struct err *
h2_stream_setup(struct h2_wire *w)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0 ||
	    nghttp2_option_new(&w->option) != 0)
		return err_new(ERR_FAULT, "nghttp2 does not start");
	w->callbacks = cb;
	nghttp2_session_callbacks_set_on_frame_send_callback(cb,
	    on_h2_frame_sent);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(cb,
	    on_h2_frame_not_sent);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_h2_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb,
	    on_h2_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_h2_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb,
	    on_stream_closed);
	return NULL;
}
