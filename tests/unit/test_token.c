/* SPDX-License-Identifier: MIT */
/* One spelling a token; what is none is refused with its reason. */
#include "tests/unit/unit.h"

#include "push/token.h"

typedef const struct err *spell_fn(const char *given, char *out);

#define EMPTY "Push token must not be null or empty."
#define CONTROL "token must not contain control characters"
#define NOTHING "token is a word for nothing, such as null or undefined"
#define LONG "token must be at most 512 characters long"
#define NO_HEX "token must consist of hex digits"
#define ODD "token must have an even number of hex digits"
#define CUT                                                                    \
	"token is a description with bytes left out: send all of them in hex"
#define OF_FCM                                                                 \
	"token is one of FCM: platform apns takes the device token of APNs"
#define BROWSER                                                                \
	"token is a subscription of a browser: its platform is webpush"
#define BLANK "token must not contain blanks"
#define ASCII "token must consist of ASCII characters"

#define X16(s) s s s s s s s s s s s s s s s s
#define X256(s) X16(X16(s))

static const struct {
	const char *given, *is, *why; /* one of these two */
} of_apns[] = {
	/* clang-format off */
	{"ab", "ab"},
	{"0123456789abcdef", "0123456789abcdef"},
	{"0123456789ABCDEF", "0123456789abcdef"},
	{"<01234567 89abcdef>", "0123456789abcdef"},
	{" <01234567 89ABCDEF> \r\n", "0123456789abcdef"},
	{"\t01234567 89abcdef\n", "0123456789abcdef"},
	{"1234567890987654321234567890", "1234567890987654321234567890"},
	{X256("aB"), X256("ab")},
	{"<" X256("aB ") ">", X256("ab")},
	{X256("ab") "c", NULL, LONG},
	{X256("ab") "cd", NULL, LONG},
	{X256("xy") "xy", NULL, LONG},
	{"", NULL, EMPTY},
	{" \t\r\n", NULL, EMPTY},
	{"<>", NULL, EMPTY},
	{"< >", NULL, EMPTY},
	{"abc", NULL, ODD},
	{"<ab c>", NULL, ODD},
	{"ab\ncd", NULL, CONTROL},
	{"ab\177d", NULL, CONTROL},
	{"null", NULL, NOTHING},
	{"(null)", NULL, NOTHING},
	{"undefined", NULL, NOTHING},
	{"Undefined ", NULL, NOTHING},
	{"nil", NULL, NOTHING},
	{"None", NULL, NOTHING},
	{"{length = 32, bytes = 0x01234567 89abcdef ... 01234567 89abcdef }",
	    NULL, CUT},
	{"dPiO7s50M8o:APA91bH_x-y", NULL, OF_FCM},
	{"{\"endpoint\":\"https://a.b/c\"}", NULL, BROWSER},
	{"32 bytes", NULL, NO_HEX},
	{"0xab", NULL, NO_HEX},
	{"ab-cd", NULL, NO_HEX},
	{"<ab>cd", NULL, NO_HEX},
	{"<<ab>>", NULL, NO_HEX},
	{"q83v", NULL, NO_HEX},			/* base64 */
	{"ab\xc3\xa9", NULL, NO_HEX},
	{"\xef\xbc\x91\xef\xbc\x92", NULL, NO_HEX}, /* full-width digits */
	/* clang-format on */
}, of_plain[] = {
	/* clang-format off */
	{"x", "x"},
	{"dPiO7s50M8o:APA91bH_x-y", "dPiO7s50M8o:APA91bH_x-y"},
	{" Abc \r\n", "Abc"},
	{"<0123>", "<0123>"},
	{"abc", "abc"},
	{"ABC", "ABC"},
	{X256("xY"), X256("xY")},
	{" " X256("xY") "\n", X256("xY")},
	{X256("xY") "z", NULL, LONG},
	{"", NULL, EMPTY},
	{" \n", NULL, EMPTY},
	{"{\"endpoint\":\"https://a.b/c\"}", NULL, BROWSER},
	{"https://a.b/c", NULL, BROWSER},
	{"a b", NULL, BLANK},
	{"a\tb", NULL, CONTROL},
	{"a\nb", NULL, CONTROL},
	{"NULL", NULL, NOTHING},
	{" undefined\n", NULL, NOTHING},
	{"t\xc3\xb6k", NULL, ASCII},
	{"\xf0\x9f\x98\x80", NULL, ASCII},
	{"tok\xc2\xa0", NULL, ASCII},		/* a no-break space */
	/* clang-format on */
};

static void
check(spell_fn *spell, const char *given, const char *is, const char *why)
{
	char out[TOKEN_SIZE + 1] = "untouched", again[TOKEN_SIZE];
	const struct err *e;

	out[TOKEN_SIZE] = '#';
	e = spell(given, out);
	CHECK(given, out[TOKEN_SIZE] == '#');
	if (why != NULL) {
		CHECK(given, e != NULL && e->code == ERR_INVALID);
		CHECK(given, strcmp(e->text, why) == 0);
		CHECK(given, strcmp(out, "untouched") == 0);
		return;
	}
	CHECK(given, e == NULL);
	CHECK(given, strcmp(out, is) == 0);
	CHECK(given, spell(out, again) == NULL && strcmp(out, again) == 0);
}

static void
one_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(of_apns); i++)
		check(token_apns, of_apns[i].given, of_apns[i].is,
		    of_apns[i].why);
	for (size_t i = 0; i < nitems(of_plain); i++)
		check(token_plain, of_plain[i].given, of_plain[i].is,
		    of_plain[i].why);
}

/* What may be stored for it, when the service is not told. */
static void
spellings(void **state)
{
	static const struct {
		const char *given, *plain, *apns;
	} rows[] = {
		{"AbCd", "AbCd", "abcd"},
		{" <AB cd>\n", "<AB cd>", "abcd"},
		{"abc", "abc", NULL},
		{"a\nb", "a\nb", NULL},
		{" ", "", NULL},
		{"undefined", "undefined", NULL},
		{X256("ab") "cd", X256("ab") "cd", NULL},
		{" https://a.example/b", "a.example:"
		    "2qGURkTDd7PPSAfZQmoQbeEAP_-OpOxlY0Ui_P4Og8A", NULL},
		{"https://127.0.0.1/b", "https://127.0.0.1/b", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *plain, *apns;

		token_spellings(a, rows[i].given, &plain, &apns);
		CHECK(rows[i].given, strcmp(plain, rows[i].plain) == 0);
		CHECK(rows[i].given, (apns == NULL) == (rows[i].apns == NULL));
		CHECK(rows[i].given, apns == NULL ||
		    strcmp(apns, rows[i].apns) == 0);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_spelling),
	    cmocka_unit_test(spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
