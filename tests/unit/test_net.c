/* SPDX-License-Identifier: MIT */
/* Addresses, ranges and lists of them, and whom proxies pass on. */
#include "lib/net.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "unit.h"

static void
ranges(void **state)
{
	static const char *const good[] = {"10.1.2.3", "10.1.2.0/24",
	    "0.0.0.0/0", "10.1.2.3/32", "::1", "fd00::/8", "::/0",
	    "2001:db8::1/128", "::ffff:10.1.2.0/120", "::ffff:10.1.2.3"};
	static const char *const bad[] = {"", " ", "10.1.2", "10.1.2.256",
	    "10.1.2.03", "10.1.2.3.4", "10.1.2.3 ", " 10.1.2.3", "10.1.2.3/",
	    "10.1.2.3/24", "10.1.2.0/33", "10.1.2.0/-1", "10.1.2.0/+8",
	    "10.1.2.0/08x", "10.1.2.0/24/24", "10.1.2.0 /24", "/24", "/",
	    "1.2.3.4:80", "[::1]", "::1%lo", "fd00::/7", "fd00::/129", ":::",
	    "::ffff:10.1.2.3/120", "::ffff:0:0/95", "localhost", "0x0a.1.2.3",
	    "10.0.0.0/255.0.0.0",
	    "2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000/32"};
	struct net n;

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		CHECK(good[i], net_range(good[i], &n));
	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], !net_range(bad[i], &n));
	assert_false(net_range(NULL, &n));
	assert_false(net_address(NULL, &n));
	assert_false(net_address("10.1.2.0/24", &n));
}

/* For bind(2) and connect(2). */
static void
endpoints(void **state)
{
	static const char *const bad[] = {"", ":", ":80", "10.1.2.3",
	    "10.1.2.3:", "10.1.2.3:0", "10.1.2.3:65536", "10.1.2.3:+80",
	    "10.1.2.3:80 ", "10.1.2.3/32:80", "[10.1.2.3]:80", "::1:80",
	    "[::1]", "[::1]80", "[::1:80", "[]:80", "]:80", "localhost:80",
	    "[::1%lo]:80",
	    "[2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000]:80"};
	struct sockaddr_storage to;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	unsigned len;

	(void)state;
	assert_true(net_endpoint("10.1.2.3:4180", &to, &len));
	assert_int_equal(len, sizeof v4);
	memcpy(&v4, &to, sizeof v4);
	assert_int_equal(v4.sin_family, AF_INET);
	assert_int_equal(ntohs(v4.sin_port), 4180);
	assert_int_equal(ntohl(v4.sin_addr.s_addr), 0x0a010203);
	assert_true(net_endpoint("[fd00::1]:65535", &to, &len));
	assert_int_equal(len, sizeof v6);
	memcpy(&v6, &to, sizeof v6);
	assert_int_equal(v6.sin6_family, AF_INET6);
	assert_int_equal(ntohs(v6.sin6_port), 65535);
	assert_int_equal(v6.sin6_addr.s6_addr[0], 0xfd);
	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], !net_endpoint(bad[i], &to, &len));
	assert_false(net_endpoint(NULL, &to, &len));
}

static void
members(void **state)
{
	static const struct {
		const char *range, *address;
		bool is_in;
	} rows[] = {
	    {"10.1.2.0/24", "10.1.2.0", true},
	    {"10.1.2.0/24", "10.1.2.255", true},
	    {"10.1.2.0/24", "10.1.3.0", false},
	    {"10.1.2.0/24", "10.1.1.255", false},
	    {"10.1.2.128/25", "10.1.2.127", false},
	    {"10.1.2.128/25", "10.1.2.128", true},
	    {"10.1.2.3", "10.1.2.3", true}, {"10.1.2.3", "10.1.2.2", false},
	    {"0.0.0.0/0", "255.1.1.1", true}, {"0.0.0.0/0", "::1", false},
	    {"fd00::/8", "fdff::1", true}, {"fd00::/8", "fc00::1", false},
	    {"::1", "::1", true}, {"::1", "::2", false},
	    {"::/0", "2001:db8::1", true}, {"::/0", "10.1.2.3", false},
	    {"::/0", "::ffff:10.1.2.3", false},
	    {"10.1.2.0/24", "::ffff:10.1.2.3", true},
	    {"10.1.2.0/24", "::10.1.2.3", false},
	    {"::ffff:10.1.2.0/120", "10.1.2.3", true},
	    {"2001:db8::/33", "2001:db8:7fff::", true},
	    {"2001:db8::/33", "2001:db8:8000::", false}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct net range, address;

		CHECK(rows[i].range, net_range(rows[i].range, &range));
		CHECK(rows[i].address,
		    net_address(rows[i].address, &address));
		CHECK(rows[i].address,
		    net_has(&range, &address) == rows[i].is_in);
	}
}

#define LONG_NAME "0123456789012345678901234567890123456789" \
	"0123456789012345678901234567890123456789"

