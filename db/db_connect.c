/* SPDX-License-Identifier: MIT */
/* Connections: opened when a statement or transaction is about to begin, with
 * the password that the file has then, to the first node that serves. */
#include "db/db_part.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/conf_secret.h"
#include "lib/log.h"
#include "lib/mem.h"

#define NODE_WAIT_S 2	    /* to connect, where there are other nodes */
#define LINE_S 6	    /* a line that is cut fails within this time */
#define QUICK_MS 1000	    /* a dead connection fails within this time */

static const struct node *
node_now(const struct db *db)
{
	return &db->nodes.all[db->node];
}

void
db_disconnect(struct db *db)
{
	db_forget_rows(db);
	db_forget_bundles(db);
	for (int i = 0; i < SQL__COUNT; i++) {
		if (db->stmts[i] != NULL)
			(void)mysql_stmt_close(db->stmts[i]);
		db->stmts[i] = NULL;
	}
	node_line_close(db->line);
	db->line = -1;
	if (db->mysql != NULL)
		mysql_close(db->mysql);
	db->mysql = NULL;
	db->n_posted = 0;
}

/* --- options ---------------------------------------------------------- */

/* Where another node may answer, one has this long to take a connection. */
static unsigned
node_wait_s(const struct db *db)
{
	return db->nodes.n > 1 && db->connect_s > NODE_WAIT_S
	    ? NODE_WAIT_S : db->connect_s;
}

static void
set_session(const struct db *db, MYSQL *m)
{
	unsigned wait_s = node_wait_s(db);
	struct buf session = BUF(4096);

	(void)buf_fmt(&session, "%s%u", sql_session, db->lock_s);
	(void)mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &wait_s);
	(void)mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &db->io_s);
	(void)mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &db->io_s);
	(void)mysql_options(m, MYSQL_INIT_COMMAND, buf_str(&session));
	(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_isolation);
	if (db->kind != DB_ADMIN)
		(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_read_only);
	buf_done(&session);
}

/* By default the library uses a socket, without TLS, for "localhost". */
static void
set_transport(const struct db *db, MYSQL *m)
{
	const struct db_settings *s = &db->settings;
	bool by_socket = node_now(db)->port == 0;
	unsigned way = by_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	my_bool yes = 1, verify = (my_bool)s->tls_verify;

	(void)mysql_options(m, MYSQL_OPT_PROTOCOL, &way);
	if (by_socket || s->tls_ca == NULL)
		return;
	(void)mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &yes);
	(void)mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	(void)mysql_ssl_set(m, NULL, NULL, s->tls_ca, NULL, NULL);
}

/* --- connecting ------------------------------------------------------- */

/* A user whose limit of statements is reached is let in and then refused, from
 * the first SET on: that serves nobody. The limit's name is in the text. */
static bool
takes_no_more(MYSQL *m)
{
	return db_is_full(mysql_errno(m)) &&
	    strstr(mysql_error(m), "max_queries_per_hour") == NULL;
}

static const struct err *
log_in(struct db *db, MYSQL *m, const char *password)
{
	const struct node *node = node_now(db);
	bool by_socket = node->port == 0;
	unsigned long flags = CLIENT_FOUND_ROWS;

	if (db->kind == DB_ADMIN)
		flags |= CLIENT_MULTI_STATEMENTS;
	if (mysql_real_connect(m, by_socket ? "localhost" : node->host,
		db->user, password, db->schema, node->port,
		by_socket ? node->host : NULL, flags) != NULL)
		return NULL;
	if (takes_no_more(m))
		db->fitness = NODE_FULL;
	db->refusal = db_is_login(mysql_errno(m)) ? DB_LOGIN_REFUSED
	    : db_is_denied(mysql_errno(m)) ? DB_DENIED : DB_UNREACHED;
	return db_failure(db, mysql_errno(m), mysql_error(m),
	    "cannot connect");
}

/* The password is read at each connect: it may have been changed, and it stays
 * in memory only during the login. ERR_BUSY when the file cannot be read: the
 * caller did nothing wrong. */
