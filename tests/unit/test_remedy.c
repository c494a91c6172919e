/* SPDX-License-Identifier: MIT */
/* The remedies: the manual has the same ones, each code of a provider has one,
 * and a reason is found by its begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mem.h"
#include "push/remedy.h"
#include "push/webpush_judge.h"

#define MANUAL "man/outpost.8"

/* Of the manual's next entry; false behind the last one. */
static bool
next_entry(FILE *f, char reason[64], char *remedy, int size)
{
	char line[256];

	if (fgets(line, sizeof line, f) == NULL ||
	    (sscanf(line, ".It Li \"%63[^\"]", reason) != 1 &&
		sscanf(line, ".It Li %63s", reason) != 1))
		return false;
	assert_non_null(fgets(remedy, size, f));
	remedy[strcspn(remedy, "\n")] = '\0';
	return true;
}

static void
the_manual_has_them(void **state)
{
	char line[256], reason[64], remedy[256], wanted[256];
	FILE *f = fopen(MANUAL, "re");
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL &&
	    strcmp(line, ".Sh REMEDIES\n") != 0)
		;
	while (fgets(line, sizeof line, f) != NULL &&
	    strncmp(line, ".Bl", 3) != 0)
		;
	for (; next_entry(f, reason, remedy, sizeof remedy); n++) {
		assert_true(n < n_remedies);
		assert_string_equal(reason, remedies[n].reason);
		(void)snprintf(wanted, sizeof wanted, "%c%s.",
		    remedies[n].remedy[0] & ~0x20, remedies[n].remedy + 1);
		assert_string_equal(remedy, wanted);
	}
	assert_int_equal(n, n_remedies);
	(void)fclose(f);
}

/* Rows of the judges' tables: {400, "BadTopic", VERDICT_... */
static void
each_code_has_one(void **state)
{
	static const char *const files[] = {"push/apns.c", "push/fcm.c",
	    "push/hms_judge.c", "push/webpush_judge.c"};
	char line[256], code[64];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < nitems(files); i++) {
		FILE *f = fopen(files[i], "re");

		assert_non_null(f);
		while (fgets(line, sizeof line, f) != NULL) {
			if (sscanf(line, "\t{%*d, \"%63[^\"]", code) != 1)
				continue;
			print_message("# %s\n", code);
			assert_non_null(reason_remedy(code));
			n++;
		}
		(void)fclose(f);
	}
	assert_true(n > 80);
}

static void
a_reason_begins_with_it(void **state)
{
	(void)state;
	assert_null(reason_remedy(NULL));
	assert_null(reason_remedy("cancelled"));
	assert_null(reason_remedy("BadTopics"));
	assert_string_equal(reason_remedy("BadTopic: of another app"),
	    reason_remedy("BadTopic"));
	assert_string_equal(reason_remedy("HTTP 503"),
	    reason_remedy("HTTP 429"));
	assert_null(reason_remedy("HTTP 302"));
	assert_string_equal(reason_remedy("109 mismatch"),
	    reason_remedy("VapidPkHashMismatch"));
	assert_string_equal(reason_remedy("109"), reason_remedy("InvalidJwt"));
	assert_non_null(reason_remedy("endpoint of the subscription is at no "
	    "push service that [webpush] hosts has"));
	assert_non_null(reason_remedy(WEBPUSH_NO_POINT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_manual_has_them),
	    cmocka_unit_test(each_code_has_one),
	    cmocka_unit_test(a_reason_begins_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
