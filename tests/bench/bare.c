/* SPDX-License-Identifier: MIT */
/*
 * The least a FastCGI program with a database can do, to measure ours by:
 * one prepared statement a request. By the end of the path:
 *
 *   .../insert      INSERT one row, committed
 *   .../select      SELECT one row by an index
 *   .../push        the least that a SYNCHRONOUS message can be: INSERT a row,
 *                   committed; a request to a provider, and its answer; DELETE
 *                   the row, committed
 *   .../inbox, .../count, .../devices, .../campaigns, .../message
 *                   SELECT what a call of ours reads, from our tables: the same
 *                   rows in the same order, so that both answer as much, and
 *                   by the same user and application
 *
 * The answer has all columns of all rows; where rows are many, each with the
 * name that it has in our answer, so that both answers are about as long.
 *
 * BARE_SOCKET, BARE_USER, BARE_PASSWORD, BARE_WORKERS by environment, and for
 * .../push BARE_URL, BARE_CA, BARE_AUTHORIZATION and BARE_TOPIC; the tables are
 * made by tests/bench/run.
 */
#include <fcgiapp.h>
#include <mysql.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/id.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "sendd/wire.h"

#define INSERT                                                                 \
	"INSERT INTO bench_bare (user_id, body) VALUES ('somebody',"           \
	" '{\"title\":\"Code\",\"body\":\"Your code is 123456\"}')"
#define OF_USER " WHERE user_id = 'user-500'"
#define OF_APP                                                                 \
	" JOIN push_inbox_app l ON l.inbox_id = push_inbox.id"                 \
	" AND l.app_credentials_id = @app"
#define APP                                                                    \
	"SET @app = (SELECT id FROM push_app_credentials"                      \
	" WHERE app_id = 'bench')"
/* With its table, for "id" alone is the name of a column of the answer, by
 * which MariaDB would sort. */
#define NEWEST " ORDER BY timestamp_created DESC, push_inbox.id DESC LIMIT 50"
#define COLUMNS_MAX 32

static const struct {
	const char *path, *text;
	bool named; /* each value has the name of its column */
} statements[] = {
	/* clang-format off */
	{"/insert", INSERT},
	{"/select", "SELECT body FROM bench_bare_read" OF_USER},
	{"/inbox", "SELECT STRAIGHT_JOIN push_inbox.inbox_id AS id,"
	    " message_type AS type, subject, summary, is_read AS `read`,"
	    " timestamp_created AS timestampCreated FROM push_inbox" OF_APP OF_USER NEWEST, true},
	{"/count", "SELECT STRAIGHT_JOIN COUNT(*) FROM push_inbox" OF_APP
	    OF_USER " AND is_read = 0"},
	{"/devices", "SELECT id, activation_id, platform, environment,"
	    " push_token, is_active, timestamp_last_registered"
	    " FROM push_device_registration" OF_USER " AND app_id = @app"
	    " ORDER BY id DESC"},
	{"/campaigns", "SELECT id, app_id AS appId, is_sent AS sent, message"
	    " FROM push_campaign ORDER BY id", true},
	{"/message", "SELECT * FROM push_send ORDER BY id DESC LIMIT 1"},
	{"/push", INSERT},
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

	if (m == NULL || mysql_options(m, MYSQL_INIT_COMMAND, APP) != 0 ||
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

/* A statement, and what is written before the value of each column. */
struct query {
	MYSQL_STMT *stmt;
	bool named;
	char before[COLUMNS_MAX][64];
	int before_len[COLUMNS_MAX];
};

static void
name_column(struct query *q, unsigned i, const char *name)
{
	const char *start = i > 0 ? "\"," : q->named ? "{" : "[";

	if (q->named)
		q->before_len[i] = snprintf(q->before[i], sizeof *q->before,
		    "%s\"%s\":\"", start, name);
	else
		q->before_len[i] = snprintf(q->before[i], sizeof *q->before,
		    "%s\"", start);
}

static void
name_columns(struct query *q)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(q->stmt);

	if (meta == NULL)
		return; /* it returns no rows */
	if (mysql_num_fields(meta) > COLUMNS_MAX)
		fatalx("%u columns", mysql_num_fields(meta));
	for (unsigned i = 0; i < mysql_num_fields(meta); i++)
		name_column(q, i, mysql_fetch_field_direct(meta, i)->name);
	mysql_free_result(meta);
}

static void
write_row(const struct query *q, const struct row *row, unsigned n,
    FCGX_Stream *out)
{
	for (unsigned i = 0; i < n; i++) {
		(void)FCGX_PutStr(q->before[i], q->before_len[i], out);
		if (!row->is_null[i])
			(void)FCGX_PutStr(row->text[i], (int)row->len[i], out);
	}
	(void)FCGX_PutStr(q->named ? "\"}," : "\"],", 3, out);
}

static void
write_rows(const struct query *q, FCGX_Stream *out)
{
	MYSQL_STMT *s = q->stmt;
	unsigned n = mysql_stmt_field_count(s);
	struct row row;

	if (n == 0)
		return;
	memset(row.binds, 0, sizeof row.binds);
	for (unsigned i = 0; i < n; i++)
		row.binds[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
		    .buffer = row.text[i], .buffer_length = sizeof *row.text,
		    .length = &row.len[i], .is_null = &row.is_null[i]};
	if (mysql_stmt_bind_result(s, row.binds) != 0 ||
	    mysql_stmt_store_result(s) != 0)
		fatalx("%s", mysql_stmt_error(s));
	while (mysql_stmt_fetch(s) == 0)
		write_row(q, &row, n, out);
	(void)mysql_stmt_free_result(s);
}

/* --- .../push --------------------------------------------------------- */

#define REMOVE "DELETE FROM bench_bare WHERE id = ?"
#define PUSH_BODY                                                              \
	"{\"aps\":{\"alert\":{\"title\":\"Code\","                            \
	"\"body\":\"Your code is 123456\"},\"sound\":\"default\"}}"

/* A connection to the provider, of one thread. */
struct pusher {
	struct poller *poller;
	struct wire *wire;
	struct pool *pool;
	struct exchange *x;
	const char *path;
	MYSQL_STMT *remove;
	uint64_t id; /* of the row */
	MYSQL_BIND bind;
};

static void
pusher_open(struct pusher *p, MYSQL *m)
{
	struct origin to = {.connections = 1, .connect_timeout_ms = 5000,
	    .ca_file = getenv("BARE_CA")};
	const char *url = getenv("BARE_URL");
	const struct err *e = NULL;

	if (url == NULL)
		return;
	if ((e = origin_read(url, &to, &p->path)) != NULL ||
	    (e = poller_new(&p->poller)) != NULL ||
	    (e = wire_open(&wire_h2, p->poller, &p->wire)) != NULL)
		fatalx("%s", e->text);
	p->pool = wire_pool(p->wire, &to, 1);
	p->x = exchange_new();
	p->remove = prepare(m, REMOVE);
	p->bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG,
	    .buffer = &p->id, .is_unsigned = 1};
	if (mysql_stmt_bind_param(p->remove, &p->bind) != 0)
		fatalx("%s", mysql_stmt_error(p->remove));
}

