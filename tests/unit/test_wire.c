/* SPDX-License-Identifier: MIT */
/* What the wires share, the poller, and the proxy's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/mem.h"
#include "sendd/h2/part.h"
#include "sendd/origin.h"
#include "sendd/wire_part.h"

/* The pause before a PING, and what complaints make of it. */
static void
pings(void **state)
{
	static const struct {
		int64_t idle_ms, wanted;
		unsigned calm;
		bool in_flight;
	} rows[] = {
		/* clang-format off */
		{600000,  600000,  0, false}, {600000,  5000,   0, true},
		{600000,  1200000, 1, false}, {600000,  10000,  1, true},
		{600000,  2400000, 2, false}, {600000,  20000,  2, true},
		{600000,  3600000, 3, false}, {600000,  640000, 7, true},
		{600000,  3600000, 9, false}, {600000,  3600000, 10, true},
		{3600000, 3600000, 0, false}, {3600000, 3600000, 10, false},
		{1000,    1000,    0, false}, {1000,    1000,   0, true},
		{0,       0,       0, false}, {0,       0,      10, true},
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(h2_ping_after(rows[i].idle_ms,
		    rows[i].in_flight, rows[i].calm), rows[i].wanted);
}

static void
reads_origins(void **state)
{
	static const struct {
		const char *url, *host, *path, *name;
		unsigned port;
	} good[] = {
	    {"https://api.push.apple.com", "api.push.apple.com", "/",
		"api.push.apple.com", 443},
	    {"https://h:8443/a?b=c", "h", "/a?b=c", "h:8443", 8443},
	    {"https://[::1]:2197/x", "::1", "/x", "[::1]:2197", 2197},
	    {"https://127.0.0.1:443/", "127.0.0.1", "/", "127.0.0.1", 443},
	};
	static const char *const bad[] = {"", "http://h/", "https://",
	    "https:///x", "https://h:0/", "https://h:65536/", "https://h:x/",
	    "https://h:1:2/", "https://u@h/", "https://h h/", "https://[::1",
	    "https://[::1]x/", "https://::1/", "https://h?x", "https://h\n/",
	    "HTTPS://h/", "https://[]/"};
	char name[ORIGIN_NAME];
	const char *path;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct origin o = {.connections = 7};

		assert_null(origin_read(good[i].url, &o, &path));
		assert_string_equal(o.host, good[i].host);
		assert_string_equal(path, good[i].path);
		assert_int_equal(o.port, good[i].port);
		assert_int_equal(o.connections, 7);
		origin_name(&o, name);
		assert_string_equal(name, good[i].name);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct origin o = {.port = 1};
		const struct err *e = origin_read(bad[i], &o, &path);

		if (e == NULL || e->code != ERR_INVALID)
			fail_msg("\"%s\" was read", bad[i]);
		assert_int_equal(o.port, 1);
	}
}

static void
too_long_a_host(void **state)
{
	char url[400] = "https://";
	struct origin o;
	const char *path;

	(void)state;
	memset(url + 8, 'a', 255);
	assert_null(origin_read(url, &o, &path));
	assert_int_equal(strlen(o.host), 255);
	url[8 + 255] = 'a';
	assert_non_null(origin_read(url, &o, &path));
}

static void
compares_origins(void **state)
{
	struct origin a = {.host = "h", .port = 443, .ca_file = "/ca",
	    .connections = 2}, b;

	(void)state;
	origin_copy(&a, &b);
	assert_ptr_not_equal(a.ca_file, b.ca_file);
	assert_true(origin_same(&a, &b));
	b.cautious = true;
	assert_false(origin_same(&a, &b));
	b.cautious = false;
	a.ca_file = NULL;
	assert_false(origin_same(&a, &b));
	origin_done(&b);
}

static void
pauses_grow(void **state)
{
	(void)state;
	assert_int_equal(wire_pause_ms(0, 12345), 0);
	assert_int_equal(wire_pause_ms(1, 0), 50);
	assert_int_equal(wire_pause_ms(1, 50), 100);
	assert_int_equal(wire_pause_ms(2, 100), 200);
	assert_int_equal(wire_pause_ms(9, 0), 12800);
	assert_int_equal(wire_pause_ms(10, 0), 15000);
	for (uint32_t r = 0; r < 100000; r += 7)
		assert_in_range(wire_pause_ms(1000000, r), 15000, 30000);
}