static const struct err *
log_in_by_file(struct db *db, MYSQL *m)
{
	const struct err *e;
	char secret[256];

	if (db->password_file == NULL)
		return log_in(db, m, db->password);
	if ((e = conf_secret(db->password_file, secret, sizeof secret)) !=
	    NULL) {
		db->last_error = 0;
		db->refusal = DB_NO_PASSWORD;
		return err_new(ERR_BUSY, "database: %s", e->text);
	}
	e = log_in(db, m, secret);
	explicit_bzero(secret, sizeof secret);
	return e;
}

/* A server that went away without a word is found out within LINE_S: without
 * that, its answer would be awaited for as long as the statement may take. */
static void
watch_line(const struct db *db)
{
	static const struct {
		int level, name, value;
	} options[] = {{SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, LINE_S / 2},
	    {IPPROTO_TCP, TCP_KEEPINTVL, 1},
	    {IPPROTO_TCP, TCP_KEEPCNT, LINE_S / 2},
	    {IPPROTO_TCP, TCP_USER_TIMEOUT, LINE_S * 1000}};
	int fd = mysql_get_socket(db->mysql);

	for (size_t i = 0; node_now(db)->port != 0 && i < nitems(options); i++)
		if (setsockopt(fd, options[i].level, options[i].name,
			&options[i].value, sizeof options[i].value) != 0)
			log_warn("database: setsockopt: %s", errno_text(errno));
}

#define IN_STEP "4,ON" /* see sql_node_state */

/* state NULL: it was not asked. */
static enum node_fitness
judge(bool read_only, bool galera, const char *state)
{
	const char *part = state != NULL ? strchr(state, ',') : NULL;

	if (galera && part != NULL && strcmp(part, ",ON") != 0)
		return NODE_APART;
	if (read_only)
		return NODE_READ_ONLY;
	return galera && part != NULL && strcmp(state, IN_STEP) != 0
	    ? NODE_BEHIND : NODE_FIT;
}

/* What a server says of itself. A MariaDB that was built without Galera does
 * not know its variables. */
static const struct err *
look_at_node(struct db *db)
{
	bool state = db->watches || db->nodes.n > 1;
	MYSQL_RES *result;
	MYSQL_ROW row;

	db->galera = false;
	db->galera_node[0] = '\0';
	db->fitness = NODE_FIT;
	if (mysql_query(db->mysql, state ? sql_node_state : sql_node) != 0 ||
	    (result = mysql_store_result(db->mysql)) == NULL)
		return mysql_errno(db->mysql) == ER_UNKNOWN_SYSTEM_VARIABLE
		    ? NULL : db_failure(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), "cannot ask whether it serves");
	if ((row = mysql_fetch_row(result)) != NULL) {
		db->galera = row[1] != NULL && strcmp(row[1], "0") != 0;
		db->fitness = judge(row[0] != NULL && strcmp(row[0], "0") != 0,
		    db->galera, state ? row[3] : NULL);
		(void)snprintf(db->galera_node, sizeof db->galera_node, "%s",
		    db->galera && row[2] != NULL ? row[2] : "");
	}
	mysql_free_result(result);
	return NULL;
}

static const struct err *
set_causality(struct db *db, const char *how)
{
	if (mysql_query(db->mysql, how) == 0)
		return NULL;
	return db_failure(db, mysql_errno(db->mysql), mysql_error(db->mysql),
	    "cannot ask for what other nodes have written");
}

/* Where there is another node, a standby is not for us, nor one that is behind,
 * unless it is the best. */
static const struct err *
refuse_unfit(struct db *db)
{
	if (db->nodes.n == 1 || db->fitness == NODE_FIT ||
	    (db->fitness == NODE_BEHIND && db->takes_behind))
		return NULL;
	db->refusal = DB_UNREACHED;
	return err_new(ERR_BUSY, "database: %s %s", node_now(db)->name,
	    node_words(db->fitness));
}

/* The first read of a connection always waits for what other nodes have
 * written: a row that was settled there must not be sent again from here. */
