/* SPDX-License-Identifier: MIT */
/*
 * The wire over libcurl, for token servers, HMS (few and large requests) and
 * Web Push (many origins): HTTP/1.1 or 2. One CURLM has the connections of a
 * pool, so two credentials never share a connection; a renewed pool gets
 * another CURLM.
 */
#include "sendd/http/part.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define STREAMS 8 /* exchanges a connection may have, by default */
#define WAIT_MAX_MS 60000

/* Exchanges until new connections are made. libcurl before 8.14 resets each
 * HTTP/2 stream whose answer has no body, as those of push services have none;
 * a server that bounds resets ends such a connection after about 1000, and the
 * requests in flight would be repeated though it has taken them. */
#define EXCHANGES_MAX 900

/* --- libcurl and the poller ------------------------------------------- */

static int
on_curl_timer(CURLM *curl, long wait_ms, void *arg)
{
	struct multi_handle *m = arg;

	(void)curl;
	m->due_ms = wait_ms < 0 ? 0 : clock_mono_ms() + wait_ms;
	return 0;
}

static void multi_collect(struct multi_handle *m);

static void
on_curl_socket(int fd, uint32_t events, void *arg)
{
	struct multi_handle *m = arg;
	int running, what = 0;

	if ((events & EPOLLIN) != 0)
		what |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		what |= CURL_CSELECT_OUT;
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		what |= CURL_CSELECT_ERR;
	(void)curl_multi_socket_action(m->curl, fd, what, &running);
	multi_collect(m);
}

static int
on_curl_interest(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	struct multi_handle *m = arg;
	uint32_t events = 0;

	(void)easy;
	(void)mine;
	if (what == CURL_POLL_REMOVE) {
		poller_unwatch(m->pool->wire->poller, fd);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	poller_watch(m->pool->wire->poller, fd, events, on_curl_socket, m);
	return 0;
}

/* --- exchanges -------------------------------------------------------- */

static void
http_job_over(struct http_job *j)
{
	struct multi_handle *m = j->multi;

	(void)curl_multi_remove_handle(m->curl, j->easy);
	curl_slist_free_all(j->headers);
	j->headers = NULL;
	TAILQ_REMOVE(&m->jobs, j, entry);
	m->pool->in_flight--;
	TAILQ_INSERT_TAIL(&m->pool->wire->over, j, entry);
}

static void
multi_collect(struct multi_handle *m)
{
	CURLMsg *msg;
	int more;

	while ((msg = curl_multi_info_read(m->curl, &more)) != NULL) {
		CURLcode code = msg->data.result; /* msg dies with the handle */
		struct http_job *j = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &j);
		http_job_judge(j, code);
		http_job_over(j);
	}
}

static struct multi_handle *
multi_new(struct http_pool *p)
{
	struct multi_handle *m = xcalloc(1, sizeof *m);
	long most = (long)p->base.origin.connections;

	m->pool = p;
	TAILQ_INIT(&m->jobs);
	if ((m->curl = curl_multi_init()) == NULL)
		fatalx("out of memory: libcurl");
	(void)curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION,
	    on_curl_interest);
	(void)curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	(void)curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	(void)curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	(void)curl_multi_setopt(m->curl, CURLMOPT_MAX_HOST_CONNECTIONS, most);
	(void)curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, most);
	TAILQ_INSERT_HEAD(&p->multis, m, entry);
	p->renewed = false;
	return m;
}

static void
http_pool_start(struct pool *pool, struct exchange *x)
{
	struct http_pool *p = (struct http_pool *)pool;
	struct multi_handle *m = TAILQ_FIRST(&p->multis);
	struct http_job *j;

	if (m == NULL || p->renewed || m->started == EXCHANGES_MAX)
		m = multi_new(p);
	m->started++;
	x->started_us = clock_mono_us();
	j = http_job_new(p, x);
	j->multi = m;
	TAILQ_INSERT_TAIL(&m->jobs, j, entry);
	p->in_flight++;
	if (curl_multi_add_handle(m->curl, j->easy) == CURLM_OK)
		return;
	exchange_fail(x, EXCHANGE_UNSENT, "libcurl refuses");
	http_job_over(j);
}

/* --- multi handles, pools, the wire ----------------------------------- */

/* Exchanges in flight are cut; they may have been processed. */
static void
multi_free(struct multi_handle *m)
{
	struct http_job *j;

	while ((j = TAILQ_FIRST(&m->jobs)) != NULL) {
		exchange_fail(j->x, j->attempts > 0 ? EXCHANGE_UNKNOWN
						  : EXCHANGE_UNSENT,
		    "stopped");
		http_job_over(j);
	}
	TAILQ_REMOVE(&m->pool->multis, m, entry);
	(void)curl_multi_cleanup(m->curl);
	free(m);
}

static void
http_pool_free(struct http_pool *p)
{
	struct multi_handle *m;

	while ((m = TAILQ_FIRST(&p->multis)) != NULL)
		/* multi_free removes m from the list, which the analyser does
		 * not see */
		multi_free(m); /* NOLINT(clang-analyzer-unix.Malloc) */
	TAILQ_REMOVE(&p->wire->pools, p, entry);
	pool_done(&p->base);
	free(p);
}

static struct pool *
http_pool_new(struct wire *wire, const struct origin *o)
{
	struct http_wire *w = (struct http_wire *)wire;
	struct http_pool *p = xcalloc(1, sizeof *p);

	p->wire = w;
	origin_name(o, p->name);
	TAILQ_INIT(&p->multis);
	TAILQ_INSERT_TAIL(&w->pools, p, entry);
	return &p->base;
}