static void
turn(struct pusher *p)
{
	wire_flush(p->wire);
	poller_run(p->poller, wire_tick(p->wire));
}

static void
push(struct pusher *p)
{
	struct exchange *x = p->x;
	char id[ID_UUID];

	exchange_reset(x);
	id_uuid_of(p->id, id);
	x->path = p->path;
	exchange_header(x, "authorization", getenv("BARE_AUTHORIZATION"));
	exchange_header(x, "apns-topic", getenv("BARE_TOPIC"));
	exchange_header(x, "apns-push-type", "alert");
	exchange_header(x, "apns-priority", "10");
	exchange_header(x, "apns-id", exchange_fmt(x, "%s", id));
	exchange_header(x, "content-type", "application/json");
	x->body = PUSH_BODY;
	x->body_len = strlen(PUSH_BODY);
	x->timeout_ms = 10000;
	while (pool_room(p->pool) == 0)
		turn(p);
	pool_start(p->pool, x);
	while (wire_finished(p->wire) == NULL)
		turn(p);
	if (x->end != EXCHANGE_ANSWERED || x->status != 200)
		fatalx("the provider: %d %s", x->status, x->why);
}

static void
deliver(struct pusher *p, MYSQL_STMT *insert)
{
	if (p->wire == NULL)
		fatalx("no BARE_URL");
	p->id = mysql_stmt_insert_id(insert);
	push(p);
	if (mysql_stmt_execute(p->remove) != 0)
		fatalx("%s", mysql_stmt_error(p->remove));
}

/* --- a call ----------------------------------------------------------- */

static const struct query *
query_of(const char *uri, const struct query *all)
{
	for (size_t i = 0; uri != NULL && i < STATEMENTS; i++)
		if (strstr(uri, statements[i].path) != NULL)
			return &all[i];
	return &all[0];
}

static void
serve(FCGX_Request *r, const struct query *all, struct pusher *pusher)
{
	const char *uri = FCGX_GetParam("REQUEST_URI", r->envp);
	const struct query *q = query_of(uri, all);
	MYSQL_STMT *s = q->stmt;
	char in[4096];

	while (FCGX_GetStr(in, sizeof in, r->in) > 0)
		continue;
	if (mysql_stmt_execute(s) != 0)
		fatalx("%s", mysql_stmt_error(s));
	if (uri != NULL && strstr(uri, "/push") != NULL)
		deliver(pusher, s);
	FCGX_FPrintF(r->out, "Content-Type: application/json\r\n\r\n"
	    "{\"status\":\"OK\",\"rows\":[");
	write_rows(q, r->out);
	FCGX_FPrintF(r->out, "[]]}");
}

static void *
work(void *arg)
{
	MYSQL *m = open_database();
	struct query all[STATEMENTS] = {{.stmt = NULL}};
	struct pusher pusher = {.wire = NULL};
	FCGX_Request r;

	(void)arg;
	for (size_t i = 0; i < STATEMENTS; i++) {
		all[i].stmt = prepare(m, statements[i].text);
		all[i].named = statements[i].named;
		name_columns(&all[i]);
	}
	pusher_open(&pusher, m);
	if (FCGX_InitRequest(&r, 0, 0) != 0)
		fatalx("no FastCGI socket");
	while (FCGX_Accept_r(&r) == 0) {
		serve(&r, all, &pusher);
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
	(void)signal(SIGPIPE, SIG_IGN);
	if (mysql_library_init(0, NULL, NULL) != 0 || FCGX_Init() != 0)
		fatalx("no FastCGI");
	for (int i = 1; i < n; i++)
		if (pthread_create(&thread, NULL, work, NULL) != 0)
			fatalx("no thread");
	(void)work(NULL);
	return 0;
}
