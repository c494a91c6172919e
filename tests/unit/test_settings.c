/* SPDX-License-Identifier: MIT */
/* What no single key of outpost.conf can say, and what -n says besides; and
 * that the table, the manual and the example file agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/mem.h"
#include "core/settings_files.h"

/* The path of a file with the text, until the next. */
static const char *
file_with(const char *text)
{
	static char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "/tmp/test-settings-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	n = write(fd, text, strlen(text));
	assert_int_equal(n, strlen(text));
	(void)close(fd);
	return path;
}

/* The first fault is told with its line, and with what is wanted. */
static void
faults_say_what_is_wanted(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {{"[api]\ndialect = Java\n",
		":2: api.dialect must be one of published, java, java-1.4"},
	    {"[log]\nlevel = loud\n", ":2: log.level must be one of error, "
		"warning, notice, info, debug"},
	    {"[api]\nworkers = 257\n", ":2: api.workers must be a "
		"number, from 1 to 256"},
	    {"[sendd]\nlease = 1s\n", ":2: sendd.lease must be a duration "
		"like 30s, 5m or 1d, from 2s to 5m"},
	    {"[fcm]\nrate = 2000000000/s\n",
		":2: fcm.rate must be a rate like 1000/s, from 1/s to "
		"1000000000/s"},
	    {"[apns]\nproduction_url = api.push.apple.com\n",
		":2: apns.production_url must be a URL that begins with "
		"https://"},
	    {"[apns]\nproduction_url =\n",
		":2: apns.production_url must be a URL that begins with "
		"https://"},
	    {"[apns]\nproduction_url = http://api.push.apple.com\n",
		":2: apns.production_url must be an https:// URL: http:// is "
		"for this machine only"},
	    {"[apns]\nproduction_url = https://me:pass@host\n",
		":2: apns.production_url must be a URL without user and "
		"password"},
	    {"[database]\nsocket = /s\n[api]\nauth = none\n"
	     "[campaign]\napproval = yes\n",
		": campaign.approval needs two integrations"},
	    {"[fcm]\nsend_url = https://host/nothing:send\n",
		":2: fcm.send_url must be a URL with %s once"},
	    {"[hms]\nsend_url = https://host/%s/%s\n",
		":2: hms.send_url must be a URL with %s once"},
	    {"[api]\ntrust = 10.1.2.7/24 as shop\n",
		":2: api.trust must be address ranges without bits behind the "
		"prefix"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *path = file_with(rows[i].text);
		const struct err *e;
		struct settings s;

		e = settings_load(path, &s);
		print_message("# %s", rows[i].text);
		assert_non_null(e);
		assert_string_equal(strstr(e->text, path), e->text);
		assert_int_equal(strncmp(e->text + strlen(path), rows[i].said,
		    strlen(rows[i].said)), 0);
		(void)unlink(path);
		settings_done(&s);
	}
}

/* Whoever is a proxy is never the one that it passes on. */
static void
trust_in_proxies_is_noted(void **state)
{
	static const char text[] = "[api]\nproxies = 10.0.0.0/8, fd00::/8\n"
	    "trust = 10.1.2.0/24 as a, 0.0.0.0/0 as b, fd00::1 as c\n"
	    "trust = 192.0.2.1 as d, 10.0.0.0/8 as e, ::/0 as f\n";
	const char *path = file_with(text);
	char *said = NULL;
	size_t size = 0, lines = 0;
	FILE *notes = open_memstream(&said, &size);
	struct settings s;

	(void)state;
	assert_non_null(notes);
	assert_null(settings_check(path, &s, notes));
	(void)fclose(notes);
	assert_non_null(strstr(said, ": warning: api.trust \"10.1.2.0/24 as a\""
	    " lies in api.proxies and can never match\n"));
	assert_non_null(strstr(said, "\"fd00::1 as c\""));
	assert_non_null(strstr(said, "\"10.0.0.0/8 as e\""));
	for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 3);
	free(said);
	(void)unlink(path);
	settings_done(&s);
}

