/* SPDX-License-Identifier: MIT */
/* What no single key of outpost.conf can say, and what -n says besides. */
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
#include "lib/settings.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(provider_urls_are_guarded),
	    cmocka_unit_test(contradictions_are_noted),
	    cmocka_unit_test(what_is_not_used_is_noted),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
