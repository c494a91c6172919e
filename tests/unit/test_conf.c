/* SPDX-License-Identifier: MIT */
/* The reader of settings: by a small table of its own, then by the real one. */
#include "lib/conf.h"
#include "lib/conf_expand.h"
#include "lib/conf_secret.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/settings.h"
#include "unit.h"

struct small {
	char *text, *path, *url, *class, *hosts, *nets, *named;
	int64_t number, size, wait, rate;
	double share;
	bool flag;
	int choice;
};

#define AT(member) offsetof(struct small, member)

static const char *const colours[] = {"red", "blue", NULL};

/* clang-format off */
static const struct conf_key keys[] = {
	{"a.text",   CONF_TEXT,	    AT(text),	"hello", 0, 0, NULL, "a text"},
	{"a.path",   CONF_PATH,	    AT(path),	"", 0, 0, NULL, "a path"},
	{"a.number", CONF_NUMBER,   AT(number), "5", 1, 10, NULL, "a number"},
	{"a.size",   CONF_SIZE,	    AT(size),	"64k", 0, 0, NULL, "a size"},
	{"b.wait",   CONF_DURATION, AT(wait),	"90s", 0, 0, NULL, "a time"},
	{"b.rate",   CONF_RATE,	    AT(rate),	"10/s", 1, 1000, NULL, "a rate"},
	{"b.share",  CONF_SHARE,    AT(share),	"0.2", 0, 0, NULL, "a share"},
	{"b.flag",   CONF_FLAG,	    AT(flag),	"no", 0, 0, NULL, "a flag"},
	{"b.choice", CONF_CHOICE,   AT(choice), "red", 0, 0, colours, "one"},
	{"b.url",    CONF_URL,	    AT(url),	"", 0, 0, NULL, "a URL"},
	{"b.class",  CONF_CLASS,    AT(class),	"[a-z]{1,9}", 0, 0, NULL, "a class"},
	{"b.hosts",  CONF_HOSTS,    AT(hosts),	"*.a.b, c.d", 0, 0, NULL, "hosts"},
	{"b.nets",   CONF_NETS,	    AT(nets),	"", 0, 0, NULL, "ranges"},
	{"b.named",  CONF_NAMED_NETS, AT(named), "", 0, 0, NULL, "ranges with names"},
};
/* clang-format on */