static void
lists(void **state)
{
	static const struct {
		const char *list;
		bool plain, named;
	} rows[] = {
	    {"10.0.0.0/8", true, false}, {"10.0.0.0/8,::1", true, false},
	    {" 10.0.0.0/8\t,  ::1 ", true, false},
	    {"10.0.0.0/8 as shop", false, true},
	    {"10.0.0.0/8  as  shop , ::1 as the other one", false, true},
	    {"10.0.0.0/8 as shop, ::1", false, false},
	    {"10.0.0.0/8 as", false, false}, {"10.0.0.0/8 as ", false, false},
	    {"as shop", false, false}, {" as shop", false, false},
	    {"10.0.0.0/8 shop", false, false}, {"", false, false},
	    {"10.0.0.0/8,", false, false}, {",10.0.0.0/8", false, false},
	    {"10.0.0.0/8,,::1", false, false},
	    {"10.0.0.1/8 as shop", false, false},
	    {"10.0.0.0/8 as " LONG_NAME LONG_NAME, false, false}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		CHECK(rows[i].list,
		    net_list_ok(rows[i].list, false) == rows[i].plain);
		CHECK(rows[i].list,
		    net_list_ok(rows[i].list, true) == rows[i].named);
	}
	assert_false(net_list_has(NULL, "10.1.2.3"));
	assert_true(net_list_has("::1, 10.0.0.0/8", "10.1.2.3"));
	assert_false(net_list_has("::1, 10.0.0.0/8", "11.1.2.3"));
	assert_false(net_list_has("0.0.0.0/0, ::/0", "nowhere"));
	assert_false(net_list_has("0.0.0.0/0, ::/0", NULL));
}

/* The first range counts: a narrow one stands before the wide one. */
static void
names(void **state)
{
	static const char list[] =
	    "10.1.2.3 as pay as you go, 10.0.0.0/8 as shop,::1 as here";
	static const struct {
		const char *address, *name;
	} rows[] = {{"10.1.2.3", "pay as you go"}, {"10.1.2.4", "shop"},
	    {"::1", "here"}, {"::ffff:10.9.9.9", "shop"}, {"11.0.0.1", NULL},
	    {"", NULL}, {"::2", NULL}};
	char name[NET_ITEM];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		bool is_there = net_list_name(list, rows[i].address, name);

		CHECK(rows[i].address, is_there == (rows[i].name != NULL));
		if (is_there)
			assert_string_equal(name, rows[i].name);
	}
}

static void
forwarded(void **state)
{
	static const char proxies[] = "127.0.0.1, 10.0.0.0/24, fd00::/8";
	static const struct {
		const char *header, *address; /* NULL: nobody */
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1"}, {" 192.0.2.1 ", "192.0.2.1"},
	    {"1.1.1.1, 192.0.2.1", "192.0.2.1"},
	    {"1.1.1.1,192.0.2.1,10.0.0.7", "192.0.2.1"},
	    {"1.1.1.1, 192.0.2.1, fd00::2, 10.0.0.7", "192.0.2.1"},
	    {"rubbish, 192.0.2.1", "192.0.2.1"},
	    {"192.0.2.1, rubbish", NULL}, {"192.0.2.1, ", NULL},
	    {"192.0.2.1,", NULL}, {"192.0.2.1, rubbish, 10.0.0.7", NULL},
	    {"192.0.2.1:80", NULL}, {"[2001:db8::1]", NULL},
	    {"unknown", NULL}, {"2001:db8::1", "2001:db8::1"},
	    {"10.0.0.1, 10.0.0.2", NULL}, {"10.0.0.1", NULL}, {"", NULL},
	    {",", NULL}, {"192.0.2.1/32", NULL}, {NULL, NULL},
	    {"::ffff:10.0.0.1", NULL}, {"::ffff:192.0.2.1",
		"::ffff:192.0.2.1"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *what = rows[i].header != NULL ? rows[i].header
							  : "(none)";
		char address[NET_TEXT];
		bool is_there = net_forwarded(proxies, rows[i].header,
		    address);

		CHECK(what, is_there == (rows[i].address != NULL));
		if (is_there)
			assert_string_equal(address, rows[i].address);
	}
}

/* The first and the last address of each range that is not public, and their
 * neighbours that are. */
static void
public(void **state)
{
	static const char *const is[] = {"1.0.0.0", "9.255.255.255",
	    "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
	    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
	    "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.255",
	    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
	    "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
	    "223.255.255.255", "::ffff:1.1.1.1", "2001:200::", "2001:db7::",
	    "2001:db9::", "2003::", "2606:4700::1111", "3ffe::"};
	static const char *const is_not[] = {"0.0.0.0", "0.255.255.255",
	    "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
	    "127.0.0.0", "127.255.255.255", "169.254.0.0", "169.254.169.254",
	    "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
	    "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.1",
	    "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255",
	    "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255",
	    "240.0.0.0", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
	    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
	    "64:ff9b::101:101", "100::1", "1fff::", "2001::1", "2001:1ff::",
	    "2001:db8::", "2001:db8:ffff::1", "2002:7f00:1::", "3fff::1",
	    "4000::", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1",
	    "ff02::1"};
	struct net n;

	(void)state;
	for (size_t i = 0; i < nitems(is); i++)
		CHECK(is[i], net_address(is[i], &n) && net_is_public(&n));
	for (size_t i = 0; i < nitems(is_not); i++)
		CHECK(is_not[i],
		    net_address(is_not[i], &n) && !net_is_public(&n));
}

static void
sockets(void **state)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(0x0a010203)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr other = {.sa_family = AF_UNIX};
	struct net n, want;

	(void)state;
	assert_true(net_of_socket((void *)&v4, &n));
	assert_true(net_address("10.1.2.3", &want));
	assert_memory_equal(&n, &want, sizeof n);
	assert_true(net_of_socket((void *)&v6, &n));
	assert_true(net_address("::1", &want));
	assert_memory_equal(&n, &want, sizeof n);
	assert_false(net_of_socket(&other, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges),
	    cmocka_unit_test(endpoints),
	    cmocka_unit_test(members),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(names),
	    cmocka_unit_test(forwarded),
	    cmocka_unit_test(public),
	    cmocka_unit_test(sockets),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
