/* SPDX-License-Identifier: MIT */
/* Whom a push service can write to, and where a tap leads. */
#include "push/webpush_check.h"

#include "unit.h"

#define HOST                                                                   \
	"subject must have the public name of a host, such as yours: Apple "   \
	"refuses localhost and the like"
#define PLACEHOLDER                                                            \
	"subject has a placeholder: a push service writes there when it has "  \
	"trouble with your messages"
#define MARKS                                                                  \
	"subject must have no blanks, angle brackets or quotes: Apple refuses "\
	"them"
#define MAIL "subject must have one mail address behind mailto:"
#define SCHEME "subject must begin with mailto: or https://"
#define X256(s) X16(X16(s))
#define X16(s) s s s s s s s s s s s s s s s s

static const struct {
	const char *subject, *why; /* NULL: it is good */
} subjects[] = {
	/* clang-format off */
	{"mailto:push@my-shop.eu", NULL},
	{"mailto:push+web@mail.My-Shop.eu", NULL},
	{"mailto:push@examples.eu", NULL},
	{"https://my-shop.eu", NULL},
	{"https://my-shop.eu/contact?x=1", NULL},
	{"https://my-shop.eu:8443/contact", NULL},
	{"mailto:push@localhost", HOST},
	{"mailto:push@shop.local", HOST},
	{"mailto:push@shop.test", HOST},
	{"mailto:push@127.0.0.1", HOST},
	{"mailto:push@[127.0.0.1]", HOST},
	{"https://localhost", HOST},
	{"https://localhost:8080/", HOST},
	{"https://", HOST},
	{"https://192.168.0.1/", HOST},
	{"mailto:push@", HOST},
	{"mailto:push@example.com", PLACEHOLDER},
	{"mailto:push@mail.example.org", PLACEHOLDER},
	{"https://www.example.net/", PLACEHOLDER},
	{"https://Example.COM/", PLACEHOLDER},
	{"mailto:push@shop.example", PLACEHOLDER},
	{"mailto:admin@yourdomain.com", PLACEHOLDER},
	{"mailto:admin@your-domain.eu", PLACEHOLDER},
	{"mailto: push@my-shop.eu", MARKS},
	{"mailto:<push@my-shop.eu>", MARKS},
	{"mailto:push@my-shop.eu\n", MARKS},
	{"mailto:p\xc3\xbcsh@my-shop.eu", MARKS},
	{"mailto:my-shop.eu", MAIL},
	{"mailto:@my-shop.eu", MAIL},
	{"mailto:a@my-shop.eu,b@my-shop.eu", MAIL},
	{"mailto:a@my-shop.eu?subject=x", MAIL},
	{"push@my-shop.eu", SCHEME},
	{"http://my-shop.eu", SCHEME},
	{"MAILTO:push@my-shop.eu", SCHEME},
	{"", "subject is missing: mailto: and your address, or an https URL of yours"},
	{NULL, "subject is missing: mailto: and your address, or an https URL of yours"},
	{"https://my-shop.eu/" X256("x"), "subject must be at most 255 characters long"},
	/* clang-format on */
};

static void
subject(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(subjects); i++) {
		const char *s = subjects[i].subject;
		const struct err *e = webpush_check_subject(s);

		if (s == NULL)
			s = "(none)";
		CHECK(s, (e == NULL) == (subjects[i].why == NULL));
		if (e != NULL) {
			CHECK(s, e->code == ERR_INVALID);
			assert_string_equal(e->text, subjects[i].why);
		}
	}
}

static void
url(void **state)
{
	static const char *const good[] = {"https://my-shop.eu/",
	    "https://my-shop.eu", "https://my-shop.eu/a?b=c#d",
	    "http://127.0.0.1:8080/webpush/", "http://localhost/x", ""};
	static const char *const bad[] = {"https://", "/orders", "my-shop.eu",
	    "http://my-shop.eu/", "http://127.0.0.1.my-shop.eu/",
	    "http://localhost.my-shop.eu/", "javascript:alert(1)",
	    "https://my-shop.eu/a b", "https://my-shop.eu/\"x",
	    "https://my-shop.eu/\xc3\xbc", "https://my-shop.eu/" X256("x")};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		CHECK(good[i], webpush_check_url(good[i]) == NULL);
	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], webpush_check_url(bad[i]) != NULL);
	assert_null(webpush_check_url(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(subject),
	    cmocka_unit_test(url),
	};

	return cmocka_run_group_tests_name("webpush_check", tests, NULL, NULL);
}
