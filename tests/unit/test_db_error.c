/* SPDX-License-Identifier: MIT */
/* What MariaDB's error numbers mean to us, and what a log is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/db_part.h"
#include "lib/mem.h"

/* The numbers as a log shows them. */
static const struct {
	unsigned number;
	enum err_code code;
	bool again, gone;
} cases[] = {
    /* what a call brought */
    {1062, ERR_DUPLICATE, false, false}, /* duplicate */
    {1406, ERR_OVERSIZE, false, false},	/* too long */
    {1264, ERR_OVERSIZE, false, false},	/* out of range */
    {1153, ERR_OVERSIZE, false, true},	/* max_allowed_packet */
    {2020, ERR_OVERSIZE, false, true},
    /* our mistakes */
    {1064, ERR_FAULT, false, false}, /* syntax */
    {1146, ERR_FAULT, false, false}, /* no such table */
    {1054, ERR_FAULT, false, false}, /* no such column */
    {1136, ERR_FAULT, false, false}, /* number of values */
    {1048, ERR_FAULT, true, false}, /* NULL; also: the id of another row */
    {1366, ERR_FAULT, false, false}, /* not text of that character set */
    {1267, ERR_FAULT, false, false}, /* collations mixed */
    {1176, ERR_FAULT, false, false}, /* no such index */
    {2014, ERR_FAULT, false, true},  /* commands out of sync */
    {2031, ERR_FAULT, false, false}, /* parameters not bound */
    /* others were in the way */
    {1213, ERR_CONTENTION, true, false}, /* deadlock, certification */
    {1205, ERR_CONTENTION, true, false}, /* lock wait */
    {1020, ERR_CONTENTION, true, false}, /* changed since read */
    {1467, ERR_CONTENTION, true, false}, /* AUTO_INCREMENT */
    {1317, ERR_CONTENTION, true, false}, /* interrupted */
    /* the connection */
    {2006, ERR_BUSY, false, true},
    {2013, ERR_BUSY, false, true},
    {1053, ERR_BUSY, false, true}, /* shutting down */
    {1927, ERR_BUSY, false, true}, /* killed */
    /* nobody's fault who calls */
    {1045, ERR_BUSY, false, false}, /* password */
    {1044, ERR_BUSY, false, false}, /* right to the database */
    {1698, ERR_BUSY, false, false}, /* socket authentication */
    {1142, ERR_BUSY, false, false}, /* right to the table */
    {1143, ERR_BUSY, false, false}, /* right to the column */
    {1227, ERR_BUSY, false, false}, /* privilege */
    {1820, ERR_BUSY, false, false}, /* password expired */
    {1049, ERR_BUSY, false, false}, /* no such database */
    {1040, ERR_BUSY, false, false}, /* too many connections */
    {1047, ERR_BUSY, false, false}, /* Galera: not ready */
    {1180, ERR_BUSY, false, false}, /* Galera: lost at COMMIT */
    {1290, ERR_BUSY, false, false}, /* --read-only */
    {1792, ERR_BUSY, false, false}, /* read-only transaction */
    {1969, ERR_BUSY, false, false}, /* max_statement_time */
    {1021, ERR_BUSY, false, false}, /* disk full */
    {1114, ERR_BUSY, false, false}, /* table full */
    {2002, ERR_BUSY, false, false}, /* no socket */
    {2003, ERR_BUSY, false, false}, /* no host */
    {2005, ERR_BUSY, false, false}, /* no such host */
    {2026, ERR_BUSY, false, false}, /* TLS */
    {9999, ERR_BUSY, false, false}, /* of a later MariaDB */
};

static void
test_meanings(void **state)
{
	struct db db = {0};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		unsigned number = cases[i].number;
		const struct err *e = db_failure(&db, number, "its words",
		    "a statement");

		print_message("# %u\n", number);
		assert_int_equal(e->code, cases[i].code);
		assert_int_equal(db_is_repeatable(number), cases[i].again);
		assert_int_equal(db_is_gone(number), cases[i].gone);
		assert_int_equal(db_was_locked(&db),
		    cases[i].code == ERR_CONTENTION);
		/* while there is a connection */
		assert_false(db_was_refused(&db));
		db.mysql = (MYSQL *)&db;
		assert_int_equal(db_was_refused(&db),
		    cases[i].code != ERR_CONTENTION && !cases[i].gone);
		db.mysql = NULL;
	}
}

/* What waiting does not mend, and who takes nobody more: no other number is. */
static void
test_kept_out(void **state)
{
	static const unsigned denied[] = {1142, 1143, 1227, 1820, 1251, 2059,
	    2026}, full[] = {1040, 1203, 1226};
	size_t n_denied = 0, n_full = 0;

	(void)state;
	for (unsigned number = 0; number < 10000; number++) {
		n_denied += db_is_denied(number);
		n_full += db_is_full(number);
	}
	assert_int_equal(n_denied, nitems(denied));
	assert_int_equal(n_full, nitems(full));
	for (size_t i = 0; i < nitems(denied); i++)
		assert_true(db_is_denied(denied[i]));
	for (size_t i = 0; i < nitems(full); i++)
		assert_true(db_is_full(full[i]));
}

/* A transaction that is too large for a node is so for each one; its number is
 * also that of a node that has left. */
