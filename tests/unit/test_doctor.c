/* SPDX-License-Identifier: MIT */
/* The pure parts of the doctor. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "db/rights_look.h"

#include "core/doctor_part.h"

#define GB ((uint64_t)1 << 30)

static void
disk_levels(void **state)
{
	(void)state;
	assert_int_equal(doctor_disk_level(100 * GB, 50 * GB), FINDING_OK);
	/* a share of much is much */
	assert_int_equal(doctor_disk_level(10000 * GB, 100 * GB), FINDING_OK);
	assert_int_equal(doctor_disk_level(100 * GB, 9 * GB), FINDING_WARNING);
	assert_int_equal(doctor_disk_level(100 * GB, 2 * GB), FINDING_WARNING);
	assert_int_equal(doctor_disk_level(100 * GB, GB / 2), FINDING_ERROR);
	/* and much of little is enough */
	assert_int_equal(doctor_disk_level(GB, GB / 2), FINDING_OK);
	assert_int_equal(doctor_disk_level(GB, 0), FINDING_ERROR);
}

static void
versions_of_mariadb(void **state)
{
	(void)state;
	assert_true(doctor_mariadb_is_old("5.5.68-MariaDB"));
	assert_true(doctor_mariadb_is_old("9.9.9-MariaDB"));
	assert_true(doctor_mariadb_is_old("10.5.29-MariaDB-log"));
	assert_false(doctor_mariadb_is_old("10.6.0-MariaDB"));
	assert_false(doctor_mariadb_is_old("10.11.14-MariaDB-0+deb12u2"));
	assert_false(doctor_mariadb_is_old("11.4.2-MariaDB"));
	/* what cannot be told is not called good */
	assert_true(doctor_mariadb_is_old(""));
}

static void
collect_right(const struct rights_wanted *w, void *arg)
{
	char *all = arg;
	size_t n = strlen(all);

	(void)snprintf(all + n, 400 - n, "%s(%s)%s ", w->right, w->column,
	    w->table);
}

static void
rights_of_a_text(void **state)
{
	static const char text[] = "-- GRANT nothing TO {push};\n\n"
	    "GRANT SELECT (id,\n    name), INSERT, UPDATE (n)\n"
	    "    ON {db}.push_x TO {push}@{host};\n"
	    "-- a word\nGRANT DELETE ON {db}.push_y TO {sendd}@{host};\n"
	    "GRANT SELECT ON {db}.push_z TO {push}@{host};\n";
	char all[400] = "";

	(void)state;
	rights_parse(text, sizeof text - 1, "push", collect_right, all);
	assert_string_equal(all, "SELECT(id)push_x SELECT(name)push_x "
	    "INSERT()push_x UPDATE(n)push_x SELECT()push_z ");
	all[0] = '\0';
	rights_parse(text, sizeof text - 1, "sendd", collect_right, all);
	assert_string_equal(all, "DELETE()push_y ");
	all[0] = '\0';
	rights_parse(text, sizeof text - 1, "send", collect_right, all);
	assert_string_equal(all, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(disk_levels),
	    cmocka_unit_test(versions_of_mariadb),
	    cmocka_unit_test(rights_of_a_text)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
