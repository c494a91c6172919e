/* SPDX-License-Identifier: MIT */
/* HTTP/2 by nghttp2: frames into asks, answers into frames. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "tests/fake/server.h"

#define WINDOW (4 * 1024 * 1024)

static struct counters *
counters(struct conn *c)
{
	return &server_fake(c->server)->n;
}

static int
on_begin(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	struct conn *c = arg;
	struct counters *n = counters(c);
	struct ask *ask;

	if (frame->hd.type != NGHTTP2_HEADERS ||
	    frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	ask = server_ask(c->server, c);
	ask->stream = frame->hd.stream_id;
	if (++c->open > n->streams_max)
		n->streams_max = c->open;
	nghttp2_session_set_stream_user_data(h2, ask->stream, ask);
	return 0;
}

static int
on_header(nghttp2_session *h2, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value,
    size_t value_len, uint8_t flags, void *arg)
{
	struct ask *ask;

	(void)flags;
	(void)arg;
	ask = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
	if (ask != NULL)
		ask_header(ask, (const char *)name, name_len,
		    (const char *)value, value_len);
	return 0;
}

static int
on_data(nghttp2_session *h2, uint8_t flags, int32_t stream,
    const uint8_t *data, size_t len, void *arg)
{
	struct ask *ask = nghttp2_session_get_stream_user_data(h2, stream);

	(void)flags;
	(void)arg;
	if (ask != NULL)
		buf_add(&ask->body, data, len);
	return 0;
}

static int
on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	struct conn *c = arg;
	struct ask *ask;

	if (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	if (c->dead ||
	    (c->goaway_last >= 0 && frame->hd.stream_id > c->goaway_last))
		return 0;
	ask = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
	if (ask == NULL)
		return 0;
	fake_answer(server_fake(c->server), ask);
	if (ask->answer.act != ACT_GOAWAY && ask->stream > c->done_max)
		c->done_max = ask->stream;
	server_answer(c->server, ask);
	return 0;
}

static int
on_close(nghttp2_session *h2, int32_t stream, uint32_t code, void *arg)
{
	struct conn *c = arg;
	struct ask *ask = nghttp2_session_get_stream_user_data(h2, stream);

	(void)code;
	if (ask == NULL)
		return 0;
	nghttp2_session_set_stream_user_data(h2, stream, NULL);
	c->open--;
	server_unask(c->server, ask);
	return 0;
}

static int
on_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	struct counters *n = counters(arg);

	(void)h2;
	n->goaways += frame->hd.type == NGHTTP2_GOAWAY;
	n->rst += frame->hd.type == NGHTTP2_RST_STREAM;
	return 0;
}

static nghttp2_session_callbacks *
callbacks(void)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		fatalx("no memory");
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_sent);
	return cb;
}

void
h2_limit(struct conn *c, uint32_t streams)
{
	nghttp2_settings_entry set = {
	    NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams};

	(void)nghttp2_submit_settings(c->h2, NGHTTP2_FLAG_NONE, &set, 1);
	conn_dirty(c);
}

const struct err *
h2_open(struct conn *c)
{
	struct fake *f = server_fake(c->server);
	nghttp2_session_callbacks *cb = callbacks();
	nghttp2_option *option;
	int rc;

	if (nghttp2_option_new(&option) != 0)
		fatalx("no memory");
	nghttp2_option_set_no_auto_window_update(option,
	    strcmp(f->mode.name, "no-window-update") == 0);
	rc = nghttp2_session_server_new2(&c->h2, cb, c, option);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(cb);
	if (rc != 0)
		return err_new(ERR_FAULT, "%s", nghttp2_strerror(rc));
	c->stay_low = strcmp(f->mode.name, "max-streams-1") == 0;
	/* one until the first accepted push; h2load would not obey that */
	h2_limit(c, f->fast ? f->streams : 1);
	if (strcmp(f->mode.name, "no-window-update") != 0)
		(void)nghttp2_session_set_local_window_size(c->h2,
		    NGHTTP2_FLAG_NONE, 0, WINDOW);
	return NULL;
}

void
h2_close(struct conn *c)
{
	nghttp2_session_del(c->h2);
	c->h2 = NULL;
}

bool
h2_read(struct conn *c, const void *data, size_t len)
{
	ssize_t n = nghttp2_session_mem_recv(c->h2, data, len);

	if (n < 0)
		log_info("h2 error=\"%s\"", nghttp2_strerror((int)n));
	conn_dirty(c);
	return n >= 0;
}