static const char *
file_with(const char *text, size_t len)
{
	static char path[32];
	int fd;

	(void)snprintf(path, sizeof path, "/tmp/outpost-conf-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	(void)close(fd);
	return path;
}

static const struct err *
load(const char *text, struct small *s)
{
	const char *path = file_with(text, strlen(text));
	const struct err *e;

	memset(s, 0, sizeof *s);
	e = conf_load(path, keys, nitems(keys), s, NULL);
	(void)unlink(path);
	return e;
}

static void
defaults(void **state)
{
	struct small s;

	(void)state;
	assert_null(load("", &s));
	assert_string_equal(s.text, "hello");
	assert_null(s.path);
	assert_int_equal(s.number, 5);
	assert_int_equal(s.size, 65536);
	assert_int_equal(s.wait, 90000);
	assert_int_equal(s.rate, 10);
	assert_true(s.share > 0.19 && s.share < 0.21);
	assert_false(s.flag);
	assert_int_equal(s.choice, 0);
	assert_null(s.url);
	conf_done(keys, nitems(keys), &s);
}

static void
reads(void **state)
{
	struct small s;

	(void)state;
	assert_null(load("# a comment\n\n[a]\ntext = one two\n"
			 "path = /x y/z\nnumber=10\nsize = 2m\n[b]\n"
			 "wait = 200ms\nrate = 1000/s\nshare = 1\n"
			 "flag = yes\nchoice = blue\n"
			 "url = https://h:1/p?q=#x\n"
			 "[a]\ntext = wins, said later\n", &s));
	assert_string_equal(s.text, "wins, said later");
	assert_string_equal(s.path, "/x y/z");
	assert_int_equal(s.number, 10);
	assert_int_equal(s.size, 2 << 20);
	assert_int_equal(s.wait, 200);
	assert_int_equal(s.rate, 1000);
	assert_true(s.share > 0.99);
	assert_true(s.flag);
	assert_int_equal(s.choice, 1);
	assert_string_equal(s.url, "https://h:1/p?q=#x");
	conf_done(keys, nitems(keys), &s);
	assert_null(load("[a]\ntext =\n", &s)); /* empty is none */
	assert_null(s.text);
	conf_done(keys, nitems(keys), &s);
}

/* Printed as it can be read again: a line for each. */
static void
lists_add_up(void **state)
{
	static const char want[] = "# ranges\nnets = \n"
	    "# ranges with names\nnamed = ::1 as a\n"
	    "named = 10.0.0.0/8 as b\nnamed = ::2 as c d\n";
	char *printed = NULL;
	size_t len;
	FILE *f = open_memstream(&printed, &len);
	struct small s;

	(void)state;
	assert_non_null(f);
	assert_null(load("[b]\nnets = ::1\nnets =\nnamed = ::9 as z\n"
		"named =\nnamed = ::1 as a , 10.0.0.0/8 as b\n"
		"named = ::2 as c d\n", &s));
	assert_null(s.nets);
	conf_print(keys, nitems(keys), &s, f);
	(void)fclose(f);
	assert_non_null(strstr(printed, want));
	free(printed);
	conf_done(keys, nitems(keys), &s);
	assert_null(s.named);
}

static void
refuses(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
	    {"[a]\nnope = 1\n", ":2: unknown key \"nope\" in section [a]; "
		"there are: text, path, number, size"},
	    {"[c]\ntext = 1\n", ":2: unknown key \"text\" in section [c]; "
		"there are: [a], [b]"},
	    {"text = 1\n", ":1: unknown key"},
	    {"[a]\n\nnumber = 11\n", ":3: a.number must be a number, "
		"from 1 to 10"},
	    {"[a]\nnumber = 0\n", ":2: a.number"},
	    {"[a]\nnumber = 5x\n", ":2: a.number must be a number, from 1 to "
		"10"},
	    {"[a]\nnumber =\n", ":2: a.number"},
	    {"[a]\nsize = 1x\n", ":2: a.size"},
	    {"[a]\npath = relative\n", ":2: a.path must be an absolute"},
	    {"[b]\nwait = 90\n", ":2: b.wait must be a duration like 30s"},
	    {"[b]\nrate = 10\n", ":2: b.rate"},
	    {"[b]\nrate = 1001/s\n", ":2: b.rate must be a rate like "
		"1000/s, from 1/s to 1000/s"},
	    {"[b]\nshare = 1.1\n", ":2: b.share"},
	    {"[b]\nshare = nan\n", ":2: b.share"},
	    {"[b]\nflag = true\n", ":2: b.flag must be yes or no"},
	    {"[b]\nchoice = green\n", ":2: b.choice must be one of red, "
		"blue"},
	    {"[b]\nurl = ftp://x\n", ":2: b.url must be a URL "
		"that begins with https:// (or http://)"},
	    {"[b]\nurl = http://me:pass@host/x\n", ":2: b.url must be a URL "
		"without user and password"},
	    {"[b]\nclass = [a\n", ":2: b.class"},
	    {"[b]\nhosts = 10.1.2.3\n", ":2: b.hosts must be names of hosts"},
	    {"[b]\nnets = 10.1.2.3/8\n", ":2: b.nets must be address ranges "
		"without bits behind the prefix: 10.1.2.0/24"},
	    {"[b]\nnets = ::1 as x\n", ":2: b.nets must be address ranges"},
	    {"[b]\nnamed = ::1\n", ":2: b.named must be address ranges with"},
	    {"[b]\nnamed = ::1 as a\nnamed = b\n", ":3: b.named"},
	    {"[a]\ntext =;x\n", ":2: a.text must be something that no ;"},
	    {"[a]\nno equals sign\n", ":2: "},
	    {"[a\ntext = 1\n", ": unknown key"},
	    {"[a]\ntext = 1\n  continued\n", ":3: "}};
	struct small s;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const struct err *e = load(rows[i].text, &s);

		CHECK(rows[i].text, e != NULL && e->code == ERR_INVALID);
		if (strstr(e->text, rows[i].where) == NULL)
			fail_msg("row \"%s\": %s", rows[i].text, e->text);
		conf_done(keys, nitems(keys), &s);
	}
	assert_non_null(conf_load("/nowhere/at/all", keys, nitems(keys), &s,
	    NULL));
	conf_done(keys, nitems(keys), &s);
}

static void
a_long_line_is_not_cut(void **state)
{
	static char text[100000];
	struct small s;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "[a]\ntext = ", 11);
	assert_non_null(load(text, &s));
	conf_done(keys, nitems(keys), &s);
}

