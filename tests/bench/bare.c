/* SPDX-License-Identifier: MIT */
/*
 * The least a FastCGI program with a database can do, to measure ours by:
 * one prepared statement a request. By the end of the path:
 *
 *   .../insert   INSERT one row, committed
 *   .../select   SELECT one row by an index
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
#define SELECT "SELECT body FROM bench_bare_read WHERE user_id = 'user-500'"

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

static void
serve(FCGX_Request *r, MYSQL_STMT *insert, MYSQL_STMT *select)
{
	const char *uri = FCGX_GetParam("REQUEST_URI", r->envp);
	bool reads = uri != NULL && strstr(uri, "/select") != NULL;
	MYSQL_STMT *s = reads ? select : insert;
	char body[1024] = "", in[4096];
	unsigned long len = 0;
	MYSQL_BIND b = {.buffer_type = MYSQL_TYPE_STRING, .buffer = body,
	    .buffer_length = sizeof body - 1, .length = &len};

	while (FCGX_GetStr(in, sizeof in, r->in) > 0)
		continue;
	if (mysql_stmt_execute(s) != 0)
		fatalx("%s", mysql_stmt_error(s));
	if (reads) {
		if (mysql_stmt_bind_result(s, &b) != 0 ||
		    mysql_stmt_store_result(s) != 0)
			fatalx("%s", mysql_stmt_error(s));
		while (mysql_stmt_fetch(s) == 0)
			body[len < sizeof body ? len : 0] = '\0';
		(void)mysql_stmt_free_result(s);
	}
	FCGX_FPrintF(r->out, "Content-Type: application/json\r\n\r\n"
	    "{\"status\":\"OK\",\"body\":\"%d\"}", (int)len);
}

static void *
work(void *arg)
{
	MYSQL *m = open_database();
	MYSQL_STMT *insert = prepare(m, INSERT), *select = prepare(m, SELECT);
	FCGX_Request r;

	(void)arg;
	if (FCGX_InitRequest(&r, 0, 0) != 0)
		fatalx("no FastCGI socket");
	while (FCGX_Accept_r(&r) == 0) {
		serve(&r, insert, select);
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