static const struct err *
meet_node(struct db *db)
{
	const struct err *e;

	if ((e = look_at_node(db)) != NULL || (e = refuse_unfit(db)) != NULL)
		return e;
	db->ahead_ms = 0; /* of sql_session */
	if (db->visits)
		return db->watches && db->fitness == NODE_FIT
		    ? db_look_schema(db) : NULL;
	if ((e = db_hear_clock(db)) != NULL)
		return e;
	if (db->galera && (e = set_causality(db, sql_wait_for_others)) != NULL)
		return e;
	if (db->kind != DB_ADMIN && (e = db_look_schema(db)) != NULL)
		return e;
	return db->galera && !db->reads_all
	    ? set_causality(db, sql_wait_for_none) : NULL;
}

static const struct err *
connect_to_node(struct db *db)
{
	const struct err *e;
	MYSQL *m;

	db->refusal = DB_NOT_REFUSED;
	db->fitness = NODE_FIT;
	db->last_error = 0;
	if ((m = mysql_init(NULL)) == NULL)
		fatalx("out of memory: mysql_init");
	(void)mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	set_session(db, m);
	set_transport(db, m);
	if ((e = log_in_by_file(db, m)) != NULL) {
		mysql_close(m);
		return e;
	}
	db->mysql = m;
	db->line = node_line_open(node_now(db), mysql_get_socket(m));
	watch_line(db);
	if ((e = meet_node(db)) == NULL) {
		if (!db->visits)
			node_line_serves(db->line);
		return NULL;
	}
	if (db->refusal == DB_NOT_REFUSED)
		db->refusal = db_is_denied(db->last_error) ? DB_DENIED
							   : DB_UNREACHED;
	db_disconnect(db);
	return e;
}

void
db_leave(struct db *db, const char *why)
{
	if (db->nodes.n > 1)
		node_leave(node_now(db), why);
}

/* A node that says that our login or our tables are wrong is no worse than the
 * others. A certificate is a node's own. */
static bool
is_worth_another(const struct db *db)
{
	return db->refusal == DB_UNREACHED || db->refusal == DB_DENIED;
}

static const struct err *
try_node(struct db *db)
{
	const struct node *node = node_now(db);
	const struct err *e;

	node_trying(node, (int64_t)node_wait_s(db) * 1000);
	e = connect_to_node(db);
	if (e == NULL) {
		node_take(node);
		db->full_ms[db->node] = 0; /* it has room */
	}
	if (e != NULL && db->fitness == NODE_FULL) {
		db_note_full(db);
		return e;
	}
	if (e == NULL || !is_worth_another(db) || db->fitness == NODE_BEHIND)
		return e;
	db_leave(db, e->text);
	return e;
}

/* Try the nodes, one after the other, for as long as one connect may take. Of
 * those that are behind, the first is taken when none is better, and left when
 * there is a better one: what is avoided is none, and would be waited for.
 * Waiting may help unless every node has refused us. */
static const struct err *
try_nodes(struct db *db)
{
	int64_t until = clock_mono_ms() + (int64_t)db->connect_s * 1000;
	size_t order[NODES_MAX], behind = NODES_MAX;
	size_t serve = node_order(&db->nodes, db_full_places(db), order);
	const struct err *e = NULL;
	bool unreached = false;

	for (size_t i = 0; i < db->nodes.n; i++) {
		if (i >= serve && behind != NODES_MAX)
			break;
		db->node = order[i];
		e = try_node(db);
		if (e == NULL || !is_worth_another(db))
			break;
		unreached |= db->refusal == DB_UNREACHED;
		if (db->fitness == NODE_BEHIND && behind == NODES_MAX)
			behind = order[i];
		if (clock_mono_ms() >= until)
			break;
	}
	if (e != NULL && unreached && db->refusal == DB_DENIED)
		db->refusal = DB_UNREACHED;
	if (behind == NODES_MAX || (e != NULL && !is_worth_another(db)))
		return e;
	if (e == NULL) {
		node_leave(&db->nodes.all[behind], node_words(NODE_BEHIND));
		return NULL;
	}
	db->node = behind;
	db->takes_behind = true;
	e = try_node(db);
	db->takes_behind = false;
	return e;
}

