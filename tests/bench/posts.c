/* SPDX-License-Identifier: MIT */
/*
 * Posts statements (db_post) that fail in the middle, for
 * tests/api/14-posts.t, with rows of idempotency keys:
 *
 *   posts -c CONF               each case of the tables below; prints: name,
 *                               ok or why not, the request of its key "k",
 *                               and what was told of rows that matched.
 *                               Last, how many of its connections over TCP
 *                               have the limits of db/db_connect.c
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/settings.h"
#include "db/db.h"
#include "db/idempotency.h"
#include "lib/log.h"
#include "lib/mem.h"

#define UNTOLD 77 /* what the rows that matched are added to */

static struct db *db, *other, *admin;
static struct arena *memory;
static uint64_t matched;

static const struct err *
put_by(struct db *who, const char *name, uint64_t *rows)
{
	return db_post(who, SQL_IDEMPOTENCY_PUT, VALUES(v_text(name),
	    v_text("first"), v_u64(1), v_null()), rows);
}

static const struct err *
put(const char *name, uint64_t *rows)
{
	return put_by(db, name, rows);
}

static const struct err *
turn(struct db *who, const char *token)
{
	return db_post(who, SQL_DEVICE_TURN, VALUES(v_i64(1), v_text(token)),
	    NULL);
}

static const struct err *
read_key(const char *name, const char **request)
{
	struct idempotency_use use = {0};
	const struct err *e = idempotency_by_name(db, memory, name, &use);

	*request = use.request != NULL ? use.request : "-";
	return e;
}

/* --- cases ------------------------------------------------------------ */

static const struct err *
put_many(void)
{
	const struct err *e = put("k", &matched);

	for (int i = 0; e == NULL && i < 100; i++)
		e = put(arena_fmt(memory, "many-%d", i), NULL);
	return e;
}

static const struct err *
put_twice(void)
{
	const struct err *e = put("k", NULL);

	if (e == NULL)
		e = put("k", NULL);
	return e != NULL ? e : put("after", &matched);
}

/* The rows that it asks for are not to be taken for those of the next. */
static const struct err *
put_twice_and_read(void)
{
	const struct err *e = put_twice();
	const char *request;

	return e != NULL ? e : read_key("k", &request);
}

/* Whoever goes on must not commit. */
static const struct err *
ignore_failure(void)
{
	(void)put_twice_and_read();
	return NULL;
}

/* Its variables have ended when the answers are read. */
static const struct err *
fail_before_answers(void)
{
	const struct err *e = put("k", &matched);

	return e != NULL ? e : err_new(ERR_CONFLICT, "another failure");
}

/* The other transaction writes more than ours, and has b, of which ours has a.
 * Each name begins with the word. */
static const struct err *
other_takes_b(const char *word)
{
	const struct err *e = db_begin(other);

	for (int i = 0; e == NULL && i < 100; i++)
		e = put_by(other, arena_fmt(memory, "%s-%d", word, i), NULL);
	if (e == NULL)
		e = turn(other, "b");
	return e != NULL ? e : db_answers(other);
}

/* MariaDB rolls back ours, which has written less, and goes on with what is
 * posted behind. */
static const struct err *
deadlock(void)
{
	const struct err *e = turn(db, "a");

	if (e == NULL)
		e = db_answers(db);
	if (e == NULL)
		e = other_takes_b("other");
	if (e == NULL)
		e = turn(db, "b");
	if (e == NULL)
		e = put("k", &matched);
	if (e == NULL)
		e = turn(other, "a");
	return db_end(other, e);
}

/* What was put off cannot be sent: it has a value too many. Whoever posted it
 * was told that all is well, and the next one must not go on. */
static const struct err *
put_off_wrongly(void)
{
	const struct err *e = db_post(db, SQL_IDEMPOTENCY_FORGET,
	    VALUES(v_text("k"), v_text("k")), NULL);

	if (e == NULL)
		(void)put("k", &matched);
	return e != NULL ? e : put("after", &matched);
}

/* --- sent as one ------------------------------------------------------ */

#define OFTEN 4 /* it is prepared then */

static const struct err *
put_two(struct db *who, void *arg)
{
	const char *const *names = arg;
	const struct err *e = put_by(who, names[0], NULL);

	return e != NULL ? e : put_by(who, names[1], NULL);
}

static const struct err *
put_one(struct db *who, void *name)
{
	return put_by(who, name, NULL);
}

static const struct err *
put_pairs(const char *word)
{
	const struct err *e = NULL;

	for (int i = 0; e == NULL && i < OFTEN; i++) {
		const char *names[] = {arena_fmt(memory, "%s-%d", word, 2 * i),
		    arena_fmt(memory, "%s-%d", word, 2 * i + 1)};

		e = db_transact(db, put_two, names);
	}
	return e;
}