static void
http_pool_retire(struct pool *pool)
{
	struct http_pool *p = (struct http_pool *)pool;

	p->renewed = true;
}

static void
http_pool_renew(struct pool *pool)
{
	struct http_pool *p = (struct http_pool *)pool;

	p->renewed = true;
}

/* How many exchanges may be in flight. A host that has come here for lack of
 * HTTP/2 answers them one after the other: those behind would run out of time
 * before they are asked. */
static unsigned
most_of(const struct http_pool *p)
{
	const struct origin *o = &p->base.origin;
	bool own = o->streams > 0 && !o->http1;

	return o->connections * (own ? o->streams : STREAMS);
}

static unsigned
http_pool_room(struct pool *pool)
{
	struct http_pool *p = (struct http_pool *)pool;
	unsigned most = most_of(p);

	if (p->in_flight >= most ||
	    (p->failures > 0 && clock_mono_ms() < p->not_before_ms))
		return 0;
	return most - p->in_flight;
}

/* Call libcurl when its timer is due; a new exchange begins by that too.
 * Returns after how many ms the next timer is due. A multi handle that takes
 * no new exchanges is freed after its last one. */
static int64_t
http_pool_drive(struct http_pool *p, int64_t now)
{
	int64_t wait = WAIT_MAX_MS;
	struct multi_handle *m, *next;
	int running;

	for (m = TAILQ_FIRST(&p->multis); m != NULL; m = next) {
		next = TAILQ_NEXT(m, entry);
		if (m->due_ms != 0 && m->due_ms <= now) {
			m->due_ms = 0;
			(void)curl_multi_socket_action(m->curl,
			    CURL_SOCKET_TIMEOUT, 0, &running);
			multi_collect(m);
		}
		if (m->due_ms != 0 && m->due_ms - now < wait)
			wait = m->due_ms - now;
		if (TAILQ_EMPTY(&m->jobs) &&
		    (p->renewed || m != TAILQ_FIRST(&p->multis)))
			multi_free(m);
	}
	return wait;
}

static void
http_wire_flush(struct wire *wire)
{
	struct http_wire *w = (struct http_wire *)wire;
	int64_t now = clock_mono_ms();
	struct http_pool *p;

	TAILQ_FOREACH(p, &w->pools, entry)
		(void)http_pool_drive(p, now);
}

static int
http_wire_tick(struct wire *wire)
{
	struct http_wire *w = (struct http_wire *)wire;
	int64_t now = clock_mono_ms(), wait = WAIT_MAX_MS, one;
	struct http_pool *p, *next;

	for (p = TAILQ_FIRST(&w->pools); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if ((one = http_pool_drive(p, now)) < wait)
			wait = one;
		if (p->not_before_ms > now && p->not_before_ms - now < wait)
			wait = p->not_before_ms - now;
		if (p->base.retired && TAILQ_EMPTY(&p->multis))
			http_pool_free(p);
	}
	/* 0: the caller must take the finished exchanges */
	return wait > 0 && TAILQ_EMPTY(&w->over) ? (int)wait : 0;
}

static struct exchange *
http_wire_finished(struct wire *wire)
{
	struct http_wire *w = (struct http_wire *)wire;
	struct http_job *j = TAILQ_FIRST(&w->over);

	if (j == NULL)
		return NULL;
	TAILQ_REMOVE(&w->over, j, entry);
	TAILQ_INSERT_HEAD(&w->spare, j, entry);
	return j->x;
}

static void
http_pool_stats(const struct pool *pool, struct pool_stats *out)
{
	const struct http_pool *p = (const struct http_pool *)pool;

	*out = p->tally;
	out->in_flight = p->in_flight;
	out->connections = p->works;
	out->streams = most_of(p);
}

static const struct err *
http_wire_open(struct poller *poller, struct wire **w)
{
	struct http_wire *made;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_new(ERR_FAULT, "libcurl does not start");
	made = xcalloc(1, sizeof *made);
	made->poller = poller;
	TAILQ_INIT(&made->pools);
	TAILQ_INIT(&made->over);
	TAILQ_INIT(&made->spare);
	*w = &made->base;
	return NULL;
}

static void
http_jobs_free(struct http_jobs *list)
{
	struct http_job *j;

	while ((j = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, j, entry);
		http_job_free(j);
	}
}

static void
http_wire_close(struct wire *wire)
{
	struct http_wire *w = (struct http_wire *)wire;
	struct http_pool *p;

	while ((p = TAILQ_FIRST(&w->pools)) != NULL)
		/* as above */
		http_pool_free(p); /* NOLINT(clang-analyzer-unix.Malloc) */
	http_jobs_free(&w->over);
	http_jobs_free(&w->spare);
	curl_global_cleanup();
	wire_done(wire);
	free(w);
}

/* clang-format off */
const struct wire_ops wire_http = {
	.name     = "http",
	.open     = http_wire_open,
	.close    = http_wire_close,
	.pool_new = http_pool_new,
	.retire   = http_pool_retire,
	.renew    = http_pool_renew,
	.room     = http_pool_room,
	.start    = http_pool_start,
	.flush    = http_wire_flush,
	.tick     = http_wire_tick,
	.finished = http_wire_finished,
	.stats    = http_pool_stats,
};
/* clang-format on */