static void
reads_proxies(void **state)
{
	static const char *const bad[] = {"", "http://", "proxy:3128",
	    "https://p:1", "http://p", "http://p:1/x", "http://u:p@h:1"};
	char host[256];
	unsigned port = 0;

	(void)state;
	assert_null(h2_proxy_read("http://proxy.bank:3128", host, &port));
	assert_string_equal(host, "proxy.bank");
	assert_int_equal(port, 3128);
	assert_null(h2_proxy_read("http://[::1]:80/", host, &port));
	assert_string_equal(host, "::1");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (h2_proxy_read(bad[i], host, &port) == NULL)
			fail_msg("\"%s\" was read", bad[i]);
}

static void
speaks_to_proxies(void **state)
{
	struct origin o = {.host = "::1", .port = 443, .proxy_user = "me",
	    .proxy_password = "secret"};
	struct buf b = BUF(4096);

	(void)state;
	h2_proxy_request(&o, &b);
	assert_string_equal(buf_str(&b),
	    "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n"
	    "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
	buf_done(&b);
}

static void
hears_proxies(void **state)
{
	static const struct {
		const char *text;
		int is;
	} cases[] = {
	    {"", 0},
	    {"HTTP/1.1 200 OK\r\n", 0},
	    {"HTTP/1.1 200 OK\r\n\r\n", 1},
	    {"HTTP/1.0 299 x\r\nA: b\r\n\r\n", 1},
	    {"HTTP/1.1 407 Authenticate\r\n\r\n", -1},
	    {"HTTP/1.1 200 OK\r\n\r\nmore", -1},
	    {"SSH-2.0-OpenSSH\r\n\r\n", -1},
	    {"\r\n\r\n", -1},
	    {"H\r\n\r\n", -1},
	};
	static char endless[9000];
	char why[H2_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(h2_proxy_answer(cases[i].text,
		    strlen(cases[i].text), why), cases[i].is);
	memset(endless, 'a', sizeof endless);
	assert_int_equal(h2_proxy_answer(endless, 8000, why), 0);
	assert_int_equal(h2_proxy_answer(endless, sizeof endless, why), -1);
}

/* Both are ready in one round; the first to be called closes the other,
 * whose number is at once given out again. */
struct pair {
	struct poller *poller;
	int fd[2];
	unsigned calls;
};

static void
on_ready(int fd, uint32_t events, void *arg)
{
	struct pair *pair = arg;
	int other = fd == pair->fd[0] ? pair->fd[1] : pair->fd[0];

	assert_true((events & EPOLLIN) != 0);
	pair->calls++;
	poller_unwatch(pair->poller, fd);
	poller_unwatch(pair->poller, other);
	close(other);
	assert_int_equal(eventfd(0, EFD_CLOEXEC), other);
	poller_watch(pair->poller, other, EPOLLIN, on_ready, pair);
}

static void
polls(void **state)
{
	struct pair pair = {.calls = 0};

	(void)state;
	assert_null(poller_new(&pair.poller));
	for (int i = 0; i < 2; i++) {
		pair.fd[i] = eventfd(1, EFD_CLOEXEC);
		poller_watch(pair.poller, pair.fd[i], EPOLLIN, on_ready,
		    &pair);
	}
	poller_run(pair.poller, 0);
	poller_run(pair.poller, 0);
	assert_int_equal(pair.calls, 1);
	poller_unwatch(pair.poller, 5000);
	poller_unwatch(pair.poller, -1);
	close(pair.fd[0]);
	close(pair.fd[1]);
	poller_free(pair.poller);
	poller_free(NULL);
}

/* A pool is found by its key and origin, however many there are, until it is
 * retired. */
static void
finds_pools(void **state)
{
	enum { POOLS = 1000 };
	static struct pool *pools[POOLS];
	struct origin here = {.host = "localhost", .port = 443},
		      there = {.host = "localhost", .port = 444};
	struct poller *poller;
	struct pool *fresh;
	struct wire *w;

	(void)state;
	assert_null(poller_new(&poller));
	assert_null(wire_open(&wire_h2, poller, &w));
	for (unsigned i = 0; i < POOLS; i++)
		pools[i] = wire_pool(w, &here, i);
	for (unsigned i = 0; i < POOLS; i++)
		assert_ptr_equal(wire_pool(w, &here, i), pools[i]);
	assert_ptr_not_equal(pools[7], pools[8]);
	assert_ptr_not_equal(wire_pool(w, &there, 7), pools[7]);
	pool_retire(pools[7]);
	assert_int_equal(pool_room(pools[7]), 0);
	fresh = wire_pool(w, &here, 7);
	assert_ptr_not_equal(fresh, pools[7]);
	(void)wire_tick(w); /* frees what is retired and empty */
	assert_ptr_equal(wire_pool(w, &here, 7), fresh);
	assert_ptr_equal(wire_pool(w, &here, 8), pools[8]);
	wire_close(w);
	poller_free(poller);
}

/* --- a wire of which each pool has one connection, made at once ------- */

static struct pool *
counting_new(struct wire *w, const struct origin *o)
{
	(void)w;
	(void)o;
	return xcalloc(1, sizeof(struct pool));
}

static void
counting_retire(struct pool *p)
{
	(void)p;
}

static void
counting_stats(const struct pool *p, struct pool_stats *out)
{
	*out = (struct pool_stats){.connections = p->retired ? 0 : 1,
	    .streams = 100, .connects = 1, .timeouts = 2, .trouble = "x"};
}

static const struct wire_ops counting = {.pool_new = counting_new,
    .retire = counting_retire, .stats = counting_stats};

static void
counting_free(struct pool *p)
{
	pool_done(p);
	free(p);
}

/* Whoever shares a pool looks up the same one: it is counted once. What it has
 * counted is kept when it is freed. */
static void
sums_figures(void **state)
{
	struct origin here = {.host = "localhost", .port = 443};
	struct wire w = {.ops = &counting};
	struct pool *shared = wire_pool(&w, &here, 1);
	struct pool *other = wire_pool(&w, &here, 2);
	struct pool_stats s = {0};

	(void)state;
	assert_ptr_equal(wire_pool(&w, &here, 1), shared);
	wire_stats(&w, &s);
	assert_int_equal(s.connections, 2);
	assert_int_equal(s.streams, 200);
	assert_int_equal(s.connects, 2);
	assert_int_equal(s.timeouts, 4);
	assert_string_equal(s.trouble, "");
	pool_retire(shared);
	s = (struct pool_stats){0};
	wire_stats(&w, &s);
	assert_int_equal(s.connections, 1);
	assert_int_equal(s.connects, 2);
	counting_free(shared);
	s = (struct pool_stats){0};
	wire_stats(&w, &s);
	assert_int_equal(s.connections, 1);
	assert_int_equal(s.streams, 100);
	assert_int_equal(s.connects, 2);
	assert_int_equal(s.timeouts, 4);
	counting_free(other);
	wire_done(&w);
}

/* A remembered pool is the one that would be found: also after another
 * credential has retired it, and it was freed. */
static void
remembers_pools(void **state)
{
	struct origin here = {.host = "localhost", .port = 443};
	struct wire w = {.ops = &counting};
	struct pool_memo one = {0}, same = {0}, two = {0};
	struct pool *first = wire_pool_again(&w, &one, &here, 1), *second;

	(void)state;
	assert_ptr_equal(first, wire_pool(&w, &here, 1));
	assert_ptr_equal(wire_pool_again(&w, &one, &here, 1), first);
	assert_ptr_equal(wire_pool_again(&w, &same, &here, 1), first);
	second = wire_pool_again(&w, &two, &here, 2);
	assert_ptr_not_equal(second, first);
	pool_retire(first);
	counting_free(first);
	first = wire_pool_again(&w, &one, &here, 1);
	assert_false(first->retired);
	assert_ptr_equal(wire_pool_again(&w, &same, &here, 1), first);
	assert_ptr_equal(wire_pool_again(&w, &two, &here, 2), second);
	counting_free(first);
	counting_free(second);
	wire_done(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_origins),
	    cmocka_unit_test(pings),
	    cmocka_unit_test(too_long_a_host),
	    cmocka_unit_test(compares_origins),
	    cmocka_unit_test(pauses_grow), cmocka_unit_test(reads_proxies),
	    cmocka_unit_test(speaks_to_proxies),
	    cmocka_unit_test(hears_proxies), cmocka_unit_test(polls),
	    cmocka_unit_test(finds_pools),
	    cmocka_unit_test(sums_figures),
	    cmocka_unit_test(remembers_pools)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
