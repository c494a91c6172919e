/* SPDX-License-Identifier: MIT */
/* Names of hosts, and lists of them. */
#include "lib/host.h"

#include "unit.h"

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

static void
names(void **state)
{
	static const char *const good[] = {"a.b", "fcm.googleapis.com",
	    "wns2-par02p.notify.windows.com", "xn--bcher-kva.example",
	    "1.2.3.4.nip.io", L63 ".org",
	    L63 "." L63 "." L63 "." "a2345678901234567890123456789012345678901"
		"234567890123.abcdef"};
	static const char *const bad[] = {"", ".", "localhost", "a.", ".a",
	    "a..b", "A.b", "a.B", "a_b.c", "a b.c", "-a.b", "a-.b", "a.-b",
	    "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "a.0x7f", "a.b:443",
	    "[::1]", "::1", "a.b/", "b\xc3\xbc.de", "a%2eb.c", "a" L63 ".org",
	    L63 "." L63 "." L63 "." L63 ".org"};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		CHECK(good[i], host_is_name(good[i], strlen(good[i])));
	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], !host_is_name(bad[i], strlen(bad[i])));
	assert_true(host_is_name("a.bc/d", 4));
}

static void
lists(void **state)
{
	static const char *const good[] = {"a.b", "*.a.b", "a.b, *.c.d ,e.f",
	    HOST_ANY};
	static const char *const bad[] = {"", "a.b,", "*", "*.", "a.*", "*a.b",
	    "**.a.b", "*.b", ("a.b, " HOST_ANY), "10.0.0.1", "a.b:443",
	    "https://a.b", "A.b"};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		CHECK(good[i], host_list_ok(good[i]));
	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], !host_list_ok(bad[i]));
	assert_true(host_list_ok(NULL));
}

static void
members(void **state)
{
	static const char two[] = "a.example.org, *.example.net";
	static const struct {
		const char *list, *name;
		bool has;
	} rows[] = {
	    {two, "a.example.org", true},
	    {two, "b.example.net", true},
	    {two, "c.b.example.net", true},
	    {two, "example.net", false},
	    {two, "badexample.net", false},
	    {two, "b.a.example.org", false},
	    {two, "example.org", false},
	    {two, "a.example.org.evil.com", false},
	    {two, "A.example.org", false},
	    {NULL, "a.example.org", false},
	    {HOST_ANY, "a.example.org", true},
	    {HOST_ANY, "metadata.google.internal", false},
	    {HOST_ANY, "printer.local", false},
	    {HOST_ANY, "a.localhost", false},
	    {HOST_ANY, "10.in-addr.arpa", false},
	    {HOST_ANY, "nonlocal.org", true},
	    {HOST_ANY, "127.0.0.1", false},
	    {"*.corp.internal", "push.corp.internal", true},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i].name, rows[i].has == host_list_has(rows[i].list,
		    rows[i].name, strlen(rows[i].name)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(members),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