static void
secrets(void **state)
{
	static const struct {
		const char *text, *secret; /* NULL: refused */
	} rows[] = {{"pass word\n", "pass word"}, {"one\r\ntwo\n", "one"},
	    {"bare", "bare"}, {"", NULL}, {"\nsecond\n", NULL},
	    {"0123456789abcdef", NULL}};
	char secret[16];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *path = file_with(rows[i].text,
		    strlen(rows[i].text));
		const struct err *e = conf_secret(path, secret, sizeof secret);

		(void)unlink(path);
		CHECK(rows[i].text, (e == NULL) == (rows[i].secret != NULL));
		if (e == NULL)
			assert_string_equal(secret, rows[i].secret);
		else
			CHECK(rows[i].text, e->code == ERR_FAULT);
	}
	assert_non_null(conf_secret("/nowhere/at/all", secret, sizeof secret));
}

/* What everybody may read is no secret, what everybody may write no
 * settings. */
static void
modes(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
		bool secret, settings; /* taken */
	} rows[] = {{"0400", 0400, true, true}, {"0600", 0600, true, true},
	    {"0640", 0640, true, true}, {"0660", 0660, true, true},
	    {"0644", 0644, false, true}, {"0641", 0641, false, true},
	    {"0602", 0602, false, false}, {"0666", 0666, false, false}};
	char secret[32];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct small s = {0};
		const char *path = file_with("[a]\n", 4);
		const struct err *e;

		assert_int_equal(chmod(path, rows[i].mode), 0);
		e = conf_secret(path, secret, sizeof secret);
		CHECK(rows[i].name, (e == NULL) == rows[i].secret);
		e = conf_load(path, keys, nitems(keys), &s, NULL);
		CHECK(rows[i].name, (e == NULL) == rows[i].settings);
		conf_done(keys, nitems(keys), &s);
		(void)unlink(path);
	}
}

/* --- the real table --------------------------------------------------- */

static char *
printed(const struct settings *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	settings_print(s, f);
	(void)fclose(f);
	return text;
}

/* What -T prints is a valid file that says the same. */
/* Whatever fits without spaces around the sign must be printed so that it
 * fits with them, or be refused. */
static void
a_line_is_printed_whole_or_refused(void **state)
{
	char text[512] = "[service]\nname=";
	size_t begin = strlen(text);
	bool taken = true;

	(void)state;
	for (size_t len = 1; len < sizeof text - begin - 1; len++) {
		const char *path;
		struct settings s, again;
		char *out;

		text[begin + len - 1] = 'x';
		path = file_with(text, begin + len);
		taken = settings_load(path, &s) == NULL;
		(void)unlink(path);
		if (taken) {
			out = printed(&s);
			path = file_with(out, strlen(out));
			assert_null(settings_load(path, &again));
			(void)unlink(path);
			assert_string_equal(again.service.name,
			    s.service.name);
			settings_done(&again);
			free(out);
		}
		settings_done(&s);
	}
	assert_false(taken);
}

static void
prints_what_it_reads(void **state)
{
	const char *path = file_with("", 0);
	struct settings first, second;
	char *a, *b;

	(void)state;
	assert_null(settings_load(path, &first));
	(void)unlink(path);
	a = printed(&first);
	path = file_with(a, strlen(a));
	assert_null(settings_load(path, &second));
	(void)unlink(path);
	b = printed(&second);
	assert_string_equal(a, b);
	free(a);
	free(b);
	settings_done(&first);
	settings_done(&second);
}

static void
prefix_is_checked(void **state)
{
	static const char *const bad[] = {"[api]\nprefix = x\n",
	    "[api]\nprefix = /\n", "[api]\nprefix = /x/\n"};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		const char *path = file_with(bad[i], strlen(bad[i]));
		struct settings s;

		CHECK(bad[i], settings_load(path, &s) != NULL);
		(void)unlink(path);
		settings_done(&s);
	}
}

static void
expands(void **state)
{
	static const struct {
		const char *text, *plain;
	} rows[] = {{"outpost_%p", "outpost_push"}, {"%p%p", "pushpush"},
	    {"plain", "plain"}, {"50%", "50%"}, {"", ""}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		char *got = conf_expand(rows[i].text, "push");

		assert_string_equal(got, rows[i].plain);
		free(got);
	}
	assert_null(conf_expand(NULL, "push"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(reads),
	    cmocka_unit_test(lists_add_up),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(a_long_line_is_not_cut),
	    cmocka_unit_test(secrets), cmocka_unit_test(modes),
	    cmocka_unit_test(prints_what_it_reads),
	    cmocka_unit_test(a_line_is_printed_whole_or_refused),
	    cmocka_unit_test(prefix_is_checked),
	    cmocka_unit_test(expands),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
