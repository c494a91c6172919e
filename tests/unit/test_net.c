/* SPDX-License-Identifier: MIT */
/* Addresses, ranges and lists of them, and whom proxies pass on. */
#include "lib/net.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges),
	    cmocka_unit_test(members),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(names),
	    cmocka_unit_test(forwarded),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