static const struct err *
put_equal(void)
{
	const char *names[] = {"k", "k"};
	const struct err *e = put_pairs("pair");

	return e != NULL ? e : db_transact(db, put_two, names);
}

static const struct err *
put_and_forget(struct db *who, void *arg)
{
	const struct err *e = put_by(who, "k", NULL);

	(void)arg;
	return e != NULL ? e : db_post_one(who, SQL_IDEMPOTENCY_FORGET,
	    VALUES(v_text("nobody's")));
}

static const struct err *
miss(void)
{
	const struct err *e = NULL;

	for (int i = 0; i < OFTEN; i++) {
		e = db_transact(db, put_and_forget, NULL);
		if (e == NULL || !db_was_missed(db))
			return err_new(ERR_FAULT, "nothing was missed");
	}
	return e;
}

static const struct err *
find_and_put(struct db *who, void *arg)
{
	const struct err *e = db_post_one(who, SQL_DEVICE_TURN,
	    VALUES(v_i64(1), v_text("a")));

	return e != NULL ? e : put_by(who, arg, NULL);
}

static const struct err *
find(void)
{
	const struct err *e = NULL;

	for (int i = 0; e == NULL && i < OFTEN; i++)
		e = db_transact(db, find_and_put,
		    (void *)(uintptr_t)arena_fmt(memory, "found-%d", i));
	return e;
}

static const struct err *
turn_turn_put(struct db *who, void *arg)
{
	const struct err *e = turn(who, "a");

	if (e == NULL)
		e = db_answers(who);
	if (e == NULL)
		e = turn(who, "b");
	if (e == NULL)
		e = put_by(who, arg, NULL);
	return e != NULL ? e : db_answers(who);
}

static const struct err *
meet_other(struct db *who, void *arg)
{
	const struct err *e = turn(who, "a");

	(void)arg;
	if (e == NULL)
		e = db_answers(who);
	if (e == NULL)
		e = other_takes_b("another");
	if (e == NULL)
		e = turn(who, "b");
	if (e == NULL)
		e = put_by(who, "k", NULL);
	if (e == NULL)
		e = put_by(who, "behind", &matched);
	if (e == NULL)
		e = turn(other, "a");
	return db_end(other, e);
}

/* MariaDB rolls back ours, in the middle of what is sent as one, and more is
 * sent behind that. */
static const struct err *
deadlock_of_one(void)
{
	const struct err *e = NULL;
	bool apart;

	for (int i = 0; e == NULL && i < OFTEN; i++)
		e = db_transact(db, turn_turn_put,
		    (void *)(uintptr_t)arena_fmt(memory, "turn-%d", i));
	return e != NULL ? e : db_transact_shared(db, meet_other, NULL,
	    &apart);
}

/* --- shapes ----------------------------------------------------------- */

#define SHAPES 30 /* more than a connection keeps */
#define OFTENER 100

/* The bits of a shape, below its first one, are statements: 1 puts, 0 turns
 * nobody. */
static const struct err *
post_shape(struct db *who, void *arg)
{
	static unsigned n;
	const unsigned *shape = arg;
	const struct err *e = NULL;

	for (unsigned bits = *shape; e == NULL && bits > 1; bits >>= 1)
		e = bits & 1 ? put_by(who, arena_fmt(memory, "shape-%u", n++),
		    NULL) : turn(who, "nobody");
	return e;
}

/* Those that came first and are seldom take no place from one that comes
 * often. */
static const struct err *
shape_often(void)
{
	const struct err *e = NULL;
	unsigned shape = 2;

	for (; e == NULL && shape < SHAPES + 2; shape++)
		e = db_transact(db, post_shape, &shape);
	for (int i = 0; e == NULL && i < OFTENER; i++)
		e = db_transact(db, post_shape, &(unsigned){45});
	return e;
}

/* --- what the server does ---------------------------------------------- */

#define KILL_IDLE "KILL USER outpost_push@localhost; BEGIN NOT ATOMIC FOR " \
    "i IN 1..600 DO DO SLEEP(0.1 * EXISTS (SELECT 1 FROM information_" \
    "schema.processlist WHERE user = 'outpost_push')); END FOR; END"

static const struct err *
change(const char *script)
{
	return db_script(admin, script, strlen(script), NULL, 0);
}

/* The server closes all connections while they are idle. The first one that is
 * opened anew asks for the time, so that the other has no need to. */
static const struct err *
put_on_closed(void)
{
	const char *names[] = {"closed-0", "closed-1"};
	const struct err *e = put_pairs("warm");

	if (e == NULL)
		e = change(KILL_IDLE);
	if (e == NULL)
		e = db_transact(other, put_one,
		    (void *)(uintptr_t)"closed");
	return e != NULL ? e : db_transact(db, put_two, names);
}

