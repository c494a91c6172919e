/* SPDX-License-Identifier: MIT */
/*
 * The least a FastCGI program with a database can do, to measure ours by:
 * one prepared statement a request. By the end of the path:
 *
 *   .../insert      INSERT one row, committed
 *   .../select      SELECT one row by an index
 *   .../inbox, .../count, .../devices, .../campaigns, .../message
 *                   SELECT what a call of ours reads, from our tables: the same
 *                   rows in the same order, so that both answer as much
 *
 * The answer has all columns of all rows.
 *
 * BARE_SOCKET, BARE_USER, BARE_PASSWORD, BARE_WORKERS by environment; the
 * tables are made by tests/bench/run.
 */
#include <fcgiapp.h>
#include <mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"
#include "lib/mem.h"

#define INSERT                                                                 \
	"INSERT INTO bench_bare (user_id, body) VALUES ('somebody',"           \
	" '{\"title\":\"Code\",\"body\":\"Your code is 123456\"}')"
#define OF_USER " WHERE user_id = 'user-500'"
#define NEWEST " ORDER BY timestamp_created DESC, id DESC LIMIT 50"
#define COLUMNS_MAX 32

static const struct {
	const char *path, *text;
} statements[] = {
	/* clang-format off */
	{"/insert", INSERT},
	{"/select", "SELECT body FROM bench_bare_read" OF_USER},
	{"/inbox", "SELECT inbox_id, message_type, subject, summary, is_read,"
	    " timestamp_created FROM push_inbox" OF_USER NEWEST},
	{"/count", "SELECT COUNT(*) FROM push_inbox" OF_USER
	    " AND is_read = 0"},
	{"/devices", "SELECT id, activation_id, platform, environment,"
	    " push_token, is_active, timestamp_last_registered"
	    " FROM push_device_registration" OF_USER " ORDER BY id DESC"},
	{"/campaigns", "SELECT id, app_id, is_sent, message FROM push_campaign"
	    " ORDER BY id"},
	{"/message", "SELECT * FROM push_send ORDER BY id DESC LIMIT 1"},
	/* clang-format on */
};
#define STATEMENTS nitems(statements)

static MYSQL_STMT *
prepare(MYSQL *m, const char *sql)
{
	MYSQL_STMT *s = mysql_stmt_init(m);

	if (s == NULL || mysql_stmt_prepare(s, sql, strlen(sql)) != 0)
		fatalx("%s", mysql_error(m));
	return s;
}

static MYSQL *
open_database(void)
{
	MYSQL *m = mysql_init(NULL);

	if (m == NULL ||
	    mysql_real_connect(m, "localhost", getenv("BARE_USER"),
		getenv("BARE_PASSWORD"), "outpost", 0, getenv("BARE_SOCKET"),
		0) == NULL)
		fatalx("%s", m != NULL ? mysql_error(m) : "out of memory");
	return m;
}

/* The columns of a row, as text. */
struct row {
	char text[COLUMNS_MAX][1024];
	unsigned long len[COLUMNS_MAX];
	my_bool is_null[COLUMNS_MAX];
	MYSQL_BIND binds[COLUMNS_MAX];
};

static void
write_row(const struct row *row, unsigned n, FCGX_Stream *out)
{
	for (unsigned i = 0; i < n; i++) {
		(void)FCGX_PutStr(i > 0 ? "\",\"" : "[\"", i > 0 ? 3 : 2, out);
		if (!row->is_null[i])
			(void)FCGX_PutStr(row->text[i], (int)row->len[i], out);
	}
	(void)FCGX_PutStr("\"],", 3, out);
}

static void
write_rows(MYSQL_STMT *s, FCGX_Stream *out)
{
	unsigned n = mysql_stmt_field_count(s);
	struct row row;

	if (n == 0)
		return;
	if (n > COLUMNS_MAX)
		fatalx("%u columns", n);
	memset(row.binds, 0, sizeof row.binds);
	for (unsigned i = 0; i < n; i++)
		row.binds[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
		    .buffer = row.text[i], .buffer_length = sizeof *row.text,
		    .length = &row.len[i], .is_null = &row.is_null[i]};
	if (mysql_stmt_bind_result(s, row.binds) != 0 ||
	    mysql_stmt_store_result(s) != 0)
		fatalx("%s", mysql_stmt_error(s));
	while (mysql_stmt_fetch(s) == 0)
		write_row(&row, n, out);
	(void)mysql_stmt_free_result(s);
}

static MYSQL_STMT *
statement_of(const char *uri, MYSQL_STMT *const *all)
{
	for (size_t i = 0; uri != NULL && i < STATEMENTS; i++)
		if (strstr(uri, statements[i].path) != NULL)
			return all[i];
	return all[0];
}

static void
serve(FCGX_Request *r, MYSQL_STMT *const *all)
{
	MYSQL_STMT *s = statement_of(FCGX_GetParam("REQUEST_URI", r->envp),
	    all);
	char in[4096];

	while (FCGX_GetStr(in, sizeof in, r->in) > 0)
		continue;
	if (mysql_stmt_execute(s) != 0)
		fatalx("%s", mysql_stmt_error(s));
	FCGX_FPrintF(r->out, "Content-Type: application/json\r\n\r\n"
	    "{\"status\":\"OK\",\"rows\":[");
	write_rows(s, r->out);
	FCGX_FPrintF(r->out, "[]]}");
}

static void *
work(void *arg)
{
	MYSQL *m = open_database();
	MYSQL_STMT *all[STATEMENTS];
	FCGX_Request r;

	(void)arg;
	for (size_t i = 0; i < STATEMENTS; i++)
		all[i] = prepare(m, statements[i].text);
	if (FCGX_InitRequest(&r, 0, 0) != 0)
		fatalx("no FastCGI socket");
	while (FCGX_Accept_r(&r) == 0) {
		serve(&r, all);
		FCGX_Finish_r(&r);
	}
	return NULL;
}

int
main(void)
{
	const char *text = getenv("BARE_WORKERS");
	int64_t n = 16;
	pthread_t thread;

	if (text != NULL && !text_i64(text, 1, 256, &n))
		fatalx("BARE_WORKERS is not a number");
	if (mysql_library_init(0, NULL, NULL) != 0 || FCGX_Init() != 0)
		fatalx("no FastCGI");
	for (int i = 1; i < n; i++)
		if (pthread_create(&thread, NULL, work, NULL) != 0)
			fatalx("no thread");
	(void)work(NULL);
	return 0;
}