static void
test_too_large(void **state)
{
	static const struct {
		unsigned number;
		const char *text;
	} words[] = {{1180, "wsrep_max_ws_rows exceeded"},
	    {1105, "Maximum writeset size exceeded"},
	    {1180, "Maximum writeset size exceeded"}};
	struct db db = {.in_transaction = true};

	(void)state;
	assert_null(node_list_read("one, two", 3306, &db.nodes));
	for (size_t i = 0; i < nitems(words); i++) {
		const struct err *e;

		db.broken = false;
		e = db_failure(&db, words[i].number, words[i].text, "a COMMIT");
		assert_int_equal(e->code, ERR_OVERSIZE);
		assert_false(db_is_lost(&db));
		assert_true(db_was_too_large(&db));
		assert_int_not_equal(db.last_error, 1180);
		assert_true(db.broken);
	}
	assert_string_equal(db_failure(&db, 4165, "Galera replication not "
	    "supported", "an UPDATE")->text, "database: an UPDATE: the "
	    "wsrep_max_ws_rows of the node must be 0 (4165)");
	assert_false(node_has_failed(&db.nodes.all[0]));
}

/* A node that is not part of its cluster, or takes no writes, is left where
 * there is another one; else its connection is kept. */
static void
test_unfit(void **state)
{
	static const unsigned unfit[] = {1047, 1180, 1290, 1836};
	struct db db = {0};

	(void)state;
	for (size_t i = 0; i < nitems(unfit); i++) {
		assert_null(node_list_read("one", 3306, &db.nodes));
		(void)db_failure(&db, unfit[i], "its words", "a statement");
		assert_false(db_is_lost(&db));
		assert_null(node_list_read("one, two", 3306, &db.nodes));
		(void)db_failure(&db, unfit[i], "its words", "a statement");
		assert_true(db_is_lost(&db));
		assert_true(db_has_other(&db));
		assert_true(node_serves(&db.nodes.all[0])); /* was avoided */
		(void)db_failure(&db, 1213, "its words", "a statement");
		assert_false(db_is_lost(&db));
		assert_false(node_serves(&db.nodes.all[0]));
	}
}

/* Whose statements of an hour are used up is refused by this connection, and
 * perhaps not by a new one. A COMMIT that is refused so was not done. */
static void
test_spent(void **state)
{
	struct db db = {.mysql = (MYSQL *)&db, .in_transaction = true};

	(void)state;
	assert_null(node_list_read("one", 3306, &db.nodes));
	(void)db_failure(&db, 1226, "its words", "a statement");
	assert_true(db_is_lost(&db));
	assert_true(db.broken);
	assert_false(db_was_refused(&db));
	assert_false(db_is_gone(1226));
	assert_false(node_has_failed(&db.nodes.all[0]));
	(void)db_failure(&db, 1203, "its words", "a statement");
	assert_false(db_is_lost(&db));
}

/* What was sent as one with COMMIT may have been done when it is ended. */
static void
test_ended(void **state)
{
	(void)state;
	assert_true(db_is_ended(1317));
	assert_true(db_is_ended(1969));
	assert_false(db_is_ended(1213));
	assert_false(db_is_ended(9999));
}

/* Only then is it of no use to prepare it again. */
static void
test_unknown(void **state)
{
	static const unsigned unknown[] = {1064, 1149, 1235, 1295};
	static const unsigned others[] = {0, 1040, 1461, 2006, 2013, 1317, 1146,
	    1213, 9999};

	(void)state;
	for (size_t i = 0; i < nitems(unknown); i++)
		assert_true(db_is_unknown(unknown[i]));
	for (size_t i = 0; i < nitems(others); i++)
		assert_false(db_is_unknown(others[i]));
}

/* Of texts that were put off nothing stays in memory. */
static void
test_wiped(void **state)
{
	static const char none[BUNDLE_TEXTS];
	struct db db = {.mysql = (MYSQL *)&db, .in_transaction = true};
	const struct err *e;

	(void)state;
	assert_true(db_defer(&db, SQL_IDEMPOTENCY_FORGET,
	    VALUES(v_text("a secret")), false, &e));
	assert_null(e);
	assert_memory_equal(db.deferred->texts, "a secret", 8);
	db_drop_deferred(&db);
	assert_memory_equal(db.deferred->texts, none, sizeof none);
	free(db.deferred);
}

/* A text of MariaDB's that quotes a value is not repeated. */
static void
test_hidden(void **state)
{
	struct db db = {0};
	const struct err *e;

	(void)state;
	e = db_failure(&db, 1062, "Duplicate entry 'a''b-secret' for key "
	    "'push_device_activation'", "statement failed");
	assert_string_equal(e->text, "database: statement failed: there is "
	    "such a row already, key push_device_activation (1062)");
	assert_true(db_duplicate(&db, NULL));
	assert_true(db_duplicate(&db, "push_device_activation"));
	assert_false(db_duplicate(&db, "PRIMARY"));
	e = db_failure(&db, 1366, "Incorrect string value: 'secret' for "
	    "column", "statement failed");
	assert_null(strstr(e->text, "secret"));
	assert_false(db_duplicate(&db, NULL));
}

/* MariaDB has rolled back all of it: what comes after must not be kept. */
static void
test_broken(void **state)
{
	static const struct {
		unsigned number;
		bool broken;
	} numbers[] = {{1213, true}, {2013, true}, {1927, true},
	    {1205, false}, {1062, false}, {1142, false}};

	(void)state;
	for (size_t i = 0; i < nitems(numbers); i++) {
		struct db db = {.in_transaction = true};

		(void)db_failure(&db, numbers[i].number, "", "");
		assert_int_equal(db.broken, numbers[i].broken);
		db = (struct db){0};
		(void)db_failure(&db, numbers[i].number, "", "");
		assert_false(db.broken);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_meanings),
	    cmocka_unit_test(test_kept_out),
	    cmocka_unit_test(test_unfit),
	    cmocka_unit_test(test_spent),
	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_ended),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_wiped),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests_name("db_error", tests, NULL, NULL);
}