const struct err *
db_connect(struct db *db)
{
	db_disconnect(db);
	if (!db->visits)
		return try_nodes(db);
	db->node = 0; /* what it finds says nothing of who serves */
	return connect_to_node(db);
}

const struct err *
db_ask_fitness(struct db *visitor, enum node_fitness *how)
{
	const struct err *e;

	visitor->last_error = 0;
	if (visitor->mysql == NULL) {
		e = db_connect(visitor);
	} else {
		visitor->asked_ms = clock_mono_ms();
		if ((e = look_at_node(visitor)) != NULL)
			db_disconnect(visitor);
	}
	*how = visitor->fitness;
	return *how == NODE_FULL ? NULL : e;
}

/* Replace a connection that is lost; do not wait twice for a database that
 * hangs. Any other failure is reported by the statement that follows, if it
 * fails: one whose statements are used up still takes what is prepared. */
static const struct err *
keep_time(struct db *db)
{
	int64_t asked_ms = clock_mono_ms();
	const struct err *e = db_hear_clock(db);

	if (e == NULL || !db_is_lost(db) || db_is_full(db->last_error))
		return NULL;
	db_disconnect(db);
	return clock_mono_ms() - asked_ms < QUICK_MS || db_has_other(db)
	    ? NULL : e;
}

/* Has the server closed the connection: it was idle for too long, was killed,
 * or the server began anew? Whether a COMMIT that is sent there has been done
 * would be in doubt. */
static bool
is_closed(const struct db *db)
{
	struct pollfd line = {mysql_get_socket(db->mysql), POLLRDHUP, 0};

	return poll(&line, 1, 0) > 0;
}

/* A transaction that has lost its connection has ended: no statement of it may
 * run on another connection. */
const struct err *
db_ready(struct db *db)
{
	const struct err *e;

	if (db->in_transaction && db->broken)
		return err_new(ERR_BUSY, "database: the transaction was "
		    "rolled back");
	if (db->mysql != NULL && !db->in_transaction &&
	    (node_is_nearer(&db->nodes, db->node, db_full_places(db)) ||
		(db->kind != DB_ADMIN && is_closed(db))))
		db_disconnect(db);
	if (db->mysql != NULL && !db->in_transaction && clock_is_stale() &&
	    (e = keep_time(db)) != NULL)
		return e;
	if (db->mysql != NULL && !db->in_transaction && db_keep_ahead(db) !=
	    NULL)
		db_disconnect(db);
	return db->mysql != NULL ? NULL : db_connect(db);
}

bool
db_is_ready(const struct db *db)
{
	return db->mysql != NULL && !db->in_transaction && !db->galera &&
	    db->kind != DB_ADMIN && !clock_is_stale() && !is_closed(db) &&
	    !node_is_nearer(&db->nodes, db->node, db_full_places(db));
}

bool
db_has_other(const struct db *db)
{
	return db->nodes.n > 1 &&
	    node_is_nearer(&db->nodes, db->nodes.n, db_full_places(db));
}

bool
db_was_quick(const struct db *db, int64_t since_ms)
{
	return db->io_s == 0 ||
	    clock_mono_ms() - since_ms < (int64_t)db->io_s * 500;
}

bool
db_is_connected(const struct db *db)
{
	return db->mysql != NULL;
}

bool
db_is_clustered(const struct db *db)
{
	return db->galera;
}

const struct err *
db_catch_up(struct db *db)
{
	const struct err *e = db_ready(db), *after;

	if (e != NULL || !db->galera || db->reads_all)
		return e;
	if ((e = set_causality(db, sql_wait_for_others)) == NULL)
		e = db_hear_clock(db);
	after = set_causality(db, sql_wait_for_none);
	if (e == NULL)
		e = after;
	if (e != NULL)
		db_disconnect(db);
	return e;
}
