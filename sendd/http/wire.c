/* SPDX-License-Identifier: MIT */
/*
 * The wire over libcurl, for token servers and HMS: few and large requests,
 * HTTP/1.1 or 2. One CURLM holds the connections of a pool, so credentials
 * never meet; renewing a pool gives it another one.
 */
#include "sendd/http/part.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define STREAMS 8 /* exchanges a connection may have */
#define WAIT_MAX_MS 60000

/* --- libcurl's interests ---------------------------------------------- */

static int
on_timer(CURLM *multi, long wait_ms, void *arg)
{
	struct crowd *c = arg;

	(void)multi;
	c->due_ms = wait_ms < 0 ? 0 : clock_mono_ms() + wait_ms;
	return 0;
}

static void collect(struct crowd *c);

static void
on_socket(int fd, uint32_t events, void *arg)
{
	struct crowd *c = arg;
	int running, what = 0;

	if ((events & EPOLLIN) != 0)
		what |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		what |= CURL_CSELECT_OUT;
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		what |= CURL_CSELECT_ERR;
	(void)curl_multi_socket_action(c->multi, fd, what, &running);
	collect(c);
}

static int
on_interest(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	struct crowd *c = arg;
	uint32_t events = 0;

	(void)easy;
	(void)mine;
	if (what == CURL_POLL_REMOVE) {
		poller_unwatch(c->pool->wire->poller, fd);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	poller_watch(c->pool->wire->poller, fd, events, on_socket, c);
	return 0;
}

/* --- exchanges -------------------------------------------------------- */

static void
job_over(struct job *j)
{
	struct crowd *c = j->crowd;

	(void)curl_multi_remove_handle(c->multi, j->easy);
	curl_slist_free_all(j->headers);
	j->headers = NULL;
	TAILQ_REMOVE(&c->jobs, j, entry);
	c->pool->in_flight--;
	TAILQ_INSERT_TAIL(&c->pool->wire->over, j, entry);
}

static void
collect(struct crowd *c)
{
	CURLMsg *m;
	int more;

	while ((m = curl_multi_info_read(c->multi, &more)) != NULL) {
		CURLcode code = m->data.result; /* m dies with the handle */
		struct job *j = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j);
		http_job_judge(j, code);
		job_over(j);
	}
}

static struct crowd *
crowd_new(struct http_pool *p)
{
	struct crowd *c = xcalloc(1, sizeof *c);
	long most = (long)p->base.origin.connections;

	c->pool = p;
	TAILQ_INIT(&c->jobs);
	if ((c->multi = curl_multi_init()) == NULL)
		fatalx("out of memory: libcurl");
	(void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION,
	    on_interest);
	(void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	(void)curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	(void)curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	(void)curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, most);
	(void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, most);
	TAILQ_INSERT_HEAD(&p->crowds, c, entry);
	p->renewed = false;
	return c;
}

static void
http_pool_start(struct pool *pool, struct exchange *x)
{
	struct http_pool *p = (struct http_pool *)pool;
	struct crowd *c = TAILQ_FIRST(&p->crowds);
	struct job *j;

	if (c == NULL || p->renewed)
		c = crowd_new(p);
	x->started_us = clock_mono_us();
	j = http_job_new(p, x);
	j->crowd = c;
	TAILQ_INSERT_TAIL(&c->jobs, j, entry);
	p->in_flight++;
	if (curl_multi_add_handle(c->multi, j->easy) == CURLM_OK)
		return;
	exchange_fail(x, EXCHANGE_UNSENT, "libcurl refuses");
	job_over(j);
}

/* --- crowds, pools, the wire ------------------------------------------ */

/* What flies is cut: it may have been processed. */
static void
crowd_free(struct crowd *c)
{
	struct job *j;

	while ((j = TAILQ_FIRST(&c->jobs)) != NULL) {
		exchange_fail(j->x, j->passes > 0 ? EXCHANGE_UNKNOWN
						  : EXCHANGE_UNSENT,
		    "stopped");
		job_over(j);
	}
	TAILQ_REMOVE(&c->pool->crowds, c, entry);
	(void)curl_multi_cleanup(c->multi);
	free(c);
}

static void
http_pool_free(struct http_pool *p)
{
	struct crowd *c;

	while ((c = TAILQ_FIRST(&p->crowds)) != NULL)
		/* it leaves the list, which the analyser does not follow */
		crowd_free(c); /* NOLINT(clang-analyzer-unix.Malloc) */
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
	TAILQ_INIT(&p->crowds);
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

static unsigned
http_pool_room(struct pool *pool)
{
	struct http_pool *p = (struct http_pool *)pool;
	unsigned most = p->base.origin.connections * STREAMS;

	if (p->in_flight >= most ||
	    (p->failures > 0 && clock_mono_ms() < p->not_before_ms))
		return 0;
	return most - p->in_flight;
}

/* libcurl's timer, which is also how a new exchange gets going. Returns ms
 * until the next. A crowd that was replaced goes with its last exchange. */
static int64_t
drive(struct http_pool *p, int64_t now)
{
	int64_t wait = WAIT_MAX_MS;
	struct crowd *c, *next;
	int running;

	for (c = TAILQ_FIRST(&p->crowds); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->due_ms != 0 && c->due_ms <= now) {
			c->due_ms = 0;
			(void)curl_multi_socket_action(c->multi,
			    CURL_SOCKET_TIMEOUT, 0, &running);
			collect(c);
		}
		if (c->due_ms != 0 && c->due_ms - now < wait)
			wait = c->due_ms - now;
		if (TAILQ_EMPTY(&c->jobs) &&
		    (p->renewed || c != TAILQ_FIRST(&p->crowds)))
			crowd_free(c);
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
		(void)drive(p, now);
}

static int
http_wire_tick(struct wire *wire)
{
	struct http_wire *w = (struct http_wire *)wire;
	int64_t now = clock_mono_ms(), wait = WAIT_MAX_MS, one;
	struct http_pool *p, *next;

	for (p = TAILQ_FIRST(&w->pools); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if ((one = drive(p, now)) < wait)
			wait = one;
		if (p->not_before_ms > now && p->not_before_ms - now < wait)
			wait = p->not_before_ms - now;
		if (p->base.retired && TAILQ_EMPTY(&p->crowds))
			http_pool_free(p);
	}
	/* what is over waits to be collected */
	return wait > 0 && TAILQ_EMPTY(&w->over) ? (int)wait : 0;
}

static struct exchange *
http_wire_finished(struct wire *wire)
{
	struct http_wire *w = (struct http_wire *)wire;
	struct job *j = TAILQ_FIRST(&w->over);

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
	out->streams = p->base.origin.connections * STREAMS;
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
jobs_free(struct jobs *list)
{
	struct job *j;

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
		/* likewise */
		http_pool_free(p); /* NOLINT(clang-analyzer-unix.Malloc) */
	jobs_free(&w->over);
	jobs_free(&w->spare);
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
