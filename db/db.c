/* SPDX-License-Identifier: MIT */
/* A connection from its opening to its end, and whether the schema serves this
 * program. */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/conf_expand.h"
#include "lib/log.h"
#include "lib/mem.h"

#include "db/kept.h"

#define LONG_S 60	    /* for a statement over very many rows */
#define LONG_LOCK_S 3	    /* wait for a row lock for up to this */
#define LONG_AGAIN_MS 10000 /* repeat on contention for up to this */
#define CONNECT_S 5	    /* when no caller waits for the answer */

/* --- the schema ------------------------------------------------------- */

static const struct err *
schema_number(struct db *db, enum sql_id id, const struct value *values,
    size_t n, uint64_t *number)
{
	struct rows *r;
	const struct err *e = db_query(db, id, values, n, &r);

	if (e != NULL)
		return e;
	*number = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

static const struct err *
check_schema(struct db *db)
{
	uint64_t version = 0, oldest = UINT64_MAX;
	const struct err *e = schema_number(db, SQL_SCHEMA_VERSION, NO_VALUES,
	    &version);

	if (e != NULL && db->last_error == ER_NO_SUCH_TABLE) {
		db->refusal = DB_NO_TABLES;
		return err_new(ERR_BUSY, "database %s has no tables of ours: "
		    "run \"outpost setup\"", db->settings.name);
	}
	if (e != NULL || version == SQL_SCHEMA_NOW)
		return e;
	if (version > SQL_SCHEMA_NOW &&
	    (e = schema_number(db, SQL_SCHEMA_OLDEST,
		 VALUES(v_u64(version)), &oldest)) != NULL)
		return e;
	if (oldest <= SQL_SCHEMA_NOW)
		return NULL;
	db->refusal = version < SQL_SCHEMA_NOW ? DB_OLD_TABLES : DB_NEW_TABLES;
	return err_new(ERR_BUSY, "the database has schema version %llu, this "
	    "program wants %d: %s", (unsigned long long)version,
	    SQL_SCHEMA_NOW, version < SQL_SCHEMA_NOW
		? "run \"outpost setup\"" : "it is of an earlier release");
}

const struct err *
db_look_schema(struct db *db)
{
	const struct err *e;

	db->looking = true;
	e = check_schema(db);
	db->looking = false;
	return e;
}

/* --- opening ---------------------------------------------------------- */

static char *
text_copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

void
db_nodes(const struct db_settings *s, struct node_list *out)
{
	const struct err *e = NULL;

	if (s->socket != NULL)
		node_of_socket(s->socket, out);
	else
		e = node_list_read(s->host, (unsigned)s->port, out);
	if (e != NULL) /* the settings were checked */
		fatalx("database.host: %s", e->text);
}

/* Where a caller waits, one statement may be silent for [database] timeout.
 * Several waits for a lock fit into that: when one has failed, the statements
 * that were sent behind it may wait, too. Moving tables has no time limit. */
void
db_set_patience(struct db *db)
{
	int64_t ms = db->settings.timeout_ms;

	switch (db->kind) {
	case DB_QUICK:
		db->connect_s = db->io_s = (unsigned)((ms + 999) / 1000);
		db->lock_s = db->io_s / 8 > 0 ? db->io_s / 8 : 1;
		db->again_ms = ms;
		break;
	case DB_LONG:
		db->io_s = LONG_S;
		db->connect_s = CONNECT_S;
		db->lock_s = LONG_LOCK_S;
		db->again_ms = LONG_AGAIN_MS;
		break;
	case DB_ADMIN:
		db->io_s = 0;
		db->connect_s = CONNECT_S;
		db->lock_s = LONG_LOCK_S;
		db->again_ms = LONG_AGAIN_MS;
		break;
	}
	if (db->settings.lock_ms > 0) {
		db->lock_s = (unsigned)((db->settings.lock_ms + 999) / 1000);
		db->again_ms = db->settings.lock_ms;
	}
}

static struct db *
db_new(const struct db_settings *s, enum db_kind kind)
{
	struct db *db = xcalloc(1, sizeof *db);

	db_nodes(s, &db->nodes);
	db->settings = *s;
	db->settings.socket = text_copy(s->socket);
	db->settings.host = text_copy(s->host);
	db->settings.name = text_copy(s->name);
	db->settings.user = db->settings.password_file = NULL; /* expanded */
	db->settings.tls_ca = text_copy(s->tls_ca);
	db->kind = kind;
	db->line = -1;
	db->kept = kept_new();
	db_set_patience(db);
	return db;
}

/* Connect; on failure close db again. */
static const struct err *
connect_or_close(struct db *db, struct db **out, enum db_refusal *why)
{
	const struct err *e = db_connect(db);

	*why = db->refusal;
	if (e == NULL)
		*out = db;
	else
		db_close(db);
	return e;
}

static void
log_in_as(struct db *db, const struct db_settings *s, const char *program)
{
	db->user = conf_expand(s->user, program);
	db->schema = xstrdup(s->name);
	db->password_file = conf_expand(s->password_file, program);
}

const struct err *
db_open(const struct db_settings *s, const char *program, enum db_kind kind,
    struct db **out)
{
	enum db_refusal why;

	return db_try(s, program, kind, out, &why);
}

struct db *
db_later(const struct db_settings *s, const char *program, enum db_kind kind)
{
	struct db *db = db_new(s, kind);

	db->reads_all = strcmp(program, "sendd") != 0;
	log_in_as(db, s, program);
	return db;
}

const struct err *
db_try(const struct db_settings *s, const char *program, enum db_kind kind,
    struct db **out, enum db_refusal *why)
{
	return connect_or_close(db_later(s, program, kind), out, why);
}

const struct err *
db_open_admin(const struct db_settings *s, const char *user,
    const char *password, struct db **out, enum db_refusal *why)
{
	struct db *db = db_new(s, DB_ADMIN);

	db->user = xstrdup(user);
	db->password = password != NULL ? xstrdup(password) : NULL;
	return connect_or_close(db, out, why);
}

/* --- the clocks of the nodes ------------------------------------------ */

#define CLOCK_WAIT_MS 1000

_Static_assert(DB_NODES_MAX == NODES_MAX, "as in node.h");

/* One node as if it were the only one. */
static struct db *
db_new_alone(const struct db_settings *s, const struct node *node,
    int64_t timeout_ms)
{
	struct db_settings alone = *s;
	char name[NODE_NAME];
	struct db *one;

	memcpy(name, node->name, sizeof name);
	alone.socket = node->port == 0 ? name : NULL;
	alone.host = name;
	alone.timeout_ms = timeout_ms;
	alone.lock_ms = 0;
	one = db_new(&alone, DB_QUICK);
	one->visits = true;
	return one;
}

struct db *
db_visitor(const struct db_settings *s, const char *program,
    const struct node *node, int64_t timeout_ms)
{
	struct db *one = db_new_alone(s, node, timeout_ms);

	log_in_as(one, s, program);
	one->watches = true;
	return one;
}

void
db_rest(struct db *visitor)
{
	db_disconnect(visitor);
}

/* The same, by the same login. */
static struct db *
db_new_at(const struct db *db, const struct node *node)
{
	struct db *one = db_new_alone(&db->settings, node, CLOCK_WAIT_MS);

	one->user = xstrdup(db->user);
	one->schema = xstrdup(db->schema);
	one->password_file = text_copy(db->password_file);
	return one;
}

/* Its answer was given about halfway between the question and its arrival. */
static bool
ask_clock_at(const struct db *db, const struct node *node,
    struct node_clock *out)
{
	struct db *one = db_new_at(db, node);
	const struct err *e = db_connect(one);
	int64_t asked_ms = clock_mono_ms();
	uint64_t said_ms = 0;

	if (e == NULL)
		e = schema_number(one, SQL_SERVER_NOW, NO_VALUES, &said_ms);
	out->base_ms = (int64_t)said_ms - (asked_ms + clock_mono_ms()) / 2;
	memcpy(out->node, one->galera_node, sizeof out->node);
	db_close(one);
	return e == NULL && out->node[0] != '\0';
}

size_t
db_ask_clocks(const struct db *db, struct node_clock *out)
{
	size_t n = 0;

	for (size_t i = 0; db->galera && db->nodes.n > 1 && i < db->nodes.n;
	     i++)
		n += ask_clock_at(db, &db->nodes.all[i], &out[n]);
	return n;
}

const char *
db_where(const struct db *db)
{
	return db->nodes.all[db->node].name;
}

struct kept *
db_kept(struct db *db)
{
	return db->kept;
}

const char *
db_node(const struct db *db)
{
	return db->galera_node;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_disconnect(db);
	free(db->user);
	if (db->password != NULL)
		explicit_bzero(db->password, strlen(db->password));
	free(db->password);
	free(db->password_file);
	free(db->schema);
	free(db->settings.socket);
	free(db->settings.host);
	free(db->settings.name);
	free(db->settings.tls_ca);
	free(db->endings);
	kept_free(db->kept);
	free(db->deferred);
	free(db);
}