/* Of the files that are named each program wants its own. */
static void
files_must_be_there(void **state)
{
	static const struct {
		const char *text, *program, *missing; /* NULL: none is */
	} rows[] = {
	    {"[secrets]\nkey_file = /no/key\n", "sendd", "secrets.key_file"},
	    {"[secrets]\nkey_file = /no/key\n", "admin", "secrets.key_file"},
	    {"[secrets]\nkey_file = /no/key\n", "push", NULL},
	    {"[database]\npassword_file = /no/%p\n", "inbox",
		"database.password_file /no/inbox: No such file"},
	    {"[database]\ntls_ca = /no/ca\n", "push", NULL},
	    {"[database]\nsocket =\nhost = db\ntls_ca = /no/ca\n", "push",
		"database.tls_ca"},
	    {"[hms]\nca_file = /no/ca\n", "push", NULL},
	    {"[secrets]\nkey_file = /dev/null\n[hms]\nca_file = /no/ca\n",
		"sendd", "hms.ca_file /no/ca: No such file"},
	    {"[secrets]\nkey_file = /dev/null\n", "sendd", NULL},
	    {"[powerauth]\nca_file = /no/ca\n", "push", NULL},
	    {"[powerauth]\nurl = https://pa/rest\nca_file = /no/ca\n",
		"push", "powerauth.ca_file"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *path = file_with(rows[i].text);
		const struct err *e;
		struct settings s;

		print_message("# %s", rows[i].text);
		assert_null(settings_load(path, &s));
		e = settings_files("the.conf", &s, rows[i].program, stderr);
		if (rows[i].missing == NULL) {
			assert_null(e);
		} else {
			assert_non_null(e);
			assert_non_null(strstr(e->text, "the.conf: "));
			assert_non_null(strstr(e->text, rows[i].missing));
		}
		(void)unlink(path);
		settings_done(&s);
	}
}

/* Keys and messages go in the clear to this machine at most. */
static void
provider_urls_are_guarded(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"[apns]\nproduction_url = http://api.push.apple.com\n",
		false},
	    {"[apns]\ndevelopment_url = http://10.0.0.1\n", false},
	    {"[fcm]\nsend_url = http://fcm.example/v1/%s\n", false},
	    {"[hms]\nsend_url = http://hms.example/v2/%s\n", false},
	    {"[hms]\ntoken_url = http://localhost.example/token\n", false},
	    {"[hms]\ntoken_url = http://127.0.0.1.example/token\n", false},
	    {"[hms]\ntoken_url = http://127.0.0.1:8443/token\n", true},
	    {"[apns]\nproduction_url = http://localhost\n", true},
	    {"[apns]\nproduction_url = http://[::1]:99/\n", true},
	    {"[apns]\nproduction_url = https://10.0.0.1\n", true},
	    {"[database]\nsocket =\n", false},
	    {"[database]\nsocket =\nhost = db\n", true}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *path = file_with(rows[i].text);
		struct settings s;

		print_message("# %s", rows[i].text);
		assert_int_equal(settings_load(path, &s) == NULL,
		    rows[i].good);
		(void)unlink(path);
		settings_done(&s);
	}
}

/* Later lines win; -n says where they contradict earlier ones. */
static void
contradictions_are_noted(void **state)
{
	static const char text[] = "[api]\nauth = none\nworkers = 4\n"
	    "[log]\nlevel = info\n[api]\nauth = basic\nworkers = 4\n";
	const char *path = file_with(text);
	char *said = NULL;
	size_t size = 0;
	FILE *notes = open_memstream(&said, &size);
	struct settings s;

	(void)state;
	assert_non_null(notes);
	assert_null(settings_check(path, &s, notes));
	(void)fclose(notes);
	assert_int_equal(s.api.auth, AUTH_BASIC);
	assert_non_null(strstr(said, ":7: warning: api.auth is another than "
	    "in line 2; the later one holds\n"));
	assert_null(strstr(said, "workers"));
	free(said);
	(void)unlink(path);
	settings_done(&s);
}

/* The socket has a default, so that whoever sets a host alone would go to it
 * without a word. */
static void
what_is_not_used_is_noted(void **state)
{
	static const struct {
		const char *text, *said; /* NULL: nothing */
	} rows[] = {{"[database]\nhost = db\n",
		": warning: database.host is not used, for database.socket is "
		"/run/mysqld/mysqld.sock: set that to nothing\n"},
	    {"[database]\nsocket = /s\ntls_ca = /ca.pem\n",
		": warning: database.tls_ca is not used, for database.socket "
		"is /s: set that to nothing\n"},
	    {"[database]\nsocket =\nhost = db\ntls_ca = /ca.pem\n", NULL},
	    {"[database]\nsocket = /s\n", NULL}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const char *path = file_with(rows[i].text);
		char *said = NULL;
		size_t size = 0;
		FILE *notes = open_memstream(&said, &size);
		struct settings s;

		assert_non_null(notes);
		assert_null(settings_check(path, &s, notes));
		(void)fclose(notes);
		if (rows[i].said != NULL)
			assert_string_equal(said + strlen(path), rows[i].said);
		else
			assert_string_equal(said, "");
		free(said);
		(void)unlink(path);
		settings_done(&s);
	}
}