/* What was prepared before goes on behind each of them, as one. */
static const struct err *
put_while_tables_change(void)
{
	static const char *const changes[] = {
	    "ALTER TABLE outpost.push_idempotency ADD COLUMN later INT",
	    "FLUSH TABLES",
	    "ALTER TABLE outpost.push_idempotency DROP COLUMN later",
	    "ALTER TABLE outpost.push_idempotency FORCE, ALGORITHM = COPY"};
	const struct err *e = NULL;

	for (unsigned i = 0; e == NULL && i < OFTEN + nitems(changes); i++) {
		const char *names[] = {arena_fmt(memory, "changed-%u", 2 * i),
		    arena_fmt(memory, "changed-%u", 2 * i + 1)};

		if (i >= OFTEN)
			e = change(changes[i - OFTEN]);
		if (e == NULL)
			e = db_transact(db, put_two, names);
	}
	return e;
}

/* clang-format off */
static const struct {
	const char *name;
	const struct err *(*run)(void);
} cases[] = {
	{"twice",	put_twice},
	{"twice-read",	put_twice_and_read},
	{"ignored",	ignore_failure},
	{"fails",	fail_before_answers},
	{"deadlock",	deadlock},
	{"many",	put_many},
	{"unsent",	put_off_wrongly},
}, as_one[] = {
	{"equal",	put_equal},
	{"missed",	miss},
	{"found",	find},
	{"deadlock-one", deadlock_of_one},
	{"closed",	put_on_closed},
	{"changed",	put_while_tables_change},
	{"often",	shape_often},
};
/* clang-format on */

/* --- limits ----------------------------------------------------------- */

/* What stands in db/db_connect.c: a line that is cut fails within 6 s. */
static bool
has_limits(int fd)
{
	static const struct {
		int level, name, value;
	} limits[] = {{SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, 3}, {IPPROTO_TCP, TCP_KEEPINTVL, 1},
	    {IPPROTO_TCP, TCP_KEEPCNT, 3},
	    {IPPROTO_TCP, TCP_USER_TIMEOUT, 6000}};

	for (size_t i = 0; i < nitems(limits); i++) {
		int value = -1;
		socklen_t size = sizeof value;

		if (getsockopt(fd, limits[i].level, limits[i].name, &value,
			&size) != 0 || value != limits[i].value)
			return false;
	}
	return true;
}

/* How many connections go over TCP, and how many of them have the limits. */
static void
tell_limits(void)
{
	unsigned n = 0, limited = 0;

	for (int fd = 0; fd < 64; fd++) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof peer;

		if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0 ||
		    peer.ss_family != AF_INET)
			continue;
		n++;
		limited += has_limits(fd);
	}
	printf("%u of %u\n", limited, n);
}

static void
tell(const char *name, const struct err *e)
{
	const char *request;

	printf("%s\t%s%s", name, e != NULL ? e->text : "ok",
	    e != NULL && e->code == ERR_DUPLICATE &&
	    db_duplicate(db, "PRIMARY") ? ", of PRIMARY" : "");
	e = read_key("k", &request);
	printf("\t%s\t%llu\n", e == NULL || e->code == ERR_MISSING
	    ? request : e->text, (unsigned long long)matched);
	arena_reset(memory);
}

static void
run_cases(void)
{
	const struct err *e;

	for (size_t i = 0; i < nitems(as_one); i++) {
		matched = UNTOLD;
		tell(as_one[i].name, as_one[i].run());
	}
	for (size_t i = 0; i < nitems(cases); i++) {
		matched = UNTOLD;
		if ((e = db_begin(db)) == NULL)
			e = db_end(db, cases[i].run());
		tell(cases[i].name, e);
	}
}

int
main(int argc, char *argv[])
{
	const struct err *e;
	enum db_refusal why;
	struct settings s;

	if (argc != 3 || strcmp(argv[1], "-c") != 0)
		fatalx("posts -c CONF");
	if ((e = settings_load(argv[2], &s)) != NULL ||
	    (e = db_open(&s.database, "push", DB_LONG, &db)) != NULL ||
	    (e = db_open(&s.database, "push", DB_LONG, &other)) != NULL ||
	    (e = db_open_admin(&s.database, getpwuid(getuid())->pw_name, NULL,
		 &admin, &why)) != NULL)
		fatalx("%s", e->text);
	memory = arena_new();
	run_cases();
	tell_limits();
	arena_free(memory);
	db_close(admin);
	db_close(other);
	db_close(db);
	settings_done(&s);
	return 0;
}
