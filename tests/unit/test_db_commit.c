/* SPDX-License-Identifier: MIT */
/* What a COMMIT that has failed is taken for: done, not done, or in doubt. The
 * client library is one of this file, whose server answers by a list. */
#include "db/db_part.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"

#include "unit.h"

static struct {
	unsigned answers[2]; /* 0: done, as all that follow */
	size_t n, heard;
	unsigned sends_fail; /* from this command on, 1: the first; 0: none */
	unsigned sent, commits;
	bool closed;
	int line[2];
	MYSQL mysql;
	MYSQL_STMT first, second;
	unsigned latest; /* the error that the library tells */
} server;

static unsigned
hear(void)
{
	assert_false(server.closed);
	return server.heard < server.n ? server.answers[server.heard++] : 0;
}

static bool
send_fails(void)
{
	assert_false(server.closed);
	server.sent++;
	return server.sends_fail > 0 && server.sent >= server.sends_fail;
}

/* --- the library ------------------------------------------------------ */

int STDCALL
mysql_query(MYSQL *m, const char *text)
{
	assert_ptr_equal(m, &server.mysql);
	server.commits += strcmp(text, "COMMIT") == 0;
	server.latest = send_fails() ? CR_SERVER_GONE_ERROR : 0;
	return server.latest != 0;
}

my_bool STDCALL
mysql_read_query_result(MYSQL *m)
{
	assert_ptr_equal(m, &server.mysql);
	server.latest = hear();
	return server.latest != 0;
}

my_bool STDCALL
mysql_stmt_bind_param(MYSQL_STMT *stmt, MYSQL_BIND *binds)
{
	(void)stmt;
	(void)binds;
	return 0;
}

int STDCALL
mysql_stmt_execute(MYSQL_STMT *stmt)
{
	(void)stmt;
	server.latest = send_fails() ? CR_SERVER_GONE_ERROR : 0;
	return server.latest != 0;
}

static int
hear_execution(MYSQL_STMT *stmt)
{
	(void)stmt;
	server.latest = hear();
	return server.latest != 0;
}

static const char *
text_of_latest(void)
{
	return server.latest == ER_UNKNOWN_ERROR
	    ? "Maximum writeset size exceeded" : "its words";
}

unsigned STDCALL
mysql_errno(MYSQL *m)
{
	(void)m;
	return server.latest;
}

const char *STDCALL
mysql_error(MYSQL *m)
{
	(void)m;
	return text_of_latest();
}

unsigned STDCALL
mysql_stmt_errno(MYSQL_STMT *stmt)
{
	(void)stmt;
	return server.latest;
}

const char *STDCALL
mysql_stmt_error(MYSQL_STMT *stmt)
{
	(void)stmt;
	return text_of_latest();
}

my_bool STDCALL
mysql_stmt_close(MYSQL_STMT *stmt)
{
	(void)stmt;
	return 0;
}

void STDCALL
mysql_close(MYSQL *m)
{
	assert_ptr_equal(m, &server.mysql);
	server.closed = true;
}

int
mysql_optionsv(MYSQL *m, enum mysql_option option, ...)
{
	(void)m;
	(void)option;
	return 0;
}

my_socket STDCALL
mysql_get_socket(MYSQL *m)
{
	(void)m;
	return server.line[0];
}

/* --- transactions ----------------------------------------------------- */

static struct st_mariadb_methods methods = {
    .db_read_execute_response = hear_execution};

static void
will_answer(unsigned first, unsigned second)
{
	server.answers[0] = first;
	server.answers[1] = second;
	server.n = 2;
}

/* A connection in the middle of its life. */
static int
set_up(void **state)
{
	static struct db db;

	memset(&server, 0, sizeof server);
	assert_int_equal(pipe(server.line), 0);
	server.mysql.methods = &methods;
	clock_hear(clock_mono_ms(), clock_local_ms());
	db = (struct db){.mysql = &server.mysql, .line = -1};
	*state = &db;
	return 0;
}

static int
tear_down(void **state)
{
	struct db *db = *state;

	free(db->deferred);
	(void)close(server.line[0]);
	(void)close(server.line[1]);
	return 0;
}

/* START TRANSACTION and COMMIT by themselves, as in a cluster. */
static const struct err *
write_alone(struct db *db, void *calls)
{
	++*(unsigned *)calls;
	return db_begin_now(db);
}

static void
tell_nobody(void *arg)
{
	(void)arg;
}

/* Sent with START TRANSACTION as one command, and COMMIT behind it as the
 * second. */
static const struct err *
write_told(struct db *db, void *calls)
{
	static struct bundle_shape shape = {.ids = {SQL_IDEMPOTENCY_FORGET},
	    .n = 1, .begins = true, .marks = true};

	++*(unsigned *)calls;
	db->bundles[0] = (struct bundle){.shape = shape, .stmt = &server.first};
	db->n_bundles = 1;
	db->commit_whole.stmt = &server.second;
	db_at_commit(db, tell_nobody, NULL);
	return db_post(db, SQL_IDEMPOTENCY_FORGET, VALUES(v_text("a key")),
	    NULL);
}

/* A node of Galera tells it at COMMIT: it was not done, and the caller need not
 * send it again. */
static void
too_large_is_no_doubt(void **state)
{
	struct db *db = *state;
	const struct err *e;
	unsigned calls = 0;

	db->galera = true;
	will_answer(0, ER_UNKNOWN_ERROR);
	e = db_transact_surely(db, write_alone, NULL, &calls, false);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_OVERSIZE);
	assert_int_equal(server.commits, 1);
	assert_int_equal(calls, 1);
}

static void
is_told(struct db *db, db_fn *fn, enum err_code code)
{
	unsigned calls = 0;
	const struct err *e = db_transact(db, fn, &calls);

	assert_non_null(e);
	assert_int_equal(e->code, code);
	assert_int_equal(calls, 1);
	assert_null(db->mysql);
}

static void
lost_answer_is_doubt(void **state)
{
	will_answer(0, CR_SERVER_LOST);
	is_told(*state, write_alone, ERR_DOUBT);
}

static void
lost_answer_of_the_second_is_doubt(void **state)
{
	will_answer(0, CR_SERVER_LOST);
	is_told(*state, write_told, ERR_DOUBT);
}

/* Which of the statements was ended cannot be asked any more. */
static void
ended_and_then_lost_is_doubt(void **state)
{
	will_answer(ER_QUERY_INTERRUPTED, CR_SERVER_LOST);
	is_told(*state, write_told, ERR_DOUBT);
}

/* The second of the commands is the COMMIT, in both forms. */
static void
not_sent_is_no_doubt(void **state)
{
	server.sends_fail = 2;
	is_told(*state, write_alone, ERR_BUSY);
}

static void
not_sent_as_one_is_no_doubt(void **state)
{
	server.sends_fail = 1;
	is_told(*state, write_told, ERR_BUSY);
}

static void
not_sent_behind_the_first_is_no_doubt(void **state)
{
	server.sends_fail = 2;
	is_told(*state, write_told, ERR_BUSY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(too_large_is_no_doubt),
	    TEST(lost_answer_is_doubt),
	    TEST(lost_answer_of_the_second_is_doubt),
	    TEST(ended_and_then_lost_is_doubt),
	    TEST(not_sent_is_no_doubt),
	    TEST(not_sent_as_one_is_no_doubt),
	    TEST(not_sent_behind_the_first_is_no_doubt),
	};

	return cmocka_run_group_tests_name("db_commit", tests, NULL, NULL);
}