/* --- the manual and the example file ---------------------------------- */

/* The names a file speaks of, as "section.key" one after the other; or its
 * settings, as "section.key = value". */
struct names {
	char text[16384], section[64];
};

static void
take_name(struct names *n, const char *name)
{
	size_t at = strlen(n->text);

	(void)snprintf(n->text + at, sizeof n->text - at, "%s.%s\n",
	    n->section, name);
}

static void
take_printed(struct names *n, char *line)
{
	if (sscanf(line, "[%63[^]]]", n->section) == 1 || line[0] == '#')
		return;
	line[strcspn(line, " ")] = '\0';
	if (line[0] != '\0')
		take_name(n, line);
}

/* .Ss [section] and .It Ic key */
static void
take_manual(struct names *n, char *line)
{
	if (sscanf(line, ".Ss \\&[%63[^]]]", n->section) == 1)
		return;
	if (strncmp(line, ".It Ic ", 7) == 0 && n->section[0] != '\0')
		take_name(n, line + 7);
}

typedef void take(struct names *n, char *line);

static void
take_file(struct names *n, const char *path, take *take_line)
{
	FILE *f = fopen(path, "re");
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		take_line(n, line);
	}
	(void)fclose(f);
}

/* The defaults, as -T prints them. */
static void
take_table(struct names *n, take *take_line)
{
	const char *path = file_with("");
	struct settings s;
	char *text = NULL, *line;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_null(settings_load(path, &s));
	(void)unlink(path);
	settings_print(&s, out);
	(void)fclose(out);
	for (char *next = text; (line = strsep(&next, "\n")) != NULL;)
		take_line(n, line);
	free(text);
	settings_done(&s);
}

static void
manual_and_table_agree(void **state)
{
	static struct names table, manual;

	(void)state;
	take_file(&manual, "man/outpost.conf.5", take_manual);
	take_table(&table, take_printed);
	assert_string_equal(manual.text, table.text);
}

/* The settings that the example sets to something else than the default. */
static bool
is_set(const char *section, const char *line)
{
	static const char *const set[][2] = {
	    {"database", "password_file ="}, {"api", "prefix ="}};

	for (size_t i = 0; i < nitems(set); i++)
		if (strcmp(section, set[i][0]) == 0 &&
		    strncmp(line, set[i][1], strlen(set[i][1])) == 0)
			return true;
	return false;
}

/* A setting with its value, commented out ("#key = value") or not. Comments
 * ("# ...") are left out. Of a setting that the example sets, only the name is
 * taken. */
static void
take_setting(struct names *n, char *line)
{
	if (sscanf(line, "[%63[^]]]", n->section) == 1)
		return;
	line += *line == '#';
	if (strstr(line, " =") == NULL || *line == ' ' ||
	    n->section[0] == '\0')
		return;
	if (is_set(n->section, line))
		line[strcspn(line, "=") + 1] = '\0';
	for (size_t len = strlen(line); line[len - 1] == ' '; len--)
		line[len - 1] = '\0';
	take_name(n, line);
}

static void
the_example_is_valid(void **state)
{
	struct settings s;
	const struct err *e = settings_load("etc/outpost.conf.example", &s);

	(void)state;
	if (e != NULL)
		fail_msg("%s", e->text);
	settings_done(&s);
}

static void
example_and_table_agree(void **state)
{
	static struct names table, example;

	(void)state;
	take_file(&example, "etc/outpost.conf.example", take_setting);
	take_table(&table, take_setting);
	assert_string_equal(example.text, table.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(provider_urls_are_guarded),
	    cmocka_unit_test(contradictions_are_noted),
	    cmocka_unit_test(files_must_be_there),
	    cmocka_unit_test(faults_say_what_is_wanted),
	    cmocka_unit_test(trust_in_proxies_is_noted),
	    cmocka_unit_test(what_is_not_used_is_noted),
	    cmocka_unit_test(manual_and_table_agree),
	    cmocka_unit_test(the_example_is_valid),
	    cmocka_unit_test(example_and_table_agree),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