bool
h2_fill(struct conn *c)
{
	const uint8_t *data;
	size_t room;
	ssize_t n;

	while ((room = sizeof(c->out) - c->out_len) > 0) {
		if (c->rest.len > 0) {
			n = (ssize_t)(c->rest.len < room ? c->rest.len : room);
			memcpy(c->out + c->out_len, c->rest.data, (size_t)n);
			c->out_len += (size_t)n;
			buf_drop(&c->rest, (size_t)n);
			continue;
		}
		if ((n = nghttp2_session_mem_send(c->h2, &data)) <= 0)
			return n == 0;
		if ((size_t)n <= room) {
			memcpy(c->out + c->out_len, data, (size_t)n);
			c->out_len += (size_t)n;
		} else {
			buf_add(&c->rest, data, (size_t)n);
		}
	}
	return true;
}

/* The answer's body, as nghttp2 asks for it. ACT_CUT ends it in the middle:
 * nghttp2 then resets the stream. */
static ssize_t
read_body(nghttp2_session *h2, int32_t stream, uint8_t *into, size_t room,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct ask *ask = source->ptr;
	struct answer *a = &ask->answer;
	const char *from = a->big != NULL ? a->big : a->body.data;
	size_t len = a->big != NULL ? a->big_len : a->body.len;
	size_t n = len - ask->sent;

	(void)h2;
	(void)stream;
	(void)arg;
	if (a->act == ACT_CUT) {
		if (ask->sent >= len / 2)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		n = len / 2 - ask->sent;
	}
	if (n > room)
		n = room;
	memcpy(into, from + ask->sent, n);
	ask->sent += n;
	if (ask->sent == len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static nghttp2_nv
field(const char *name, const char *value)
{
	nghttp2_nv nv = {(uint8_t *)(uintptr_t)name,
	    (uint8_t *)(uintptr_t)value, strlen(name), strlen(value),
	    NGHTTP2_NV_FLAG_NONE};

	return nv;
}

static void
submit(struct conn *c, struct ask *ask)
{
	struct answer *a = &ask->answer;
	nghttp2_data_provider body = {{.ptr = ask}, read_body};
	char status[8], retry[24], length[24], date[FAKE_DATE];
	size_t len = a->big != NULL ? a->big_len : a->body.len, n = 0;
	nghttp2_nv nv[9];

	(void)snprintf(status, sizeof(status), "%d", a->status);
	nv[n++] = field(":status", status);
	if (a->id[0] != '\0')
		nv[n++] = field("apns-id", a->id);
	if (a->unique[0] != '\0')
		nv[n++] = field("apns-unique-id", a->unique);
	if (a->location[0] != '\0')
		nv[n++] = field("location", a->location);
	if (a->wns != NULL)
		nv[n++] = field("x-wns-notificationstatus", a->wns);
	if (a->retry_after >= 0) {
		(void)snprintf(retry, sizeof(retry), "%lld",
		    (long long)a->retry_after);
		nv[n++] = field("retry-after", retry);
	}
	if (a->date_s != 0) {
		fake_date(a->date_s, date);
		nv[n++] = field("date", date);
	}
	if (len > 0) {
		(void)snprintf(length, sizeof(length), "%zu", len);
		nv[n++] = field("content-type", a->type);
		nv[n++] = field("content-length", length);
	}
	(void)nghttp2_submit_response(c->h2, ask->stream, nv, n,
	    len > 0 ? &body : NULL);
}

static void
go_away(struct conn *c, int32_t last)
{
	static const char why[] = "{\"reason\":\"Shutdown\"}";

	c->goaway_last = last;
	c->closing = true;
	(void)nghttp2_submit_goaway(c->h2, NGHTTP2_FLAG_NONE, last,
	    NGHTTP2_NO_ERROR, (const uint8_t *)why, sizeof(why) - 1);
}

/* Not processed: say so by GOAWAY below it, or when later streams were
 * processed already, by refusing just this one. */
static void
go_away_before(struct conn *c, struct ask *ask)
{
	int32_t last = ask->stream > 2 ? ask->stream - 2 : 0;

	if (c->done_max > ask->stream) {
		(void)nghttp2_submit_rst_stream(c->h2, NGHTTP2_FLAG_NONE,
		    ask->stream, NGHTTP2_REFUSED_STREAM);
		last = c->done_max;
	}
	go_away(c, last);
}

void
h2_reply(struct conn *c, struct ask *ask)
{
	struct answer *a = &ask->answer;

	switch (a->act) {
	case ACT_HANG:
		return;
	case ACT_RESET:
		(void)nghttp2_submit_rst_stream(c->h2, NGHTTP2_FLAG_NONE,
		    ask->stream, a->code);
		break;
	case ACT_GOAWAY:
		go_away_before(c, ask);
		break;
	case ACT_CLOSE:
		c->dead = true;
		break;
	case ACT_GOAWAY_AFTER:
		submit(c, ask);
		go_away(c, c->done_max);
		break;
	case ACT_ANSWER:
	case ACT_CUT:
		submit(c, ask);
		break;
	}
	conn_dirty(c);
}

/* After GOAWAY: nothing left to answer or to send? */
bool
h2_is_idle(struct conn *c)
{
	return c->open == 0 && !nghttp2_session_want_write(c->h2);
}
