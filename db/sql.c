/* SPDX-License-Identifier: MIT */
/*
 * Every statement of the product. A DBA reads this file to see the statements
 * and their indexes; sql.h describes the members of a row. An INSERT of
 * many rows is one row's statement, and its rows are bound as arrays
 * (db_exec_rows). Any other statement on many rows takes them as one JSON array
 * (the parameter "list"), so that one prepared text serves any number.
 */
#include "db/sql.h"

#include "lib/id.h"
#include "lib/platform.h"

#include "db/credential_columns.h"

const char sql_session[] =
    "SET SESSION time_zone = '+00:00', @node_ahead_ms = 0,"
    " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
    /* a program that hangs in a transaction must not block the others for
     * as long as a lease */
    " idle_transaction_timeout = 5,"
    /* what JSON_ARRAYAGG makes is cut off there, without an error */
    " group_concat_max_len = 1048576,"
    /* the number of seconds follows, see db.c */
    " innodb_lock_wait_timeout = ";
/* a separate statement: the variable has another name in MariaDB 11 */
const char sql_isolation[] =
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
/* A statement is sent before the answer to START TRANSACTION is read. If that
 * has failed, the server refuses to write by the statement alone. */
const char sql_read_only[] = "SET SESSION TRANSACTION READ ONLY";
/* After a deadlock, MariaDB keeps READ WRITE and runs what has been sent behind
 * it: with autocommit, each statement would be committed alone. Reading outside
 * a transaction needs autocommit, or it would open one. */
const char sql_autocommit[] = "SET autocommit = 1";
const char sql_no_autocommit[] = "SET autocommit = 0";
const char sql_begin[] = "START TRANSACTION READ WRITE";
const char sql_commit[] = "COMMIT";
const char sql_rollback[] = "ROLLBACK";
/* Several statements that are sent as one: see db_bundle.c. */
const char sql_bundle[] = "BEGIN NOT ATOMIC";
const char sql_bundle_one[] =
    " IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '45000'; END IF;";
const char sql_bundle_end[] = " END";
/* Behind statements that have failed, RELEASE fails, too: there is no savepoint
 * then. */
const char sql_mark_whole[] = "SAVEPOINT whole";
const char sql_if_whole[] = "RELEASE SAVEPOINT whole";
const char sql_in_transaction[] = "SELECT @@in_transaction";

const char sql_create_database[] =
    "CREATE DATABASE IF NOT EXISTS {db} CHARACTER SET utf8mb4";
const char sql_use[] = "USE {db}";
/* One row, of the node at which a setup runs. A node that is started again has
 * another uuid. */
const char sql_lock_cluster[] =
    "CREATE DATABASE IF NOT EXISTS {lock} CHARACTER SET utf8mb4;"
    "CREATE TABLE IF NOT EXISTS {lock}.holder (one TINYINT NOT NULL,"
    " node CHAR(36) NOT NULL, name TEXT NOT NULL, PRIMARY KEY (one))"
    " ENGINE=InnoDB;"
    "SET @setup_node = (SELECT variable_value"
    " FROM information_schema.global_status"
    " WHERE variable_name = 'wsrep_gcomm_uuid');"
    "DELETE FROM {lock}.holder WHERE node = @setup_node OR node NOT IN"
    " (SELECT node_uuid FROM mysql.wsrep_cluster_members);"
    "INSERT IGNORE INTO {lock}.holder (one, node, name)"
    " VALUES (1, @setup_node, @@wsrep_node_name);"
    "SET @setup_holder = (SELECT IF(node = @setup_node, NULL, name)"
    " FROM {lock}.holder)";
const char sql_unlock_cluster[] = "DROP DATABASE IF EXISTS {lock}";
const char sql_begin_tables[] =
    "DROP DATABASE IF EXISTS {new};"
    "CREATE DATABASE {new} CHARACTER SET utf8mb4; USE {new}";
const char sql_drop_tables[] = "DROP DATABASE IF EXISTS {new}; USE {db}";
/* The table of the versions goes last: as long as it is there and empty, the
 * others are known for ours. */
const char sql_clear_tables[] =
    "SET @clear = (SELECT CONCAT('DROP TABLE ', GROUP_CONCAT(CONCAT('`',"
    " table_name, '`') ORDER BY table_name = 'push_schema'))"
    " FROM information_schema.tables WHERE table_schema = DATABASE()"
    " AND table_name LIKE 'push\\_%'); EXECUTE IMMEDIATE @clear";
const char sql_create_user_password[] =
    "CREATE USER {user}@{host} IDENTIFIED BY {password}";
const char sql_create_user_socket[] =
    "CREATE USER {user}@{host} IDENTIFIED VIA unix_socket";
const char sql_set_password[] =
    "ALTER USER {user}@{host} IDENTIFIED BY {password}";

const char sql_create_template_user[] =
    "CREATE USER IF NOT EXISTS {user}@{host} IDENTIFIED BY {password}"
    " ACCOUNT LOCK";
const char sql_drop_template_user[] = "DROP USER IF EXISTS {user}@{host}";

/* A constant as text. */
#define NUMBER(n) NUMBER_(n)
#define NUMBER_(n) #n

/* The texts in a list compare like the columns of schema.sql: byte by byte,
 * blanks at the end included. Comparing two collations is an error. */
#define BYTEWISE " COLLATE utf8mb4_nopad_bin"
#define TEXT(n) "VARCHAR(" #n ")" BYTEWISE
/* The clock of the node, which may differ from those of the others; and the
 * time that all agree on. So far the node is ahead of it (db_clock.c). */
#define NODE_NOW "UTC_TIMESTAMP(3)"
#define NOW                                                                    \
	"(" NODE_NOW                                                           \
	" - INTERVAL (COALESCE(@node_ahead_ms, 0) * 1000) MICROSECOND)"
/* Times are passed as milliseconds since 1970 and converted by arithmetic.
 * FROM_UNIXTIME and UNIX_TIMESTAMP return NULL for times after 2038 or 2106,
 * and for times before or at 0, depending on the release of MariaDB. */
#define EPOCH "TIMESTAMP'1970-01-01 00:00:00'"
#define MS(time) "(TIMESTAMPDIFF(MICROSECOND, " EPOCH ", " time ") DIV 1000)"
#define AT_MS(ms) EPOCH " + INTERVAL (" ms ") * 1000 MICROSECOND"
#define AFTER_MS(ms) NOW " + INTERVAL (" ms ") * 1000 MICROSECOND"
/* How often the instance of the row has started. */
#define STARTS "CAST(COALESCE(JSON_VALUE(figures, '$.starts'), 0) AS INTEGER)"
#define AGO_MS(ms) NOW " - INTERVAL (" ms ") * 1000 MICROSECOND"
/* The second at which the row with this id was to be sent first (lib/id.h). */
#define ID_SECOND(id) "(" id " >> " NUMBER(ID_COUNT_BITS) ")"
#define SOON AFTER_MS(NUMBER(SQL_SOON_MS))
/* What is due at once is so at every node, also where the clock is behind that
 * of the node that writes it: it is written as due since a while. No constant
 * of long ago stands there, for then rows that were put off would never have
 * their turn while there are more messages than can be sent. */
#define DUE_AT_ONCE NOW " - INTERVAL " NUMBER(SQL_DUE_SINCE_S) " SECOND"
/* Since when, or when, the row is due, for people. */
#define DUE_TOLD                                                               \
	"GREATEST(q.due, " EPOCH " + INTERVAL " ID_SECOND("q.id") " SECOND)"
/* Has the shard of that send its bit in the value? */
#define OF_SHARDS(send) "(? >> (" send " % " NUMBER(SQL_SHARDS) ")) & 1"

/* For tables of others, as they are at that moment. */
const char sql_foreign_isolation[] =
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ";
const char sql_foreign_begin[] =
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
const char sql_foreign_count[] = "SELECT COUNT(*) FROM ";
const char sql_foreign_rows[] = "SELECT * FROM ";

const char sql_clock[] = "SELECT " MS(NODE_NOW) ", NULL";
const char sql_node_ahead[] = "SET @node_ahead_ms = ";
#define OF_NODE                                                                \
	"SELECT @@GLOBAL.read_only, @@GLOBAL.wsrep_on, @@GLOBAL.wsrep_node_name"
const char sql_node[] = OF_NODE;
/* And, where another node may be better, "4,ON": in step with the others, and
 * part of the cluster. */
const char sql_node_state[] =
    OF_NODE ", (SELECT GROUP_CONCAT(variable_value ORDER BY variable_name)"
    " FROM information_schema.global_status"
    " WHERE variable_name IN ('wsrep_local_state', 'wsrep_ready'))";
/* A read waits until this node has what the cluster had accepted before it. */
const char sql_wait_for_others[] = "SET SESSION wsrep_sync_wait = 1";
const char sql_wait_for_none[] = "SET SESSION wsrep_sync_wait = 0";

/* Is the column one of the names in a JSON array? */
#define IN_APPS(column)                                                        \
	column " IN (SELECT j.name FROM JSON_TABLE(?,"                         \
	" '$[*]' COLUMNS (name " TEXT(255) " PATH '$')) j)"
/* As IN_APPS; takes the array twice, null for all applications. */
#define OF_APPS(column) "(? IS NULL OR " IN_APPS(column) ")"
/* The portion behind a cursor, for db/walk.h. Takes the key of the last row
 * twice (null: from the start), the limit and the offset. */
#define BEHIND(key)                                                            \
	"(? IS NULL OR " key " > ?) ORDER BY " key " LIMIT ? OFFSET ?"
/* The same from the highest key down. */
#define BELOW(key)                                                             \
	"(? IS NULL OR " key " < ?) ORDER BY " key " DESC LIMIT ? OFFSET ?"

/* The rows of a list whose elements begin with a row's key, and go on with
 * more columns. */
#define ROWS_OF_LIST(more)                                                     \
	" JSON_TABLE(?, '$[*]' COLUMNS ("                                      \
	" shard TINYINT UNSIGNED PATH '$[0]',"                                 \
	" lane TINYINT UNSIGNED PATH '$[1]', due_ms BIGINT PATH '$[2]',"       \
	" id BIGINT UNSIGNED PATH '$[3]'" more ")) j"                          \
	" STRAIGHT_JOIN push_outbox q ON q.shard = j.shard"                    \
	" AND q.lane = j.lane AND q.due = " AT_MS("j.due_ms")                  \
	" AND q.id = j.id"

/* Rows of the outbox behind a cursor, each with the present state of its
 * device. Takes shard, lane, due, id, due; at the end the limit. */
#define READ_OF(user)                                                          \
	"SELECT " MS("q.due") ", q.id, q.send_id, q.body_id, q.app_id,"        \
	" q.device_id, q.platform, q.environment, q.attempts, q.token,"        \
	" q.body, q.generation, q.personal, " DEVICE_NOW ","                   \
	" NULLIF(" DEVICE_REACHED ", q.token), " user " FROM push_outbox q"    \
	" LEFT JOIN push_device_registration d ON d.id = q.device_id"          \
	" WHERE q.shard = ? AND q.lane = ?"
#define READ_ORDER " ORDER BY q.shard, q.lane, q.due, q.id LIMIT ?"
#define READ_DUE_OF(user, which)                                               \
	READ_OF(user) " AND ((q.due = " AT_MS("?") " AND q.id > ?)"            \
	" OR q.due > " AT_MS("?") ")" which READ_ORDER
#define READ_DUE(which) READ_DUE_OF("q.user_id", which)
/* Of the rows q of a lane, those of a send; takes its id twice. By the key only
 * rows are read that are not older than the send; some seconds are for a
 * transaction that waited, and for clocks that differ. */
#define OF_SEND                                                                \
	" AND q.due >= " EPOCH " + INTERVAL "                                  \
	ID_SECOND("CAST(? AS UNSIGNED)")                                       \
	" SECOND - INTERVAL 60 + " NUMBER(SQL_DUE_SINCE_S) " SECOND"           \
	" AND q.send_id = ?"

/* What waits, by application, platform and lane. */
#define DEPTH_COLUMNS                                                          \
	" COUNT(*), SUM(q.attempts > 0), " MS("MIN(" DUE_TOLD ")") ","         \
	" CAST(" ID_SECOND("MIN(q.id)") " * 1000 AS SIGNED), MAX(q.reason)"
#define DEPTH_OF(shard, lane)                                                  \
	" UNION ALL (SELECT shard, lane, due, id, app_id, platform, attempts," \
	" reason FROM push_outbox WHERE shard = " #shard " AND lane = " #lane  \
	" ORDER BY shard, lane, due, id LIMIT " NUMBER(SQL_DEPTH_FIRST) ")"
#define DEPTH_OF_SHARD(shard) DEPTH_OF(shard, 0) DEPTH_OF(shard, 1)
#define EACH_SHARD(f)                                                          \
	f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11) f(12)    \
	f(13) f(14) f(15) f(16) f(17) f(18) f(19) f(20) f(21) f(22) f(23)      \
	f(24) f(25) f(26) f(27) f(28) f(29) f(30) f(31) f(32) f(33) f(34)      \
	f(35) f(36) f(37) f(38) f(39) f(40) f(41) f(42) f(43) f(44) f(45)      \
	f(46) f(47) f(48) f(49) f(50) f(51) f(52) f(53) f(54) f(55) f(56)      \
	f(57) f(58) f(59) f(60) f(61) f(62) f(63)
_Static_assert(SQL_SHARDS == 64, "as many as EACH_SHARD has");

#define HISTORY_COLUMNS                                                        \
	" h.id, h.send_id, h.user_id, COALESCE(a.app_id, '?'), h.device_id,"   \
	" h.platform, h.outcome, h.tries, h.reason, " MS("h.finished")

#define REGISTRATIONS_OF_LIST                                                  \
	" JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,"                     \
	" app BIGINT PATH '$[0]', token " TEXT(512) " PATH '$[1]',"            \
	" activation_id " TEXT(37) " PATH '$[2]')) j"

/* What an import compares a list of registrations with. */
#define IMPORT_DEVICES(lock)                                                   \
	"(SELECT j.n, 1, " DEVICE_COLUMNS ", d.address FROM"                   \
	REGISTRATIONS_OF_LIST                                                  \
	" STRAIGHT_JOIN push_device_registration d"                            \
	" FORCE INDEX (push_device_activation)"                                \
	" ON d.activation_id = j.activation_id" lock ") UNION ALL"             \
	" (SELECT j.n, 0, " DEVICE_COLUMNS ", d.address FROM"                  \
	REGISTRATIONS_OF_LIST                                                  \
	" STRAIGHT_JOIN push_device_registration d"                            \
	" FORCE INDEX (push_device_app_token)"                                 \
	" ON d.app_id = j.app AND d.push_token = j.token" lock ")"

/* Of an application: which credentials it has, and the values to show. */
#define AND_HAS(number, id, name, old) ", has_" #name
#define OR_HAS(number, id, name, old) " OR has_" #name
#define AND_COLUMN(column) ", " #column
#define AND_SHOWN(number, id, name, old) CREDENTIAL_SHOWN_##id(AND_COLUMN)
#define AND_APP_COLUMNS PLATFORMS(AND_HAS) PLATFORMS(AND_SHOWN)
#define APP_COLUMNS "id, app_id" AND_APP_COLUMNS
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a term of a sum */
#define ONE(column) +1
#define SHOWN(number, id, name, old) CREDENTIAL_SHOWN_##id(ONE)
#define APP_COLUMNS_N (2 + PLATFORM__COUNT PLATFORMS(SHOWN))

/* The columns of its credentials, by db/credential_columns.h. */
#define COLUMN_IS(column) #column " = ?, "
#define PARAM(column) #column ","
#define AND_CREDENTIAL(number, id, name, old)                                  \
	CREDENTIAL_COLUMNS_##id(AND_COLUMN, AND_COLUMN)
#define CREDENTIAL(number, id, name, old) CREDENTIAL_COLUMNS_##id(ONE, ONE)

/*
 * The counters of a send, for each platform: apns_total, apns_sent,
 * apns_failed, apns_expired and so on. A send begins with some total and some
 * failed; messages that end add to the other three. In a list of sends each
 * has its counters as a list of lists: the platform's number is a position.
 */
#define PARAM_BEGUN(number, id, name, old) "," #name "_total," #name "_failed"
#define AND_BEGUN(number, id, name, old) ", " #name "_total, " #name "_failed"
#define MARKS_BEGUN(number, id, name, old) ", ?, ?"
#define AND_COUNTERS(number, id, name, old)                                    \
	", " #name "_total, " #name "_sent, " #name "_failed, " #name "_expired"
#define ENDED_IN_JSON(number, id, name, old)                                   \
	", " #name "_sent INT PATH '$[3][" #number "][0]'"                     \
	", " #name "_failed INT PATH '$[3][" #number "][1]'"                   \
	", " #name "_expired INT PATH '$[3][" #number "][2]'"
#define ADD_ENDED(number, id, name, old)                                       \
	", s." #name "_sent = s." #name "_sent + j." #name "_sent"             \
	", s." #name "_failed = s." #name "_failed + j." #name "_failed"       \
	", s." #name "_expired = s." #name "_expired + j." #name "_expired"
#define SUM_ENDED(number, id, name, old)                                       \
	", SUM(x." #name "_sent) AS " #name "_sent"                            \
	", SUM(x." #name "_failed) AS " #name "_failed"                        \
	", SUM(x." #name "_expired) AS " #name "_expired"
/* A list of [send, answered, done, [[sent, failed, expired] of each platform],
 * removed, inactive, dropped], and its addition to the sends. */
#define COUNTS_OF_LIST                                                         \
	"JSON_TABLE(?, '$[*]' COLUMNS ("                                       \
	" id BIGINT UNSIGNED PATH '$[0]', answered INT PATH '$[1]',"           \
	" done INT PATH '$[2]'" PLATFORMS(ENDED_IN_JSON) ","                   \
	" removed INT PATH '$[4]', inactive INT PATH '$[5]',"                  \
	" dropped INT PATH '$[6]'))"
#define ADD_COUNTS                                                             \
	" ON s.id = j.id"                                                      \
	" SET s.answered = LEAST(s.total, s.answered + j.answered),"           \
	" s.done = s.done + j.done" PLATFORMS(ADD_ENDED) ","                   \
	" s.removed = s.removed + j.removed,"                                  \
	" s.inactive = s.inactive + j.inactive,"                               \
	" s.dropped = s.dropped + j.dropped"
#define PARAM_ENDED(number, id, name, old)                                     \
	"," #name "_sent," #name "_failed," #name "_expired"
#define ADD_MARKS_ENDED(number, id, name, old)                                 \
	", " #name "_sent = " #name "_sent + ?"                                \
	", " #name "_failed = " #name "_failed + ?"                            \
	", " #name "_expired = " #name "_expired + ?"
#define BEGUN_IN_JSON(number, id, name, old)                                   \
	", " #name "_total INT PATH '$[3][" #number "][0]'"                    \
	", " #name "_failed INT PATH '$[3][" #number "][1]'"
#define PLUS_BEGUN(number, id, name, old) " + j." #name "_total"
#define ADD_BEGUN(number, id, name, old)                                       \
	", s." #name "_total = s." #name "_total + j." #name "_total"          \
	", s." #name "_failed = s." #name "_failed + j." #name "_failed"
#define PARAM_TOTAL(number, id, name, old) "," #name "_total"
#define ADD_TOTAL(number, id, name, old)                                       \
	", " #name "_total = " #name "_total + ?"
#define PLUS_TOTAL(number, id, name, old) " + " #name "_total"

/* What sendd reaches a device by: its address, or its token if it has none. */
#define DEVICE_REACHED "COALESCE(d.address, d.push_token)"

#define DEVICE_COLUMNS                                                         \
	"d.id, d.activation_id, d.user_id, d.app_id, d.platform,"              \
	" d.environment, d.push_token,"                                        \
	" d.timestamp_last_registered, d.is_active, d.gone_at, d.gone_reason"

/* What a message needs to know of a device. */
#define DEVICE_TARGET                                                          \
	"d.id, d.platform, d.environment, " DEVICE_REACHED ","                 \
	" COALESCE(d.is_active, 0), d.activation_id, d.generation"

/* A user's devices, newest first. */
#define DEVICE_LIST(columns, from, of)                                         \
	"SELECT " DEVICE_COLUMNS columns " FROM " from                         \
	" WHERE d.user_id = ?" of                                              \
	" ORDER BY d.timestamp_last_registered DESC, d.id DESC"                \
	" LIMIT ? OFFSET ?"

/* The column last_used < ...: must the time of its latest use be updated? */
#define INTEGRATION_COLUMNS                                                    \
	"i.id, i.name, i.secret_hash,"                                         \
	" IF(i.old_until > " NOW ", i.old_hash, NULL), i.roles, i.apps,"       \
	" COALESCE(i.last_used < " NOW " - INTERVAL 1 HOUR, 1), i.token"
#define INTEGRATION "SELECT " INTEGRATION_COLUMNS " FROM push_integration i"

/* The names of the platforms, from the common list, in any letter case. */
#define PLATFORM_NAMES(number, id, name, old) "('" #name "', '" old "')"
#define IS_APNS(column)                                                        \
	"LOWER(" column ") IN " PLATFORM_ROW_APNS(PLATFORM_NAMES)

/* Takes the token as given and in its canonical form for APNs (push/token.h),
 * or null. */
#define TOKEN_IS                                                               \
	"(push_token = ? OR push_token = ? AND " IS_APNS("platform") ")"

/* Is the token valid? The same rule as in migrations/0005-tokens.sql. */
#define IS_TOKEN                                                               \
	"IF(" IS_APNS("platform") ","                                          \
	" push_token REGEXP '^([0-9a-f]{2}){1,256}\\\\z',"                     \
	" push_token REGEXP '^[!-~]+\\\\z' AND LOWER(push_token) NOT IN"       \
	" ('null', 'undefined', 'nil', 'none', '(null)'))"

/* Takes the app; the token, and its two forms as in TOKEN_IS; the activation
 * twice; the user twice. The index is that of whichever is given. */
#define IN_QUARANTINE_INDEX                                                    \
	"push_device_registration.push_device_app_token"                       \
	"|push_device_registration.push_device_activation"                     \
	"|push_device_registration.push_device_user_app"                       \
	"|push_device_registration.push_device_gone"
#define IN_QUARANTINE                                                          \
	"gone_at IS NOT NULL AND app_id = ? AND (? IS NULL OR " TOKEN_IS ")"   \
	" AND (? IS NULL OR activation_id = ?)"                                \
	" AND (? IS NULL OR user_id = ?)"

/* The present state of a device, to compare with the state in an outbox row. */
#define DEVICE_NOW                                                             \
	"d.generation, d.gone_at IS NOT NULL, COALESCE(d.is_active, 0),"       \
	" d.platform, d.environment"

/* The send is finished: no row waits, and no user waits for sendAt. */
#define SEND_OVER(s)                                                           \
	" " s ".done >= " s ".total AND " s ".scheduled = 0"
#define SEND_WAITS(s)                                                          \
	" (" s ".done < " s ".total OR " s ".scheduled > 0)"

/*
 * The age rules (db/purge.c). By time: how many rows are old, and a portion of
 * them, the oldest first, from a time on; that of each is returned. By key: in
 * a portion behind a key the last key, the number of rows, how many of them
 * are old, and the list of their keys; then the rows of such a list that are
 * still old. By owner: the next one behind a number that does not exist, and
 * how many rows it has.
 */
#define COUNT_OLD(table, old) "SELECT COUNT(*) FROM " table " WHERE " old
#define PURGE_OLD(table, time, old)                                            \
	"DELETE FROM " table " WHERE " time " >= " AT_MS("?") " AND " old      \
	" ORDER BY " time " LIMIT " NUMBER(SQL_ROWS_PURGED)                    \
	" RETURNING " MS(time)
#define BEFORE_AGE(time) time " < " AGO_MS("?")
#define FIND_OLD(table, key, old)                                              \
	"SELECT MAX(x.k), COUNT(*), CAST(COALESCE(SUM(x.old), 0) AS UNSIGNED),"\
	" JSON_ARRAYAGG(IF(x.old, x.k, NULL)) FROM (SELECT " key " AS k, "     \
	"(" old ") AS old FROM " table " WHERE " key " > ? ORDER BY " key      \
	" LIMIT " NUMBER(SQL_ROWS_PURGED) ") x"
#define OLD_LISTED(type)                                                       \
	"JSON_TABLE(?, '$[*]' COLUMNS (k " type " PATH '$')) j STRAIGHT_JOIN "
#define NEXT_OWNERLESS(table, owner, owners)                                   \
	"SELECT o.id, (SELECT COUNT(*) FROM " table " r WHERE r." owner        \
	" = o.id) FROM (SELECT DISTINCT " owner " AS id FROM " table           \
	" WHERE " owner " > ?) o LEFT JOIN " owners " w ON w.id = o.id"        \
	" WHERE w.id IS NULL ORDER BY o.id LIMIT 1"

/* A campaign's run may look complete while its rows are still being queued;
 * its body must stay. */
#define BODY_OLD                                                               \
	"EXISTS (SELECT 1 FROM push_send s WHERE s.id = b.send_id AND"         \
	SEND_OVER("s") " AND " BEFORE_AGE("s.created") " AND NOT EXISTS"       \
	" (SELECT 1 FROM push_campaign c WHERE c.send_id = s.id"               \
	" AND c.state IN ('queueing', 'paused')))"
/* A send stays as long as its body, whose rule reads it. With NOT EXISTS,
 * MariaDB may read the bodies of all sends. */
#define SEND_OLD                                                               \
	BEFORE_AGE("created") " AND" SEND_OVER("push_send")                    \
	" AND (SELECT b.id FROM push_outbox_body b"                            \
	" WHERE b.send_id = push_send.id LIMIT 1) IS NULL"
#define ACTIVATION_OLD                                                         \
	"a.activation_status <> 'BLOCKED' AND "                                \
	BEFORE_AGE("a.timestamp_changed") " AND NOT EXISTS (SELECT 1"          \
	" FROM push_device_registration d"                                     \
	" WHERE d.activation_id = a.activation_id)"
#define DEVICE_STALE                                                           \
	"d.gone_at IS NULL AND " BEFORE_AGE("d.timestamp_last_registered")
#define CAMPAIGN_OLD                                                           \
	"c.state IN ('done', 'cancelled') AND "                                \
	BEFORE_AGE("COALESCE(c.timestamp_completed, c.timestamp_sent)")
#define INBOX_READ_OLD                                                         \
	"i.is_read = 1 AND "                                                   \
	BEFORE_AGE("COALESCE(i.timestamp_read, i.timestamp_created)")
#define INBOX_UNREAD_OLD                                                       \
	"i.is_read = 0 AND " BEFORE_AGE("i.timestamp_created")
#define INBOX_PURGE(old)                                                       \
	"DELETE i, l FROM " OLD_LISTED("BIGINT") "push_inbox i ON i.id = j.k"  \
	" LEFT JOIN push_inbox_app l ON l.inbox_id = i.id WHERE " old
#define INTEGRATION_SEEN "COALESCE(last_used, created)"
/* last_used is written once an hour. */
#define INTEGRATION_OLD BEFORE_AGE(INTEGRATION_SEEN) " - INTERVAL 1 HOUR"

/*
 * The devices that a campaign reaches: those of its users, in its application,
 * that are not in quarantine and have a platform with credentials. Of several
 * devices with the same platform and token it reaches one: preferably one
 * that is not refused, then the oldest. environment 2 is refused: a
 * development device of an application in production.
 */
#define RUN_NUMBER(number, id, name, old)                                      \
	" WHEN '" #name "' THEN " #number " WHEN '" old "' THEN " #number
#define RUN_PLATFORM_OF(device)                                                \
	"(CASE LOWER(" device ".platform)" PLATFORMS(RUN_NUMBER) " END)"
#define RUN_PLATFORM RUN_PLATFORM_OF("d")
/* 1: APNs' development environment. Takes the default for applications without
 * an environment. */
#define RUN_BASE "COALESCE(a.apns_environment = 'development', ?)"
#define RUN_ENVIRONMENT                                                        \
	"(CASE WHEN NOT " IS_APNS("d.platform") " THEN 0"                      \
	" WHEN d.environment = 'production' THEN 0"                            \
	" WHEN d.environment = 'development' THEN 2 - " RUN_BASE               \
	" ELSE " RUN_BASE " END)"
#define RUN_HAS(number, id, name, old)                                         \
	" WHEN '" #name "' THEN a.has_" #name                                  \
	" WHEN '" old "' THEN a.has_" #name
#define RUN_HAS_CREDENTIALS "(CASE LOWER(d.platform)" PLATFORMS(RUN_HAS) " END)"
#define RUN_REACHES                                                            \
	"d.app_id = a.id AND d.gone_at IS NULL AND " RUN_HAS_CREDENTIALS
#define RUN_CHOICE                                                             \
	"ROW_NUMBER() OVER (PARTITION BY d.push_token, " RUN_PLATFORM          \
	" ORDER BY d.environment <=> 'development', d.id)"
#define RUN_CAMPAIGN                                                           \
	" FROM push_campaign c STRAIGHT_JOIN push_app_credentials a"           \
	" ON a.id = c.app_id"
#define RUN_DEVICE                                                             \
	" d.id, " RUN_PLATFORM " AS platform,"                                 \
	" " RUN_ENVIRONMENT " AS environment,"                                 \
	" " DEVICE_REACHED " AS token,"                                        \
	" d.generation, c.send_id, c.app_id, " RUN_BASE " AS development"

/* The counts of a run, from its send: those of all platforms together; what was
 * dropped counts as failed there, and by itself here. */
#define PLUS_SENT(number, id, name, old) " + s." #name "_sent"
#define PLUS_FAILED(number, id, name, old) " + s." #name "_failed"
#define PLUS_EXPIRED(number, id, name, old) " + s." #name "_expired"
#define RUN_FIGURES(figure)                                                    \
	figure("sent", "0" PLATFORMS(PLUS_SENT))                               \
	    figure("failed", "0" PLATFORMS(PLUS_FAILED) " - s.dropped")        \
		figure("expired", "0" PLATFORMS(PLUS_EXPIRED))                 \
		    figure("cancelled", "s.dropped")
#define OUTCOME_SUM(which) ", COALESCE(SUM(IF(o.outcome " which ", o.n, 0)), 0)"
#define OR_PLATFORM(number, id, name, old) " UNION ALL SELECT " #number
#define WHEN_SENT(number, id, name, old)                                       \
	" WHEN " #number " THEN s." #name "_sent"
#define SET_FIGURE(name, sum) ", r." name " = COALESCE(" sum ", 0)"
#define OR_FIGURE(name, sum)                                                   \
	", IF(r.ended IS NULL, COALESCE(" sum ", 0), r." name ")"

/* Of a run's campaign c and send s: has every row its outcome? */
#define RUN_IS_OVER                                                            \
	" c.state IN ('sending', 'cancelling')"                                \
	" AND (s.id IS NULL OR s.done >= s.total)"

/* An application in development refuses no device. */
#define RUN_NOT_REFUSED " AND (r.development OR r.environment <> 2)"

/* For few users: each user of the campaign, then the user's devices. */
#define RUN_SMALL(which)                                                       \
	" FROM (SELECT" RUN_DEVICE ", " RUN_CHOICE " AS choice" RUN_CAMPAIGN   \
	" STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = c.id"          \
	" STRAIGHT_JOIN push_device_registration d"                            \
	" FORCE INDEX (push_device_user_app) ON d.user_id = u.user_id"         \
	" AND " RUN_REACHES " WHERE c.id = ?" which ") r WHERE r.choice = 1"

/* Of a device: is its user one of the campaign's, or is it for everybody? */
#define RUN_IF_USER                                                            \
	" LEFT JOIN push_campaign_user u"                                      \
	" ON u.campaign_id = c.id AND u.user_id = d.user_id"
#define RUN_WANTED "IF(c.everybody, d.is_active, u.id IS NOT NULL)"

/* For many users: a range of devices in the order of the primary key, each
 * looked up among the users of the campaign. A device costs far less that way
 * where the table does not fit into memory. Takes whether the run leaves twins
 * out: most runs have none, and then MariaDB looks up none. */
#define RUN_LARGE                                                              \
	" FROM (SELECT" RUN_DEVICE RUN_CAMPAIGN                                \
	" STRAIGHT_JOIN push_device_registration d FORCE INDEX (PRIMARY)"      \
	" ON d.id > ? AND d.id <= ? AND " RUN_REACHES                          \
	RUN_IF_USER                                                            \
	" LEFT JOIN push_campaign_twin t"                                      \
	" ON ? AND t.campaign_id = c.id AND t.device_id = d.id"                \
	" WHERE c.id = ? AND t.device_id IS NULL AND " RUN_WANTED ") r WHERE 1"

/* The devices whose tokens others have, too: found in the index of hashes, and
 * then compared. Takes the campaign twice. */
#define RUN_TWINS                                                              \
	RUN_CAMPAIGN                                                           \
	" STRAIGHT_JOIN (SELECT token_hash FROM push_device_registration"      \
	" WHERE app_id = (SELECT app_id FROM push_campaign WHERE id = ?)"      \
	" GROUP BY token_hash HAVING COUNT(*) > 1) s"                          \
	" STRAIGHT_JOIN push_device_registration d"                            \
	" FORCE INDEX (push_device_twin)"                                      \
	" ON d.token_hash = s.token_hash AND " RUN_REACHES RUN_IF_USER         \
	" WHERE c.id = ? AND " RUN_WANTED

/* Why a run leaves a device out, as in enum audience_why. Takes the default
 * for applications without an environment three times. */
#define AUDIENCE_WHY                                                           \
	"SELECT COALESCE(" RUN_PLATFORM ", 255), CASE"                         \
	" WHEN d.gone_at IS NOT NULL THEN 3"                                   \
	" WHEN NOT COALESCE(" RUN_HAS_CREDENTIALS ", 0) THEN 2"                \
	" WHEN c.everybody AND NOT COALESCE(d.is_active, 0) THEN 4"            \
	" WHEN " RUN_ENVIRONMENT " = 2 AND NOT " RUN_BASE " THEN 1"            \
	" ELSE 0 END"
#define AUDIENCE_COUNTS AUDIENCE_WHY ", COUNT(*)" RUN_CAMPAIGN
#define AUDIENCE_BY " GROUP BY 1, 2 ORDER BY NULL"

/* The id of a row is the sum of the run's id and the device's: it is unique
 * within the run, and two runs of one second start at random numbers
 * (lib/id.h). */
#define RUN_QUEUE                                                              \
	"INSERT INTO push_outbox (lane, due, send_id, body_id, app_id, shard," \
	" id, device_id, platform, environment, token, generation)"            \
	" SELECT 1, " AFTER_MS("?") ", r.send_id, r.send_id, r.app_id,"        \
	" r.id % " NUMBER(SQL_SHARDS) ","                                      \
	" r.send_id + (r.id & ((1 << (" NUMBER(ID_COUNT_BITS) " - 1)) - 1)),"  \
	" r.id, r.platform, r.environment, r.token, r.generation"

#define RUN_PACED                                                              \
	"SELECT rate > 0 OR spread_ms > 0 OR quiet_zone IS NOT NULL"           \
	" FROM push_campaign_run WHERE send_id = ?"

/* The index is given: of few applications MariaDB would rather read all and
 * join them in a buffer, and so lose the order of the campaigns, whose messages
 * it would sort in a temporary table on disk. */
#define CAMPAIGN_LISTED "c.id, c.app_id, c.is_sent, c.message"
#define CAMPAIGN_COLUMNS                                                       \
	CAMPAIGN_LISTED ", c.state, c.send_id,"                                \
	" c.timestamp_created, c.timestamp_sent, c.timestamp_completed,"       \
	" c.queued_id, c.queue_end, c.everybody, c.created_by, c.changed_by,"  \
	" c.approved_by, c.approved"
#define CAMPAIGN_LIST "SELECT " CAMPAIGN_LISTED " FROM push_campaign c"
#define CAMPAIGN_APP                                                           \
	" STRAIGHT_JOIN push_app_credentials a FORCE INDEX (PRIMARY)"          \
	" ON a.id = c.app_id"

#define INBOX_COLUMNS                                                          \
	"i.inbox_id, i.message_type, i.subject, i.summary, i.is_read,"         \
	" i.timestamp_created"
#define INBOX_ORDER                                                            \
	" ORDER BY i.timestamp_created DESC, i.id DESC LIMIT ? OFFSET ?"
#define INBOX_IN_APPS                                                          \
	" AND (SELECT COUNT(*) FROM push_inbox_app l"                          \
	" WHERE l.inbox_id = i.id AND FIND_IN_SET(l.app_credentials_id, ?))"   \
	INBOX_ORDER
#define INBOX_LIST_APP(index)                                                  \
	"SELECT STRAIGHT_JOIN " INBOX_COLUMNS " FROM push_inbox i"             \
	" FORCE INDEX (" index ") JOIN push_inbox_app l FORCE INDEX (PRIMARY)" \
	" ON l.inbox_id = i.id AND l.app_credentials_id = ?"                   \
	" WHERE i.user_id = ?"

/* Does a row of the outbox belong to the user, or to a device of the user's?
 * Takes the user twice. */
#define OF_PERSON(q)                                                           \
	q ".user_id = ? OR " q ".device_id IN (SELECT d.id"                    \
	" FROM push_device_registration d WHERE d.user_id = ?)"
#define REMOVE_OF_PERSON(table)                                                \
	"DELETE FROM " table " WHERE user_id = ?"                              \
	" LIMIT " NUMBER(SQL_ROWS_PURGED)

/* A row of the table. The rows are in the order of the names in sql.h: a table
 * with a row missing, or out of order, does not compile. */
enum { BEFORE = __COUNTER__ };
#define STATEMENT(id, ...)                                                     \
	[(id) + 0 * sizeof(struct {                                            \
		_Static_assert((id) + BEFORE + 1 == __COUNTER__,               \
		    "the order of sql.h");                                     \
		char c;                                                        \
	})] = {.name = #id, __VA_ARGS__}

/* A user who is in the campaign already stays. When rows of one statement are
 * there already, MariaDB (10.11, 11.8) may go on with values of AUTO_INCREMENT
 * that it has given to another statement: the new row meets the id of another
 * user, and would be taken for a row that is there. ER_BAD_NULL_ERROR then, by
 * which the transaction is repeated. */
#define OR_THE_SAME_USER \
    " ON DUPLICATE KEY UPDATE campaign_id =" \
    " IF(campaign_id = VALUES(campaign_id) AND user_id = VALUES(user_id)," \
    " campaign_id, NULL)"

const struct statement sql[SQL__COUNT] = {
	/* --- the schema and the server ---------------------------- */
	STATEMENT(SQL_SCHEMA_VERSION,
	    .columns = 1,
	    .text = "SELECT MAX(version) FROM push_schema"),
	STATEMENT(SQL_SCHEMA_APPS,
	    .columns = 1,
	    .text = "SELECT EXISTS (SELECT 1 FROM push_app_credentials)"),
	/* Only for version 3 or later: earlier ones lack the column. */
	STATEMENT(SQL_SCHEMA_OLDEST,
	    .params = "version", .columns = 1, .index = "push_schema.PRIMARY",
	    .text = "SELECT oldest FROM push_schema WHERE version = ?"),
	STATEMENT(SQL_SERVER,
	    .columns = 4,
	    .text =
	    "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit,"
	    " @@GLOBAL.log_bin, @@GLOBAL.sync_binlog,"
	    " @@GLOBAL.binlog_format"),
	/* For the doctor. Those of TLS are of this connection. */
	STATEMENT(SQL_SERVER_VALUES,
	    .columns = 2,
	    .text =
	    "SELECT LOWER(variable_name), variable_value"
	    " FROM information_schema.global_variables"
	    " WHERE variable_name IN ('version', 'datadir', 'read_only',"
	    " 'innodb_flush_log_at_trx_commit', 'innodb_doublewrite',"
	    " 'innodb_flush_method', 'innodb_buffer_pool_size', 'log_bin',"
	    " 'sync_binlog', 'binlog_format', 'max_allowed_packet',"
	    " 'max_connections', 'wsrep_on', 'wsrep_node_name',"
	    " 'wsrep_max_ws_rows', 'wsrep_max_ws_size')"
	    " UNION ALL SELECT LOWER(variable_name), variable_value"
	    " FROM information_schema.global_status"
	    " WHERE variable_name IN ('max_used_connections',"
	    " 'wsrep_cluster_size', 'wsrep_cluster_status',"
	    " 'wsrep_local_state_comment')"
	    " UNION ALL SELECT LOWER(variable_name), variable_value"
	    " FROM information_schema.session_status"
	    " WHERE variable_name = 'ssl_server_not_after'"),
	STATEMENT(SQL_SERVER_NOW,
	    .columns = 1, .text = "SELECT " MS(NODE_NOW)),
	/* And how far this node's clock is ahead, as the sendd says that has
	 * measured it last (sendd/node_clocks.h), unless others go on and that
	 * one does not. */
	STATEMENT(SQL_SERVER_CLOCK,
	    .columns = 2,
	    .text =
	    "SELECT " MS(NODE_NOW) ", (SELECT CAST(JSON_VALUE(figures,"
	    " CONCAT('$.clocks.\"', @@GLOBAL.wsrep_node_name, '\"')) AS SIGNED)"
	    " FROM push_instance WHERE incarnation <> 0"
	    " AND JSON_EXISTS(figures, '$.clocks') AND seen >"
	    " (SELECT MAX(seen) FROM push_instance WHERE incarnation <> 0)"
	    " - INTERVAL 1 MINUTE ORDER BY seen DESC LIMIT 1)"),
	/* A user sees its own; "*": on all tables. */
	STATEMENT(SQL_RIGHTS_OWN,
	    .columns = 3,
	    .text =
	    "SELECT table_name, privilege_type, ''"
	    " FROM information_schema.table_privileges"
	    " WHERE table_schema = DATABASE()"
	    " UNION ALL SELECT table_name, privilege_type, column_name"
	    " FROM information_schema.column_privileges"
	    " WHERE table_schema = DATABASE()"
	    " UNION ALL SELECT '*', privilege_type, ''"
	    " FROM information_schema.schema_privileges"
	    " WHERE table_schema = DATABASE()"
	    " UNION ALL SELECT '*', privilege_type, ''"
	    " FROM information_schema.user_privileges"),

	/* --- applications ----------------------------------------- */
	STATEMENT(SQL_APP_BY_NAME,
	    .params = "app_id", .columns = APP_COLUMNS_N,
	    .index = "push_app_credentials.push_app_cred_app",
	    .text =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials"
	    " WHERE app_id = ?"),
	STATEMENT(SQL_APP_BY_ID,
	    .params = "app", .columns = APP_COLUMNS_N,
	    .index = "push_app_credentials.PRIMARY",
	    .text =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials WHERE id = ?"),
	/* What db/app_name.c keeps for a moment; a row of the other two: id and
	 * name. */
	STATEMENT(SQL_APP_ID,
	    .params = "app_id", .columns = 1,
	    .index = "push_app_credentials.push_app_cred_app",
	    .text = "SELECT id FROM push_app_credentials WHERE app_id = ?"),
	STATEMENT(SQL_APP_NAME,
	    .params = "app", .columns = 2,
	    .index = "push_app_credentials.PRIMARY",
	    .text =
	    "SELECT id, app_id FROM push_app_credentials WHERE id = ?"),
	STATEMENT(SQL_APP_NAMES,
	    .params = "list", .columns = 2, .index = "a.PRIMARY",
	    .text =
	    "SELECT a.id, a.app_id FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT PATH '$')) j STRAIGHT_JOIN push_app_credentials a"
	    " ON a.id = j.id"),
	/* any_apps null: all applications. */
	STATEMENT(SQL_APP_PAGE,
	    .params = "any_apps,any_apps,key_text,key_text,limit,offset",
	    .columns = APP_COLUMNS_N, .index = "a.push_app_cred_app",
	    .text =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials a"
	    " WHERE " OF_APPS("a.app_id") " AND " BEHIND("a.app_id")),
	STATEMENT(SQL_APP_LIST,
	    .columns = APP_COLUMNS_N,
	    .text =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials"
	    " ORDER BY app_id"),
	STATEMENT(SQL_APP_ADD,
	    .params = "app_id",
	    .text =
	    "INSERT INTO push_app_credentials (app_id, timestamp_created)"
	    " VALUES (?, " NOW ")"),
	/* Nulls remove the credential. */
#define APP_SET(number, id, name, old)                                         \
	STATEMENT(SQL_APP_SET_##id,                                            \
	    .params = CREDENTIAL_COLUMNS_##id(PARAM, PARAM) "app",             \
	    .index = "push_app_credentials.PRIMARY",                           \
	    .text =                                                            \
	    "UPDATE push_app_credentials SET "                                 \
	    CREDENTIAL_COLUMNS_##id(COLUMN_IS, COLUMN_IS)                      \
	    "timestamp_last_updated = " NOW ","                                \
	    " version = version + 1 WHERE id = ?"),
	PLATFORMS(APP_SET)
	STATEMENT(SQL_APP_CREDENTIALS,
	    .params = "app", .columns = 3 PLATFORMS(CREDENTIAL),
	    .index = "push_app_credentials.PRIMARY",
	    .text =
	    "SELECT id, app_id, version" PLATFORMS(AND_CREDENTIAL)
	    " FROM push_app_credentials WHERE id = ?"),
	STATEMENT(SQL_APP_VERSIONS,
	    .columns = 2,
	    .text = "SELECT id, version FROM push_app_credentials"),
	STATEMENT(SQL_APP_VERSIONS_SUM,
	    .columns = 1,
	    .text =
	    "SELECT CAST(COALESCE(SUM(CRC32(CONCAT_WS(' ', id, version))), 0)"
	    " AS UNSIGNED) FROM push_app_credentials"),
	/* any_apps null: all. Applications without any credentials, and names
	 * that occur only in activations. */
	STATEMENT(SQL_APP_UNCONFIGURED,
	    .params = "any_apps,any_apps,key_text,key_text,limit,offset",
	    .columns = 1, .index = "push_activation.push_activation_app",
	    .text =
	    "SELECT u.app_id FROM (SELECT app_id FROM push_app_credentials"
	    " WHERE NOT (FALSE" PLATFORMS(OR_HAS) ")"
	    " UNION SELECT v.app_id FROM (SELECT DISTINCT app_id"
	    " FROM push_activation WHERE app_id IS NOT NULL) v"
	    " WHERE v.app_id NOT IN"
	    " (SELECT app_id FROM push_app_credentials)) u"
	    " WHERE " OF_APPS("u.app_id") " AND " BEHIND("u.app_id")),

	/* --- sealed values ---------------------------------------- */
	/* The same secret under another key, so the version stays. If the
	 * secret was changed meanwhile, no row matches. */
#define NOT_SEALED(column)
#define COLUMN(column) #column
#define SEALED_REPLACE(number, id, name, old)                                  \
	STATEMENT(SQL_SEALED_REPLACE_##id,                                     \
	    .params = "new_sealed,app,old_sealed",                             \
	    .index = "push_app_credentials.PRIMARY",                           \
	    .text =                                                            \
	    "UPDATE push_app_credentials SET "                                 \
	    CREDENTIAL_COLUMNS_##id(NOT_SEALED, COLUMN) " = ?"                 \
	    " WHERE id = ? AND "                                               \
	    CREDENTIAL_COLUMNS_##id(NOT_SEALED, COLUMN) " = ?"),
	PLATFORMS(SEALED_REPLACE)
	STATEMENT(SQL_SEALED_REPLACE_ACCESS_TOKEN,
	    .params = "new_sealed,name,old_sealed",
	    .index = "push_grant.PRIMARY",
	    .text =
	    "UPDATE push_grant SET token = ? WHERE name = ? AND token = ?"),
	STATEMENT(SQL_SEALED_REPLACE_AUDIT_KEY,
	    .params = "new_sealed,one,old_sealed",
	    .index = "push_audit_key.PRIMARY",
	    .text =
	    "UPDATE push_audit_key SET sealed = ? WHERE id = ?"
	    " AND sealed = ?"),

	/* --- activations ------------------------------------------ */
	STATEMENT(SQL_ACTIVATION_BY_ID,
	    .params = "activation_id", .columns = 6,
	    .index = "push_activation.PRIMARY",
	    .text =
	    "SELECT activation_id, user_id, app_id, activation_status,"
	    " " MS("timestamp_created") ", " MS("timestamp_changed")
	    " FROM push_activation WHERE activation_id = ?"),
	STATEMENT(SQL_ACTIVATION_APP,
	    .params = "activation_id", .columns = 1,
	    .index = "push_activation.PRIMARY",
	    .text =
	    "SELECT app_id FROM push_activation WHERE activation_id = ?"
	    " FOR UPDATE"),
	/* A null user or application keeps the stored one. */
	STATEMENT(SQL_ACTIVATION_PUT,
	    .params = "activation_id,user_id,app_id,status",
	    .text =
	    "INSERT INTO push_activation (activation_id, user_id, app_id,"
	    " activation_status, timestamp_created, timestamp_changed)"
	    " VALUES (?, ?, ?, ?, " NOW ", " NOW ")"
	    " ON DUPLICATE KEY UPDATE"
	    " user_id = COALESCE(VALUES(user_id), user_id),"
	    " app_id = COALESCE(VALUES(app_id), app_id),"
	    " activation_status = VALUES(activation_status),"
	    " timestamp_changed = VALUES(timestamp_changed)"),
	STATEMENT(SQL_ACTIVATION_OLD,
	    .params = "age_ms,activation_id", .columns = 4,
	    .index = "a.PRIMARY,d.push_device_activation",
	    .text =
	    FIND_OLD("push_activation a", "a.activation_id", ACTIVATION_OLD)),
	STATEMENT(SQL_ACTIVATION_PURGE,
	    .params = "list,age_ms",
	    .index = "a.PRIMARY,d.push_device_activation",
	    .text =
	    "DELETE a FROM " OLD_LISTED(TEXT(37)) "push_activation a"
	    " ON a.activation_id = j.k WHERE " ACTIVATION_OLD),

	/* --- devices ---------------------------------------------- */
	STATEMENT(SQL_DEVICE_TURN,
	    .params = "app,token", .index = "push_device_turn.PRIMARY",
	    .text =
	    "UPDATE push_device_turn SET n = n + 1"
	    " WHERE slot = CRC32(CONCAT(?, ' ', ?)) % 512"),
	/* What a registration may replace, with its rank: 0, the activation
	 * and the token are the same; 1, the activation; 2, the application
	 * and the token. */
	STATEMENT(SQL_DEVICE_CANDIDATES,
	    .params = "token,activation_id,app,token", .columns = 4,
	    .index = "d.push_device_activation,e.push_device_app_token",
	    .text =
	    "(SELECT d.id, d.app_id, IF(d.push_token = ?, 0, 1), d.address"
	    " FROM push_device_registration d"
	    " WHERE d.activation_id = ? FOR UPDATE) UNION ALL"
	    " (SELECT e.id, e.app_id, 2, e.address"
	    " FROM push_device_registration e"
	    " WHERE e.app_id = ? AND e.push_token = ? FOR UPDATE)"),
	/* The same for a list of [app, token, activation]: the position in it,
	 * from 1, and whether the row was found by the activation. */
	STATEMENT(SQL_DEVICE_CANDIDATES_OF_MANY,
	    .params = "list,list", .columns = 4,
	    .index = "d.push_device_activation,e.push_device_app_token",
	    .text =
	    "(SELECT j.n, d.id, d.app_id, 1 FROM" REGISTRATIONS_OF_LIST
	    " STRAIGHT_JOIN push_device_registration d"
	    " FORCE INDEX (push_device_activation)"
	    " ON d.activation_id = j.activation_id FOR UPDATE) UNION ALL"
	    " (SELECT j.n, e.id, e.app_id, 0 FROM" REGISTRATIONS_OF_LIST
	    " STRAIGHT_JOIN push_device_registration e"
	    " FORCE INDEX (push_device_app_token)"
	    " ON e.app_id = j.app AND e.push_token = j.token FOR UPDATE)"),
	STATEMENT(SQL_DEVICE_ADD,
	    .params = "activation_id,user_id,app,platform_name,environment,"
	    "token,address,active",
	    .text =
	    "INSERT INTO push_device_registration (activation_id, user_id,"
	    " app_id, platform, environment, push_token, address, is_active,"
	    " timestamp_last_registered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, " NOW
	    ")"),
	/* The generation is set first, because it compares with the stored
	 * values. Registering again ends the quarantine. */
	STATEMENT(SQL_DEVICE_UPDATE,
	    .params = "activation_id,user_id,app,activation_id,user_id,app,"
	    "platform_name,environment,token,address,active,device",
	    .index = "push_device_registration.PRIMARY",
	    .text =
	    "UPDATE push_device_registration SET generation = generation +"
	    " IF(activation_id <=> ? AND user_id <=> ? AND app_id <=> ?, 0, 1),"
	    " activation_id = ?,"
	    " user_id = ?, app_id = ?, platform = ?, environment = ?,"
	    " push_token = ?, address = ?, is_active = ?,"
	    " timestamp_last_registered = " NOW ","
	    " gone_at = NULL, gone_reason = NULL WHERE id = ?"),
	STATEMENT(SQL_DEVICE_REMOVE,
	    .params = "app,token,apns_token",
	    .index = "push_device_registration.push_device_app_token",
	    .text =
	    "DELETE FROM push_device_registration"
	    " WHERE app_id = ? AND " TOKEN_IS),
	/* All rows of the token except that device. */
	STATEMENT(SQL_DEVICE_REMOVE_OTHERS,
	    .params = "app,token,device",
	    .index = "push_device_registration.push_device_app_token",
	    .text =
	    "DELETE FROM push_device_registration"
	    " WHERE app_id = ? AND push_token = ? AND id <> ?"),
	STATEMENT(SQL_DEVICE_REMOVE_ID,
	    .params = "device", .index = "push_device_registration.PRIMARY",
	    .text = "DELETE FROM push_device_registration WHERE id = ?"),
	/* any_app null: of any application. */
	STATEMENT(SQL_DEVICE_SET_ACTIVE,
	    .params = "active,activation_id,any_app,any_app",
	    .index = "push_device_registration.push_device_activation",
	    .text =
	    "UPDATE push_device_registration SET is_active = ?"
	    " WHERE activation_id = ? AND (? IS NULL OR app_id = ?)"),
	/* In all applications; in one, in any order, or the newest of so many
	 * that not all are listed; in the given ones. What is not asked for
	 * would be a needless cost: nearly all callers ask for one, and a user
	 * has few devices. */
	STATEMENT(SQL_DEVICE_LIST,
	    .params = "user_id,limit,offset", .columns = 12,
	    .index = "d.push_device_user_app",
	    .text = DEVICE_LIST(", a.app_id", "push_device_registration d"
	    " FORCE INDEX (push_device_user_app)"
	    " STRAIGHT_JOIN push_app_credentials a ON a.id = d.app_id", "")),
	STATEMENT(SQL_DEVICE_LIST_APP,
	    .params = "user_id,app", .columns = 11,
	    .index = "d.push_device_user_app",
	    .text =
	    "SELECT " DEVICE_COLUMNS " FROM push_device_registration d"
	    " FORCE INDEX (push_device_user_app)"
	    " WHERE d.user_id = ? AND d.app_id = ?"
	    " LIMIT " NUMBER(SQL_DEVICES_LISTED)),
	STATEMENT(SQL_DEVICE_LIST_APP_NEWEST,
	    .params = "user_id,app,limit,offset", .columns = 11,
	    .index = "d.push_device_user_app",
	    .text = DEVICE_LIST("", "push_device_registration d"
	    " FORCE INDEX (push_device_user_app)", " AND d.app_id = ?")),
	STATEMENT(SQL_DEVICE_LIST_OF,
	    .params = "user_id,apps,limit,offset", .columns = 12,
	    .index = "d.push_device_user_app",
	    .text = DEVICE_LIST(", a.app_id", "push_device_registration d"
	    " FORCE INDEX (push_device_user_app)"
	    " STRAIGHT_JOIN push_app_credentials a ON a.id = d.app_id",
	    " AND " IN_APPS("a.app_id"))),
	/* One more than DEVICE_TARGETS_MAX. */
	STATEMENT(SQL_DEVICE_TARGETS,
	    .params = "user_id,app,any_activation_id,any_activation_id",
	    .columns = 7,
	    .index = "d.push_device_user_app|d.push_device_activation",
	    .text =
	    "SELECT " DEVICE_TARGET
	    " FROM push_device_registration d"
	    " WHERE d.user_id = ? AND d.app_id = ?"
	    " AND (? IS NULL OR d.activation_id = ?) AND d.gone_at IS NULL"
	    " ORDER BY d.id LIMIT " NUMBER(SQL_DEVICES_TARGETED)),
	/* List of users; each device with the position of its user, from 1.
	 * In any order, and one more than DEVICE_TARGETS_MAX in all. */
	STATEMENT(SQL_DEVICE_TARGETS_OF_USERS,
	    .params = "list,app", .columns = 8,
	    .index = "d.push_device_user_app",
	    .text =
	    "SELECT " DEVICE_TARGET ", j.n FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,"
	    " user_id " TEXT(255) " PATH '$')) j"
	    " STRAIGHT_JOIN push_device_registration d"
	    " FORCE INDEX (push_device_user_app)"
	    " ON d.user_id = j.user_id AND d.app_id = ?"
	    " WHERE d.gone_at IS NULL LIMIT " NUMBER(SQL_DEVICES_TARGETED)),
	/* An application, and the devices of a user in it, a row each; without
	 * devices a row with nulls. The 1 is what the next statement has as a
	 * position. */
	STATEMENT(SQL_APP_TARGETS,
	    .params = "user_id,app_id", .columns = 8 + APP_COLUMNS_N,
	    .index = "a.push_app_cred_app,d.push_device_user_app",
	    .text =
	    "SELECT " DEVICE_TARGET ", 1, a.id, a.app_id" AND_APP_COLUMNS
	    " FROM push_app_credentials a"
	    " LEFT JOIN push_device_registration d"
	    " FORCE INDEX (push_device_user_app)"
	    " ON d.user_id = ? AND d.app_id = a.id AND d.gone_at IS NULL"
	    " WHERE a.app_id = ? LIMIT " NUMBER(SQL_DEVICES_TARGETED)),
	/* The same for a list of [application, user], with the position in it,
	 * from 1. In any order. */
	STATEMENT(SQL_APP_TARGETS_OF_MANY,
	    .params = "list", .columns = 8 + APP_COLUMNS_N,
	    .index = "a.push_app_cred_app,d.push_device_user_app",
	    .text =
	    "SELECT " DEVICE_TARGET ", j.n, a.id, a.app_id" AND_APP_COLUMNS
	    " FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,"
	    " name " TEXT(255) " PATH '$[0]',"
	    " user_id " TEXT(255) " PATH '$[1]')) j"
	    " STRAIGHT_JOIN push_app_credentials a"
	    " FORCE INDEX (push_app_cred_app) ON a.app_id = j.name"
	    " LEFT JOIN push_device_registration d"
	    " FORCE INDEX (push_device_user_app)"
	    " ON d.user_id = j.user_id AND d.app_id = a.id"
	    " AND d.gone_at IS NULL LIMIT " NUMBER(SQL_DEVICES_TARGETED)),
	/* List of device ids. Each device with its position in the list, from
	 * 1. */
	STATEMENT(SQL_DEVICE_NOW,
	    .params = "list", .columns = 7, .index = "d.PRIMARY",
	    .text =
	    "SELECT j.n, " DEVICE_NOW ", " DEVICE_REACHED " FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,"
	    " id BIGINT PATH '$')) j"
	    " LEFT JOIN push_device_registration d ON d.id = j.id"),
	STATEMENT(SQL_DEVICE_APP,
	    .params = "activation_id", .columns = 2,
	    .index = "d.push_device_activation",
	    .text =
	    "SELECT a.id, a.app_id FROM push_device_registration d"
	    " JOIN push_app_credentials a ON a.id = d.app_id"
	    " WHERE d.activation_id = ?"),
	/* List of [device, token, reason, ms or null]: quarantine, if the
	 * device was registered before that moment. */
	STATEMENT(SQL_DEVICE_GONE,
	    .params = "list", .index = "d.PRIMARY",
	    .text =
	    "UPDATE push_device_registration d JOIN JSON_TABLE(?, '$[*]'"
	    " COLUMNS (id BIGINT PATH '$[0]',"
	    " token " TEXT(1300) " PATH '$[1]',"
	    " reason " TEXT(80) " PATH '$[2]', ms BIGINT PATH '$[3]')) j"
	    " ON d.id = j.id AND " DEVICE_REACHED " = j.token"
	    " SET d.gone_at = " NOW ", d.gone_reason = j.reason"
	    " WHERE d.gone_at IS NULL"
	    " AND " MS("d.timestamp_last_registered") " < j.ms"),
	/* One of token, activation and user is given; the others are null. */
	STATEMENT(SQL_DEVICE_RESTORE,
	    .params = "app,any_token,token,apns_token,any_activation_id,"
	    "any_activation_id,any_user_id,any_user_id",
	    .index = IN_QUARANTINE_INDEX,
	    .text =
	    "UPDATE push_device_registration SET gone_at = NULL,"
	    " gone_reason = NULL WHERE " IN_QUARANTINE " AND " IS_TOKEN),
	STATEMENT(SQL_DEVICE_NO_TOKENS,
	    .params = "app,any_token,token,apns_token,any_activation_id,"
	    "any_activation_id,any_user_id,any_user_id",
	    .columns = 1, .index = IN_QUARANTINE_INDEX,
	    .text =
	    "SELECT COUNT(*) FROM push_device_registration"
	    " WHERE " IN_QUARANTINE " AND NOT " IS_TOKEN),
	STATEMENT(SQL_DEVICE_QUARANTINED,
	    .params = "app", .columns = 1,
	    .index = "push_device_registration.push_device_gone",
	    .text =
	    "SELECT COUNT(*) FROM push_device_registration"
	    " WHERE gone_at IS NOT NULL AND app_id = ?"),
	STATEMENT(SQL_QUARANTINE_COUNTS,
	    .columns = 4,
	    .index = "d.push_device_gone",
	    .text =
	    "SELECT a.app_id, d.platform, COALESCE(d.gone_reason, ''),"
	    " COUNT(*) FROM push_device_registration d"
	    " STRAIGHT_JOIN push_app_credentials a ON a.id = d.app_id"
	    " WHERE d.gone_at IS NOT NULL GROUP BY 1, 2, 3"),
	/* any_app_id null: of any; apps null: of any that the caller has. */
	STATEMENT(SQL_QUARANTINE_LIST,
	    .params = "any_app_id,any_app_id,any_apps,any_apps,limit,offset",
	    .columns = 9, .index = "d.push_device_gone",
	    .text =
	    "SELECT d.id, a.app_id, d.user_id, d.activation_id, d.platform,"
	    " d.environment, " MS("d.timestamp_last_registered") ","
	    " " MS("d.gone_at") ", d.gone_reason"
	    " FROM push_device_registration d FORCE INDEX (push_device_gone)"
	    " STRAIGHT_JOIN push_app_credentials a ON a.id = d.app_id"
	    " WHERE d.gone_at IS NOT NULL AND (? IS NULL OR a.app_id = ?)"
	    " AND " OF_APPS("a.app_id")
	    " ORDER BY d.gone_at DESC, d.id DESC LIMIT ? OFFSET ?"),
	/* The reason is that of migrations/0005-tokens.sql. */
	STATEMENT(SQL_QUARANTINE_RESTORE,
	    .params = "device,app",
	    .index = "push_device_registration.PRIMARY",
	    .text =
	    "UPDATE push_device_registration SET gone_at = NULL,"
	    " gone_reason = NULL WHERE id = ? AND app_id = ?"
	    " AND gone_at IS NOT NULL"
	    " AND COALESCE(gone_reason, '') <> 'not a token'"),
	STATEMENT(SQL_DEVICE_OF_PLATFORM,
	    .params = "app,platform_name", .columns = 1,
	    .index = "push_device_registration.push_device_app_token"
	    "|push_device_registration.push_device_twin",
	    .text =
	    "SELECT COUNT(*) FROM push_device_registration"
	    " WHERE app_id = ? AND platform = ?"),
	STATEMENT(SQL_DEVICE_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_device_registration.push_device_gone",
	    .text =
	    COUNT_OLD("push_device_registration", BEFORE_AGE("gone_at"))),
	STATEMENT(SQL_DEVICE_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_device_registration.push_device_gone",
	    .text =
	    PURGE_OLD("push_device_registration", "gone_at",
		BEFORE_AGE("gone_at"))),
	STATEMENT(SQL_DEVICE_STALE,
	    .params = "age_ms,device", .columns = 4, .index = "d.PRIMARY",
	    .text =
	    FIND_OLD("push_device_registration d", "d.id", DEVICE_STALE)),
	STATEMENT(SQL_DEVICE_SET_ASIDE,
	    .params = "list,age_ms", .index = "d.PRIMARY",
	    .text =
	    "UPDATE " OLD_LISTED("BIGINT") "push_device_registration d"
	    " ON d.id = j.k SET d.gone_at = " NOW ","
	    " d.gone_reason = 'not registered for long'"
	    " WHERE " DEVICE_STALE),

	/* --- imports ---------------------------------------------- */
	/* List of [app, token, activation]: what is here of the activation, and
	 * of the token; with the position in the list, and whether it was found
	 * by the activation. */
	STATEMENT(SQL_IMPORT_DEVICE_FIND,
	    .params = "list,list", .columns = 14,
	    .index = "d.push_device_activation|d.push_device_app_token",
	    .text = IMPORT_DEVICES("")),
	STATEMENT(SQL_IMPORT_DEVICE_LOCK,
	    .params = "list,list", .columns = 14,
	    .index = "d.push_device_activation|d.push_device_app_token",
	    .text = IMPORT_DEVICES(" FOR UPDATE")),
	STATEMENT(SQL_IMPORT_DEVICE_ADD,
	    .params = "activation_id,user_id,app,platform_name,environment,"
	    "token,address,active,registered_ms",
	    .text =
	    "INSERT INTO push_device_registration (activation_id, user_id,"
	    " app_id, platform, environment, push_token, address, is_active,"
	    " timestamp_last_registered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
	    AT_MS("?") ")"),
	/* As SQL_DEVICE_UPDATE; a registration that is later than the row's
	 * ends the quarantine, and so does any if an import set it aside. */
	STATEMENT(SQL_IMPORT_DEVICE_UPDATE,
	    .params = "activation_id,user_id,app,activation_id,user_id,app,"
	    "platform_name,environment,token,address,active,registered_ms,"
	    "registered_ms,registered_ms,device",
	    .index = "push_device_registration.PRIMARY",
	    .text =
	    "UPDATE push_device_registration SET generation = generation +"
	    " IF(activation_id <=> ? AND user_id <=> ? AND app_id <=> ?, 0, 1),"
	    " activation_id = ?,"
	    " user_id = ?, app_id = ?, platform = ?, environment = ?,"
	    " push_token = ?, address = ?, is_active = ?,"
	    " gone_at = IF(timestamp_last_registered < " AT_MS("?")
	    " OR gone_reason = '" SQL_NOT_IN_DUMP "', NULL, gone_at),"
	    " gone_reason = IF(timestamp_last_registered < " AT_MS("?")
	    " OR gone_reason = '" SQL_NOT_IN_DUMP "', NULL, gone_reason),"
	    " timestamp_last_registered = " AT_MS("?")
	    " WHERE id = ?"),
	STATEMENT(SQL_IMPORT_DEVICE_AFTER,
	    .params = "device", .columns = 12,
	    .index = "d.PRIMARY,a.PRIMARY",
	    .text =
	    "SELECT " DEVICE_COLUMNS ", a.app_id"
	    " FROM push_device_registration d FORCE INDEX (PRIMARY)"
	    " STRAIGHT_JOIN push_app_credentials a ON a.id = d.app_id"
	    " WHERE d.id > ? ORDER BY d.id LIMIT 1000"),
	STATEMENT(SQL_IMPORT_DEVICE_ASIDE,
	    .params = "device,registered_ms",
	    .index = "push_device_registration.PRIMARY",
	    .text =
	    "UPDATE push_device_registration SET"
	    " gone_reason = COALESCE(gone_reason, '" SQL_NOT_IN_DUMP "'),"
	    " gone_at = COALESCE(gone_at, " NOW ") WHERE id = ?"
	    " AND timestamp_last_registered = " AT_MS("?")),

	STATEMENT(SQL_IMPORT_CAMPAIGN_ADD,
	    .params = "campaign,app,message,sent,created_ms,sent_ms,"
	    "completed_ms,state,who",
	    .text =
	    "INSERT INTO push_campaign (id, app_id, message, is_sent,"
	    " timestamp_created, timestamp_sent, timestamp_completed, state,"
	    " changed_by) VALUES (?, ?, ?, ?, " AT_MS("?") ", " AT_MS("?") ", "
	    AT_MS("?") ", ?, ?)"),
	/* Unless it was sent here. A change ends an approval. */
	STATEMENT(SQL_IMPORT_CAMPAIGN_UPDATE,
	    .params = "message,sent,sent_ms,completed_ms,state,who,campaign",
	    .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET message = ?, is_sent = ?,"
	    " timestamp_sent = " AT_MS("?") ","
	    " timestamp_completed = " AT_MS("?") ", state = ?,"
	    " changed_by = ?, approved_by = NULL, approved = NULL"
	    " WHERE id = ? AND send_id IS NULL"),
	/* List of [campaign, user]: the positions of those that are here. */
	STATEMENT(SQL_IMPORT_CAMPAIGN_USER_FIND,
	    .params = "list", .columns = 1,
	    .index = "u.push_campaign_user_campaign",
	    .text =
	    "SELECT j.n FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    "n FOR ORDINALITY, campaign BIGINT PATH '$[0]',"
	    " user_id " TEXT(255) " PATH '$[1]')) j"
	    " STRAIGHT_JOIN push_campaign_user u"
	    " ON u.campaign_id = j.campaign AND u.user_id = j.user_id"),
	/* A user whom somebody adds meanwhile stays. */
	STATEMENT(SQL_IMPORT_CAMPAIGN_USER_ADD,
	    .params = "campaign,user_id,created_ms",
	    .text =
	    "INSERT INTO push_campaign_user (campaign_id, user_id,"
	    " timestamp_created) VALUES (?, ?, " AT_MS("?") ")"
	    OR_THE_SAME_USER),
	/* List of inbox ids, with their positions in it. */
	STATEMENT(SQL_IMPORT_INBOX_FIND,
	    .params = "list", .columns = 8,
	    .index = "i.push_inbox_id",
	    .text =
	    "SELECT j.n, i.id, i.user_id, i.message_type, i.subject,"
	    " i.is_read, " MS("i.timestamp_created") ","
	    " " MS("i.timestamp_read") " FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    "n FOR ORDINALITY, inbox_id " TEXT(37) " PATH '$')) j"
	    " STRAIGHT_JOIN push_inbox i ON i.inbox_id = j.inbox_id"),
	STATEMENT(SQL_IMPORT_INBOX_ADD,
	    .params = "inbox_id,user_id,type,subject,summary,body,read,"
	    "created_ms,read_ms",
	    .text =
	    "INSERT INTO push_inbox (inbox_id, user_id, message_type,"
	    " subject, summary, body, is_read, timestamp_created,"
	    " timestamp_read) VALUES (?, ?, ?, ?, ?, ?, ?, " AT_MS("?") ", "
	    AT_MS("?") ")"),
	STATEMENT(SQL_IMPORT_INBOX_APP_ADD,
	    .params = "app,inbox_id", .index = "i.push_inbox_id",
	    .text =
	    "INSERT INTO push_inbox_app (inbox_id, app_credentials_id)"
	    " SELECT i.id, ? FROM push_inbox i WHERE i.inbox_id = ?"),
	STATEMENT(SQL_IMPORT_INBOX_READ,
	    .params = "read_ms,inbox_id", .index = "push_inbox.push_inbox_id",
	    .text =
	    "UPDATE push_inbox SET is_read = 1, timestamp_read = " AT_MS("?")
	    " WHERE inbox_id = ? AND is_read = 0"),
	/* List of ids: those that are here. */
	STATEMENT(SQL_IMPORT_MESSAGE_FIND,
	    .params = "list", .columns = 1, .index = "m.PRIMARY",
	    .text =
	    "SELECT j.n FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    "n FOR ORDINALITY, id BIGINT PATH '$')) j"
	    " STRAIGHT_JOIN push_message m ON m.id = j.id"),
	STATEMENT(SQL_IMPORT_MESSAGE_ADD,
	    .params = "id,user_id,activation_id,silent,personal,body,"
	    "created_ms,status,state",
	    .text =
	    "INSERT INTO push_message (id, device_registration_id, user_id,"
	    " activation_id, is_silent, is_personal, message_body,"
	    " timestamp_created, status, state) VALUES (?, 0, ?, ?, ?, ?, ?, "
	    AT_MS("?") ", ?, ?)"),

	/* --- sends ------------------------------------------------ */
	STATEMENT(SQL_SEND_ADD,
	    .params = "send,app,campaign,mode,scheduled,total,answered,done"
	    PLATFORMS(PARAM_BEGUN),
	    .text =
	    "INSERT INTO push_send (id, app_id, campaign_id, mode, created,"
	    " scheduled, total, answered, done" PLATFORMS(AND_BEGUN) ")"
	    " VALUES (?, ?, ?, ?, " NOW ", ?, ?, ?, ?"
	    PLATFORMS(MARKS_BEGUN) ")"),
	STATEMENT(SQL_SEND_BY_ID,
	    .params = "send", .columns = 12 + 4 * PLATFORM__COUNT,
	    .index = "s.PRIMARY",
	    .text =
	    "SELECT s.id, s.app_id, s.campaign_id, s.mode,"
	    " s.created, s.total, s.answered, s.done, s.cancelled"
	    PLATFORMS(AND_COUNTERS) ","
	    " s.scheduled, s.removed, s.inactive FROM push_send s"
	    " WHERE s.id = ?"),
	/* A row if there is any stored message, of any send. */
	STATEMENT(SQL_SEND_STORES,
	    .columns = 1, .index = "push_message.PRIMARY",
	    .text = "SELECT id FROM push_message ORDER BY id LIMIT 1"),
	/* List of sends; a row's first column is a place in the list. */
	STATEMENT(SQL_SEND_ACCOUNTS,
	    .params = "list", .columns = 3 + 4 * PLATFORM__COUNT,
	    .index = "s.PRIMARY",
	    .text =
	    "SELECT j.place, s.total, s.answered" PLATFORMS(AND_COUNTERS)
	    " FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY,"
	    " id BIGINT UNSIGNED PATH '$')) j"
	    " STRAIGHT_JOIN push_send s ON s.id = j.id"),
	/* Each send stands in the list once. */
	STATEMENT(SQL_SEND_COUNT,
	    .params = "list", .index = "s.PRIMARY",
	    .text =
	    "UPDATE push_send s JOIN " COUNTS_OF_LIST " j" ADD_COUNTS),
	/* The same for a row each: for a few rows it costs less. */
	STATEMENT(SQL_SEND_COUNT_ONE,
	    .params = "answered,done" PLATFORMS(PARAM_ENDED)
	    ",removed,inactive,dropped,send",
	    .index = "push_send.PRIMARY",
	    .text =
	    "UPDATE push_send SET answered = LEAST(total, answered + ?),"
	    " done = done + ?" PLATFORMS(ADD_MARKS_ENDED) ","
	    " removed = removed + ?, inactive = inactive + ?,"
	    " dropped = dropped + ?"
	    " WHERE id = ?"),
	/* To be added later, by the steward of the run. No row is written
	 * twice, so that the nodes of a cluster refuse none. */
	STATEMENT(SQL_SEND_DELTA_ADD,
	    .params = "send,counts",
	    .text =
	    "INSERT INTO push_send_delta (send_id, counts) VALUES (?, ?)"),
	STATEMENT(SQL_SEND_DELTAS,
	    .params = "shards", .columns = 2,
	    .text =
	    "SELECT id, counts FROM push_send_delta WHERE"
	    " " OF_SHARDS("send_id")
	    " ORDER BY id LIMIT " NUMBER(SQL_DELTAS_FOLDED)),
	/* As SQL_SEND_COUNT; a send may stand there several times. */
	STATEMENT(SQL_SEND_FOLD,
	    .params = "list", .index = "s.PRIMARY",
	    .text =
	    "UPDATE (SELECT x.id, SUM(x.answered) AS answered,"
	    " SUM(x.done) AS done" PLATFORMS(SUM_ENDED) ","
	    " SUM(x.removed) AS removed, SUM(x.inactive) AS inactive,"
	    " SUM(x.dropped) AS dropped FROM " COUNTS_OF_LIST " x"
	    " GROUP BY x.id) j STRAIGHT_JOIN push_send s" ADD_COUNTS),
	/* List of ids. */
	STATEMENT(SQL_SEND_DELTA_DELETE,
	    .params = "list",
	    .text =
	    "DELETE d FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT UNSIGNED PATH '$')) j"
	    " STRAIGHT_JOIN push_send_delta d ON d.id = j.id"),
	/* List of [send, users no longer scheduled, failed, [[total, failed]
	 * of each platform]]: to add. */
	STATEMENT(SQL_SEND_DUE,
	    .params = "list", .index = "s.PRIMARY",
	    .text =
	    "UPDATE push_send s JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT UNSIGNED PATH '$[0]', users INT PATH '$[1]',"
	    " failed INT PATH '$[2]'" PLATFORMS(BEGUN_IN_JSON) ")) j"
	    " ON s.id = j.id SET s.scheduled = s.scheduled - j.users,"
	    " s.total = s.total" PLATFORMS(PLUS_BEGUN) ","
	    " s.answered = s.answered + j.failed, s.done = s.done + j.failed"
	    PLATFORMS(ADD_BEGUN)),
	/* To add. */
	STATEMENT(SQL_SEND_GROW,
	    .params = "failed,failed,apns_failed" PLATFORMS(PARAM_TOTAL)
	    ",send",
	    .index = "push_send.PRIMARY",
	    .text =
	    "UPDATE push_send SET answered = answered + ?, done = done + ?,"
	    " apns_failed = apns_failed + ?" PLATFORMS(ADD_TOTAL) ","
	    " total = 0" PLATFORMS(PLUS_TOTAL) " WHERE id = ?"),
	STATEMENT(SQL_SEND_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_send.push_send_created,b.push_outbox_body_send",
	    .text = COUNT_OLD("push_send", SEND_OLD)),
	STATEMENT(SQL_SEND_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_send.push_send_created,b.push_outbox_body_send",
	    .text = PURGE_OLD("push_send", "created", SEND_OLD)),

	/* --- cancelling sends ------------------------------------- */
	STATEMENT(SQL_SEND_CANCEL,
	    .params = "send", .index = "push_send.PRIMARY",
	    .text =
	    "UPDATE push_send SET cancelled = COALESCE(cancelled, " NOW ")"
	    " WHERE id = ? AND" SEND_WAITS("push_send")),
	STATEMENT(SQL_SEND_CANCELLED,
	    .columns = 1, .index = "push_send.push_send_cancelled",
	    .text =
	    "SELECT id FROM push_send WHERE cancelled IS NOT NULL"
	    " AND" SEND_WAITS("push_send") " ORDER BY id"
	    " LIMIT " NUMBER(SQL_SENDS_CANCELLED)),
	/* A portion of the application's sends that have rows in the shard
	 * and an id below the given one. */
	STATEMENT(SQL_SEND_CANCEL_APP,
	    .params = "shard,app,before_send",
	    .index = "q.PRIMARY,c.PRIMARY|c.push_send_cancelled,s.PRIMARY",
	    .text =
	    "UPDATE (SELECT DISTINCT q.send_id"
	    " FROM push_outbox q JOIN push_send c ON c.id = q.send_id"
	    " WHERE q.shard = ? AND q.app_id = ? AND q.send_id < ?"
	    " AND c.cancelled IS NULL LIMIT 2000) x"
	    " STRAIGHT_JOIN push_send s ON s.id = x.send_id"
	    " SET s.cancelled = " NOW " WHERE s.cancelled IS NULL"
	    " AND" SEND_WAITS("s")),
	/* The number of an application's cancelled sends that are not
	 * finished, and the number of their rows. */
	STATEMENT(SQL_SEND_DROPPING,
	    .params = "app", .columns = 2,
	    .index = "push_send.push_send_cancelled",
	    .text =
	    "SELECT COUNT(*),"
	    " CAST(COALESCE(SUM(total - done + scheduled), 0) AS UNSIGNED)"
	    " FROM push_send WHERE app_id = ? AND cancelled IS NOT NULL"
	    " AND" SEND_WAITS("push_send")),
	/* The (few) rows of the send in the shard that are not due yet. They
	 * become due when every sendd has read the list of cancelled sends.
	 * in_ms: SQL_SOON_MS at least, as sooner.h has it. */
	STATEMENT(SQL_OUTBOX_MAKE_DUE,
	    .params = "shard,in_ms,send", .index = "push_outbox.PRIMARY",
	    .text =
	    "UPDATE push_outbox SET due = " SOON " WHERE shard = ?"
	    " AND lane = 0 AND due > " AFTER_MS("?") " AND send_id = ?"),
	/* The same for all cancelled sends of an application: a portion. */
	STATEMENT(SQL_OUTBOX_MAKE_DUE_APP,
	    .params = "shard,in_ms,app",
	    .index = "push_outbox.PRIMARY,s.PRIMARY",
	    .text =
	    "UPDATE push_outbox SET due = " SOON " WHERE shard = ?"
	    " AND lane IN (0, 1) AND due > " AFTER_MS("?") " AND app_id = ?"
	    " AND EXISTS (SELECT 1 FROM push_send s"
	    " WHERE s.id = push_outbox.send_id"
	    " AND s.cancelled IS NOT NULL)"
	    " ORDER BY shard, lane, due, id"
	    " LIMIT " NUMBER(SQL_ROWS_RECALLED)),

	/* --- idempotency keys ------------------------------------- */
	STATEMENT(SQL_IDEMPOTENCY_PUT,
	    .params = "name,request,send,refused",
	    .text =
	    "INSERT INTO push_idempotency (name, request, send_id, refused,"
	    " created) VALUES (?, ?, ?, ?, " NOW ")"),
	STATEMENT(SQL_IDEMPOTENCY_BY_NAME,
	    .params = "name", .columns = 3,
	    .index = "push_idempotency.PRIMARY",
	    .text =
	    "SELECT request, send_id, refused FROM push_idempotency"
	    " WHERE name = ? AND created > " NOW " - INTERVAL 1 DAY"),
	/* An expired key that was not purged yet. */
	STATEMENT(SQL_IDEMPOTENCY_FORGET,
	    .params = "name", .index = "push_idempotency.PRIMARY",
	    .text =
	    "DELETE FROM push_idempotency WHERE name = ?"
	    " AND created <= " NOW " - INTERVAL 1 DAY"),
	STATEMENT(SQL_IDEMPOTENCY_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_idempotency.push_idempotency_created",
	    .text = COUNT_OLD("push_idempotency", BEFORE_AGE("created"))),
	STATEMENT(SQL_IDEMPOTENCY_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_idempotency.push_idempotency_created",
	    .text =
	    PURGE_OLD("push_idempotency", "created", BEFORE_AGE("created"))),

	/* --- the outbox ------------------------------------------- */
	/* For many rows at once (db_exec_rows). With a body, or with null and
	 * the id of one that rows share. due_ms NULL: at once, by the clock of
	 * the database. */
	STATEMENT(SQL_OUTBOX_ADD,
	    .params = "due_ms,send,app,shard,id,body_id,device,platform,"
	    "environment,token,body,generation,personal,user_id",
	    .text =
	    "INSERT INTO push_outbox (lane, due, send_id, app_id, shard, id,"
	    " body_id, device_id, platform, environment, token, body,"
	    " generation, personal, user_id)"
	    " VALUES (0, COALESCE(" AT_MS("?") ", " DUE_AT_ONCE "),"
	    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
	/* Rows of users, likewise. */
	STATEMENT(SQL_OUTBOX_SCHEDULE,
	    .params = "send,app,shard,id,body_id,due_in_ms,user_id,"
	    "activation_id,personal",
	    .text =
	    "INSERT INTO push_outbox (lane, device_id, platform, environment,"
	    " token, send_id, app_id, shard, id, body_id, due, user_id,"
	    " activation_id, personal) VALUES (0, 0,"
	    " " NUMBER(SQL_PLATFORM_USER) ", 0, '', ?, ?, ?, ?, ?,"
	    " " AFTER_MS("?") ", ?, ?, ?)"),
	/* List of row keys. The rows that still exist, locked together with
	 * their sends; bodies: each with its body. */
	STATEMENT(SQL_OUTBOX_DUE,
	    .params = "bodies,list", .columns = 12,
	    .index = "q.PRIMARY,s.PRIMARY,b.PRIMARY",
	    .text =
	    "SELECT q.id, q.shard, q.send_id, q.body_id, q.app_id, q.user_id,"
	    " q.activation_id, q.personal,"
	    " s.id IS NULL OR s.cancelled IS NOT NULL,"
	    " IF(?, b.body, NULL), j.lane, j.due_ms FROM" ROWS_OF_LIST("")
	    " LEFT JOIN push_send s ON s.id = q.send_id"
	    " LEFT JOIN push_outbox_body b ON b.id = q.body_id"
	    " ORDER BY q.send_id, q.id FOR UPDATE"),
	STATEMENT(SQL_OUTBOX_BODY_ADD,
	    .params = "body_id,send,body",
	    .text =
	    "INSERT INTO push_outbox_body (id, send_id, body)"
	    " VALUES (?, ?, ?)"),
	/* List of ids. */
	STATEMENT(SQL_OUTBOX_BODIES,
	    .params = "list", .columns = 2, .index = "b.PRIMARY",
	    .text =
	    "SELECT b.id, b.body FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT UNSIGNED PATH '$')) j"
	    " STRAIGHT_JOIN push_outbox_body b ON b.id = j.id"),
	/* The bodies of finished sends. */
	STATEMENT(SQL_OUTBOX_BODY_OLD,
	    .params = "age_ms,body_id", .columns = 4,
	    .index = "b.PRIMARY,s.PRIMARY,c.push_campaign_state",
	    .text = FIND_OLD("push_outbox_body b", "b.id", BODY_OLD)),
	STATEMENT(SQL_OUTBOX_BODY_PURGE,
	    .params = "list,age_ms",
	    .index = "b.PRIMARY,s.PRIMARY,c.push_campaign_state",
	    .text =
	    "DELETE b FROM " OLD_LISTED("BIGINT UNSIGNED")
	    "push_outbox_body b ON b.id = j.k WHERE " BODY_OLD),
	/* List of [shard, lane]. The positions of the lanes that have due rows,
	 * from 1. Only the first row of each lane is read: with EXISTS, MariaDB
	 * may read the whole table, and by statistics of an earlier moment also
	 * without, unless the index is forced. */
	STATEMENT(SQL_OUTBOX_LANES,
	    .params = "list", .columns = 1, .index = "q.PRIMARY",
	    .text =
	    "SELECT j.n FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,"
	    " shard TINYINT UNSIGNED PATH '$[0]',"
	    " lane TINYINT UNSIGNED PATH '$[1]')) j"
	    " WHERE (SELECT q.due FROM push_outbox q FORCE INDEX (PRIMARY)"
	    " WHERE q.shard = j.shard AND q.lane = j.lane"
	    " ORDER BY q.due LIMIT 1) <= " NOW),
	/* Rows due by database time, in key order behind a cursor, each with
	 * the present state of its device. The device's token is null where
	 * it equals the row's. */
	STATEMENT(SQL_OUTBOX_READ,
	    .params = "shard,lane,due_ms,id,due_ms,limit", .columns = 20,
	    .index = "q.PRIMARY,d.PRIMARY",
	    .text =
	    READ_DUE(" AND q.due <= " NOW)),
	/* The same from the start: MariaDB plans at each execution, and
	 * without a cursor that takes less time. */
	STATEMENT(SQL_OUTBOX_READ_FIRST,
	    .params = "shard,lane,limit", .columns = 20,
	    .index = "q.PRIMARY,d.PRIMARY",
	    .text =
	    READ_OF("q.user_id") " AND q.due <= " NOW READ_ORDER),
	/* The same of campaigns, with the user whose device it is, unless the
	 * device has become another user's. */
	STATEMENT(SQL_OUTBOX_READ_USERS,
	    .params = "shard,lane,due_ms,id,due_ms,limit", .columns = 20,
	    .index = "q.PRIMARY,d.PRIMARY",
	    .text =
	    READ_DUE_OF("IF(d.generation = q.generation, d.user_id, NULL)",
		" AND q.due <= " NOW)),
	/* The same of one send. */
	STATEMENT(SQL_OUTBOX_READ_SEND,
	    .params = "shard,lane,due_ms,id,due_ms,send,send,limit",
	    .columns = 20, .index = "q.PRIMARY,d.PRIMARY",
	    .text =
	    READ_DUE(" AND q.due <= " NOW OF_SEND)),
	/* The shards in which rows of a send are due. */
	STATEMENT(SQL_OUTBOX_SHARDS_OF,
	    .params = "send,send", .columns = 1, .index = "q.PRIMARY",
	    .text =
	    "SELECT DISTINCT s.shard FROM push_shard s STRAIGHT_JOIN"
	    " push_outbox q ON q.shard = s.shard AND q.lane = 0"
	    " AND q.due <= " NOW OF_SEND),
	/* Due rows, from the beginning and without arithmetic on times: it
	 * finds rows that a defect of SQL_OUTBOX_READ would skip. */
	STATEMENT(SQL_OUTBOX_OLDEST,
	    .params = "shard,lane,limit", .columns = 3,
	    .index = "push_outbox.PRIMARY",
	    .text =
	    "SELECT id, CAST(due AS CHAR), platform FROM push_outbox"
	    " WHERE shard = ? AND lane = ? AND due <= " NOW
	    " ORDER BY shard, lane, due, id LIMIT ?"),
	/* List of row keys: the rows that still exist. */
	STATEMENT(SQL_OUTBOX_PRESENT,
	    .params = "list", .columns = 1, .index = "q.PRIMARY",
	    .text =
	    "SELECT q.id FROM" ROWS_OF_LIST("") " FOR UPDATE"),
	/* List of row keys. */
	STATEMENT(SQL_OUTBOX_DELETE,
	    .params = "list", .index = "q.PRIMARY",
	    .text =
	    "DELETE q FROM" ROWS_OF_LIST("")),
	STATEMENT(SQL_OUTBOX_DELETE_ONE,
	    .params = "shard,lane,due_ms,id", .index = "push_outbox.PRIMARY",
	    .text =
	    "DELETE FROM push_outbox WHERE shard = ? AND lane = ?"
	    " AND due = " AT_MS("?") " AND id = ?"),
	/* A run of rows, as db/key_runs.h has it: no other row is deleted. With
	 * the limit, the row behind the run is not read: somebody else may have
	 * locked it. */
	STATEMENT(SQL_OUTBOX_DELETE_RUN,
	    .params = "shard,lane,due_ms,id,last_id,id,step,limit",
	    .index = "push_outbox.PRIMARY",
	    .text =
	    "DELETE FROM push_outbox WHERE shard = ? AND lane = ?"
	    " AND due = " AT_MS("?") " AND id BETWEEN ? AND ?"
	    " AND (id - ?) % ? = 0 LIMIT ?"),
	/* List of [row key, pause ms, tries used up, reason]. */
	STATEMENT(SQL_OUTBOX_DEFER,
	    .params = "list", .index = "q.PRIMARY",
	    .text =
	    "UPDATE" ROWS_OF_LIST(", pause BIGINT PATH '$[4]',"
	    " tries INT PATH '$[5]', reason " TEXT(200) " PATH '$[6]'")
	    " SET q.due = " AFTER_MS("j.pause") ","
	    " q.attempts = q.attempts + j.tries,"
	    " q.reason = LEFT(j.reason, 80)"),
	/* in_ms: from now; the second one SQL_SOON_MS at least, as sooner.h
	 * has it. any_app and any_platform null: all. The id of a row has the
	 * time of its first try: a row that waits for that time (sendAt) is
	 * due then, and stays; a row that is held is due later. A portion, in
	 * key order. */
	STATEMENT(SQL_OUTBOX_RETRY,
	    .params = "in_ms,shard,in_ms,any_app,any_app,any_platform,"
	    "any_platform",
	    .index = "push_outbox.PRIMARY",
	    .text =
	    "UPDATE push_outbox SET due = " AFTER_MS("?") " WHERE shard = ?"
	    " AND lane IN (0, 1) AND due > " AFTER_MS("?")
	    " AND (attempts > 0 OR (" ID_SECOND("id") " * 1000 <= " MS(NOW)
	    " AND " MS("due") " > " ID_SECOND("id") " * 1000 + 5000))"
	    " AND (? IS NULL OR app_id = ?) AND (? IS NULL OR platform = ?)"
	    " ORDER BY shard, lane, due, id LIMIT " NUMBER(SQL_ROWS_RETRIED)),
	STATEMENT(SQL_OUTBOX_DEPTH,
	    .columns = 8,
	    .text =
	    "SELECT COALESCE(a.app_id, '?'), q.platform, q.lane,"
	    DEPTH_COLUMNS " FROM push_outbox q"
	    " LEFT JOIN push_app_credentials a ON a.id = q.app_id"
	    " GROUP BY q.app_id, q.platform, q.lane"
	    " ORDER BY 1, 2, 3"),
	/* The same of the first rows of each lane of each shard; the last
	 * column is the shard. */
	STATEMENT(SQL_OUTBOX_DEPTH_FIRST,
	    .columns = 9, .index = "push_outbox.PRIMARY",
	    .text =
	    "SELECT COALESCE(a.app_id, '?'), q.platform, q.lane,"
	    DEPTH_COLUMNS ", q.shard FROM (SELECT shard, lane, due, id,"
	    " app_id, platform, attempts, reason FROM push_outbox WHERE FALSE"
	    EACH_SHARD(DEPTH_OF_SHARD) ") q"
	    " LEFT JOIN push_app_credentials a ON a.id = q.app_id"
	    " GROUP BY q.app_id, q.platform, q.lane, q.shard"
	    " ORDER BY 1, 2, 3"),
	STATEMENT(SQL_OUTBOX_IS_LONG,
	    .columns = 1,
	    .text =
	    "SELECT COUNT(*) >= " NUMBER(SQL_DEPTH_ROWS) " FROM (SELECT 1"
	    " FROM push_outbox LIMIT " NUMBER(SQL_DEPTH_ROWS) ") x"),
	/* What waits, for people; any_user and any_send null: all. */
	STATEMENT(SQL_OUTBOX_WAITING,
	    .params = "any_user_id,any_user_id,any_send,any_send,limit",
	    .columns = 12, .index = "s.PRIMARY",
	    .text =
	    "SELECT q.id, q.send_id, q.app_id, COALESCE(a.app_id, '?'),"
	    " q.device_id, q.platform, q.lane, q.attempts, q.user_id,"
	    " q.reason, " MS(DUE_TOLD) ", s.cancelled IS NOT NULL"
	    " FROM push_outbox q LEFT JOIN push_send s ON s.id = q.send_id"
	    " LEFT JOIN push_app_credentials a ON a.id = q.app_id"
	    " WHERE (? IS NULL OR q.user_id = ?)"
	    " AND (? IS NULL OR q.send_id = ?)"
	    " ORDER BY q.shard, q.lane, q.due, q.id LIMIT ?"),

	/* --- messages, when stored -------------------------------- */
	/* For many rows at once. A message that is refused is finished. */
	STATEMENT(SQL_MESSAGE_ADD,
	    .params = "user_id,activation_id,silent,personal,body,send,id,"
	    "device,platform,status,state,reason,status",
	    .text =
	    "INSERT INTO push_message (user_id, activation_id, is_silent,"
	    " is_personal, message_body, send_id, id,"
	    " device_registration_id, platform, status, state, reason,"
	    " timestamp_created, timestamp_finished)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " NOW ","
	    " IF(? = 0, NULL, " NOW "))"),
	/* List of [id, status, state, tries, provider's id, reason]. */
	STATEMENT(SQL_MESSAGE_FINISH,
	    .params = "list", .index = "m.PRIMARY",
	    .text =
	    "UPDATE push_message m JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT PATH '$[0]', status INT PATH '$[1]',"
	    " state " TEXT(16) " PATH '$[2]', tries INT PATH '$[3]',"
	    " provider_id " TEXT(64) " PATH '$[4]',"
	    " reason " TEXT(80) " PATH '$[5]')) j ON m.id = j.id"
	    " SET m.status = j.status, m.state = j.state, m.tries = j.tries,"
	    " m.provider_id = COALESCE(j.provider_id, m.provider_id),"
	    " m.reason = j.reason,"
	    " m.timestamp_finished = IF(j.status = 0, NULL, " NOW ")"),
	/* The same list and [..., device, send, platform]: the messages of a
	 * campaign are written with their first outcome, not when they are
	 * queued. */
	STATEMENT(SQL_MESSAGE_OF_CAMPAIGN,
	    .params = "list", .index = "s.PRIMARY,c.PRIMARY,d.PRIMARY",
	    .text =
	    "INSERT INTO push_message (id, device_registration_id, user_id,"
	    " activation_id, message_body, timestamp_created, send_id,"
	    " platform, status, state, tries, provider_id, reason,"
	    " timestamp_finished) SELECT j.id, j.device, d.user_id,"
	    " d.activation_id, c.message, s.created, s.id, j.platform,"
	    " j.status, j.state, j.tries, j.provider_id, j.reason,"
	    " IF(j.status = 0, NULL, " NOW ") FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$[0]',"
	    " status INT PATH '$[1]', state " TEXT(16) " PATH '$[2]',"
	    " tries INT PATH '$[3]', provider_id " TEXT(64) " PATH '$[4]',"
	    " reason " TEXT(80) " PATH '$[5]', device BIGINT PATH '$[6]',"
	    " send BIGINT UNSIGNED PATH '$[7]',"
	    " platform TINYINT UNSIGNED PATH '$[8]')) j"
	    " JOIN push_send s ON s.id = j.send"
	    " JOIN push_campaign c ON c.id = s.campaign_id"
	    " LEFT JOIN push_device_registration d ON d.id = j.device"
	    " ON DUPLICATE KEY UPDATE status = VALUES(status),"
	    " state = VALUES(state), tries = VALUES(tries),"
	    " provider_id = VALUES(provider_id), reason = VALUES(reason),"
	    " timestamp_finished = VALUES(timestamp_finished)"),
	/* One more than STORED_LIST_MAX. */
	STATEMENT(SQL_MESSAGE_BY_SEND,
	    .params = "send", .columns = 10, .index = "m.push_message_send",
	    .text =
	    "SELECT m.id, m.device_registration_id, m.user_id, m.platform,"
	    " m.state, m.tries, m.provider_id, m.reason,"
	    " " MS("m.timestamp_created") ", " MS("m.timestamp_finished")
	    " FROM push_message m WHERE m.send_id = ? ORDER BY m.id"
	    " LIMIT " NUMBER(SQL_MESSAGES_LISTED)),
	STATEMENT(SQL_MESSAGE_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_message.push_message_created",
	    .text =
	    COUNT_OLD("push_message", BEFORE_AGE("timestamp_created"))),
	STATEMENT(SQL_MESSAGE_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_message.push_message_created",
	    .text =
	    PURGE_OLD("push_message", "timestamp_created",
		BEFORE_AGE("timestamp_created"))),

	/* --- the history of messages ------------------------------ */
	/* A row for each outcome of a row of the outbox, bound as arrays. Rows
	 * that an earlier release has queued have no user. */
	STATEMENT(SQL_HISTORY_ADD,
	    .params = "id,device,user_id,send,app,platform,outcome,tries,"
	    "reason",
	    .text =
	    "INSERT INTO push_history (finished, id, device_id, user_id,"
	    " send_id, app_id, platform, outcome, tries, reason)"
	    " VALUES (" NOW ", ?, ?, ?, ?, ?, ?, ?, ?, LEFT(?, 80))"),
	STATEMENT(SQL_HISTORY_REFUSED,
	    .params = "id,device,user_id,send,app,platform,outcome,reason",
	    .text =
	    "INSERT INTO push_history (finished, id, device_id, user_id,"
	    " send_id, app_id, platform, outcome, reason, tries)"
	    " VALUES (" NOW ", ?, ?, ?, ?, ?, ?, ?, ?, 0)"),
	/* The user has no device that a message goes to: a row for each one in
	 * quarantine, or one that says that there is none. */
	STATEMENT(SQL_HISTORY_NOBODY,
	    .params = "id,user_id,send,app,no_platform,in_quarantine,none,"
	    "user_id,app",
	    .index = "d.push_device_user_app",
	    .text =
	    "INSERT INTO push_history (finished, id, device_id, user_id,"
	    " send_id, app_id, platform, outcome, tries, reason)"
	    " SELECT " NOW ", ?, COALESCE(d.id, 0), ?, ?, ?,"
	    " COALESCE(" RUN_PLATFORM ", ?),"
	    " IF(d.id IS NOT NULL, ?, ?), 0, d.gone_reason"
	    " FROM (SELECT 1 AS n) one LEFT JOIN push_device_registration d"
	    " ON d.user_id = ? AND d.app_id = ? AND d.gone_at IS NOT NULL"
	    " LIMIT " NUMBER(SQL_HISTORY_QUARANTINED)),
	STATEMENT(SQL_HISTORY_OF_USER,
	    .params = "user_id,since_ms,limit,offset", .columns = 10,
	    .index = "h.push_history_user",
	    .text =
	    "SELECT" HISTORY_COLUMNS " FROM push_history h"
	    " LEFT JOIN push_app_credentials a ON a.id = h.app_id"
	    " WHERE h.user_id = ? AND h.finished >= " AT_MS("?")
	    " ORDER BY h.finished DESC, h.id DESC LIMIT ? OFFSET ?"),
	STATEMENT(SQL_HISTORY_OF_SEND,
	    .params = "send,limit,offset", .columns = 10,
	    .index = "h.push_history_send",
	    .text =
	    "SELECT" HISTORY_COLUMNS " FROM push_history h"
	    " LEFT JOIN push_app_credentials a ON a.id = h.app_id"
	    " WHERE h.send_id = ?"
	    " ORDER BY h.finished DESC, h.id DESC LIMIT ? OFFSET ?"),
	STATEMENT(SQL_HISTORY_DEVICES,
	    .params = "send,sent,limit", .columns = 6,
	    .index = "push_history.push_history_send",
	    .text =
	    "SELECT device_id, user_id, platform, outcome, tries, reason"
	    " FROM push_history WHERE send_id = ? AND device_id <> 0"
	    " AND (? OR outcome <> " NUMBER(SQL_HISTORY_SENT) ")"
	    " LIMIT ?"),
	STATEMENT(SQL_HISTORY_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_history.PRIMARY",
	    .text = COUNT_OLD("push_history", BEFORE_AGE("finished"))),
	STATEMENT(SQL_HISTORY_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_history.PRIMARY",
	    .text =
	    PURGE_OLD("push_history", "finished", BEFORE_AGE("finished"))),

	/* --- shards and instances --------------------------------- */
	STATEMENT(SQL_SHARD_LIST,
	    .columns = 8,
	    .text =
	    "SELECT shard, owner, epoch, incarnation, renewals, lease_ms,"
	    " " MS("lease_until") ", lease_until <= " NOW
	    " FROM push_shard ORDER BY shard"),
	/* The row must be as it was read: of several instances that try, one
	 * succeeds, and none when its owner has renewed the lease meanwhile.
	 * until_ms is that of a program of before version 18, which moves
	 * nothing else. */
	STATEMENT(SQL_SHARD_TAKE,
	    .params = "owner,incarnation,lease_ms,lease_ms,shard,epoch,"
	    "renewals,until_ms",
	    .index = "push_shard.PRIMARY",
	    .text =
	    "SET STATEMENT innodb_lock_wait_timeout = 0 FOR"
	    " UPDATE push_shard SET owner = ?, incarnation = ?,"
	    " epoch = epoch + 1, renewals = renewals + 1, lease_ms = ?,"
	    " lease_until = " AFTER_MS("?") " WHERE shard = ? AND epoch = ?"
	    " AND renewals = ? AND lease_until = " AT_MS("?")),
	/* List of [shard, epoch]. */
	STATEMENT(SQL_SHARD_RENEW,
	    .params = "lease_ms,list,incarnation", .index = "s.PRIMARY",
	    .text =
	    "UPDATE push_shard s JOIN"
	    " (SELECT CAST(? AS SIGNED) AS lease) l JOIN"
	    " JSON_TABLE(?, '$[*]' COLUMNS ("
	    " shard TINYINT UNSIGNED PATH '$[0]',"
	    " epoch BIGINT UNSIGNED PATH '$[1]')) j"
	    " ON s.shard = j.shard AND s.epoch = j.epoch"
	    " SET s.renewals = s.renewals + 1, s.lease_ms = l.lease,"
	    " s.lease_until = " AFTER_MS("l.lease")
	    " WHERE s.incarnation = ?"),
	STATEMENT(SQL_SHARD_RENEW_ONE,
	    .params = "lease_ms,lease_ms,shard,epoch,incarnation",
	    .index = "push_shard.PRIMARY",
	    .text =
	    "UPDATE push_shard SET renewals = renewals + 1, lease_ms = ?,"
	    " lease_until = " AFTER_MS("?")
	    " WHERE shard = ? AND epoch = ? AND incarnation = ?"),
	/* List of [shard, epoch]. Locks the rows until the transaction ends:
	 * whoever would change them waits, others that do this do not. Affects
	 * a row if there are so many; a variable takes it, so that no result is
	 * to be read. */
	STATEMENT(SQL_SHARD_HOLD,
	    .params = "list,incarnation,leases", .index = "s.PRIMARY",
	    .text =
	    "SELECT COUNT(*) INTO @held FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " shard TINYINT UNSIGNED PATH '$[0]',"
	    " epoch BIGINT UNSIGNED PATH '$[1]')) j"
	    " STRAIGHT_JOIN push_shard s"
	    " ON s.shard = j.shard AND s.epoch = j.epoch"
	    " WHERE s.incarnation = ? HAVING COUNT(*) = ?"
	    " LOCK IN SHARE MODE"),
	STATEMENT(SQL_SHARD_HOLD_ONE,
	    .params = "shard,epoch,incarnation", .index = "push_shard.PRIMARY",
	    .text =
	    "SELECT shard INTO @held FROM push_shard"
	    " WHERE shard = ? AND epoch = ? AND incarnation = ?"
	    " LOCK IN SHARE MODE"),
	/* List of [shard, epoch]. */
	STATEMENT(SQL_SHARD_FREE,
	    .params = "list,incarnation", .index = "s.PRIMARY",
	    .text =
	    "UPDATE push_shard s JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " shard TINYINT UNSIGNED PATH '$[0]',"
	    " epoch BIGINT UNSIGNED PATH '$[1]')) j"
	    " ON s.shard = j.shard AND s.epoch = j.epoch"
	    " SET s.owner = '', s.incarnation = 0,"
	    " s.lease_until = '2000-01-01' WHERE s.incarnation = ?"),
	/* Of the shards whose owner listens for other machines. */
	STATEMENT(SQL_SHARD_DOORBELLS,
	    .columns = 2, .index = "i.PRIMARY",
	    .text =
	    "SELECT s.shard, JSON_VALUE(i.figures, '$.doorbell')"
	    " FROM push_shard s STRAIGHT_JOIN push_instance i"
	    " ON i.name = s.owner"
	    " WHERE JSON_VALUE(i.figures, '$.doorbell') IS NOT NULL"),
	STATEMENT(SQL_SHARD_RING_KEYS,
	    .columns = 2, .index = "i.PRIMARY",
	    .text =
	    "SELECT s.shard, i.ring_key FROM push_shard s"
	    " STRAIGHT_JOIN push_instance i ON i.name = s.owner"
	    " WHERE i.incarnation = s.incarnation AND i.ring_key <> ''"),
	STATEMENT(SQL_INSTANCE_LOOK,
	    .params = "name", .columns = 4, .index = "push_instance.PRIMARY",
	    .text =
	    "SELECT incarnation, beats, host, pid FROM push_instance"
	    " WHERE name = ?"),
	STATEMENT(SQL_INSTANCE_ADD,
	    .params = "name,incarnation,host,pid,ring_key",
	    .text =
	    "INSERT INTO push_instance (name, incarnation, host, pid,"
	    " ring_key, started, seen, figures)"
	    " VALUES (?, ?, ?, ?, ?, " NOW ", " NOW ","
	    " '{\"starts\":1}')"),
	/* Of several incarnations that try, one succeeds. */
	STATEMENT(SQL_INSTANCE_CLAIM,
	    .params = "incarnation,host,pid,ring_key,name,old_incarnation",
	    .index = "push_instance.PRIMARY",
	    .text =
	    "UPDATE push_instance SET incarnation = ?, host = ?, pid = ?,"
	    " ring_key = ?,"
	    " started = " NOW ", seen = " NOW ", beats = beats + 1,"
	    " draining = 0, figures = JSON_OBJECT('starts', " STARTS " + 1)"
	    " WHERE name = ? AND incarnation = ?"),
	STATEMENT(SQL_INSTANCE_BEAT,
	    .params = "node,skew_ms,figures,name,incarnation",
	    .index = "push_instance.PRIMARY",
	    .text =
	    "UPDATE push_instance SET seen = " NOW ", beats = beats + 1,"
	    " node = ?, node_ms = " MS(NODE_NOW) ", skew_ms = ?,"
	    " figures = JSON_SET(?, '$.starts', " STARTS ")"
	    " WHERE name = ? AND incarnation = ?"),
	/* The heartbeats of those that have not ended: who reads them twice
	 * sees which of them move. */
	STATEMENT(SQL_INSTANCE_BEATS,
	    .columns = 6,
	    .text =
	    "SELECT incarnation, beats, draining, node_ms, node,"
	    " " MS(NODE_NOW)
	    " FROM push_instance"
	    " WHERE incarnation <> 0"
	    " ORDER BY seen DESC LIMIT " NUMBER(SQL_BEATS_READ)),
	/* The instances that were seen within a lease, without errands. */
	STATEMENT(SQL_INSTANCE_DAEMONS,
	    .params = "lease_ms", .columns = 1,
	    .text =
	    "SELECT COUNT(*) FROM push_instance WHERE seen > " AGO_MS("?")
	    " AND name NOT LIKE '%" SQL_ERRAND "%'"),
	STATEMENT(SQL_INSTANCE_LIST,
	    .columns = 9,
	    .text =
	    "SELECT i.name, " MS("i.started") ", " MS("i.seen") ","
	    " " MS(NOW) ", i.figures, (SELECT COUNT(*) FROM push_shard s"
	    " WHERE s.owner = i.name AND s.lease_until > " NOW "),"
	    " i.host, i.draining, i.incarnation <> 0 FROM push_instance i"
	    " ORDER BY i.name"),
	STATEMENT(SQL_INSTANCE_DRAIN,
	    .params = "draining,name", .index = "push_instance.PRIMARY",
	    .text = "UPDATE push_instance SET draining = ? WHERE name = ?"),
	/* From now on the instance is listed as last seen more than a lease
	 * ago, and its name is free. */
	STATEMENT(SQL_INSTANCE_LEAVE,
	    .params = "lease_ms,name,incarnation",
	    .index = "push_instance.PRIMARY",
	    .text =
	    "UPDATE push_instance SET incarnation = 0, seen ="
	    " " AGO_MS("? + 1") " WHERE name = ?"
	    " AND incarnation = ?"),
	STATEMENT(SQL_INSTANCE_OLD,
	    .params = "age_ms", .columns = 1,
	    .text = COUNT_OLD("push_instance", BEFORE_AGE("seen"))),
	STATEMENT(SQL_INSTANCE_PURGE,
	    .params = "from_ms,age_ms",
	    .text = PURGE_OLD("push_instance", "seen", BEFORE_AGE("seen"))),

	/* --- access tokens ---------------------------------------- */
	/* granted_s: seconds since 1970. */
	STATEMENT(SQL_ACCESS_TOKEN_PUT,
	    .params = "name,sealed,granted_s",
	    .text =
	    "INSERT INTO push_grant (name, token, granted)"
	    " VALUES (?, ?, " AT_MS("? * 1000") ") ON DUPLICATE KEY UPDATE"
	    " token = VALUES(token), granted = VALUES(granted)"),
	STATEMENT(SQL_ACCESS_TOKEN_BY_NAME,
	    .params = "name", .columns = 2, .index = "push_grant.PRIMARY",
	    .text =
	    "SELECT token, " MS("granted") " DIV 1000"
	    " FROM push_grant WHERE name = ?"),
	STATEMENT(SQL_ACCESS_TOKEN_LIST,
	    .columns = 2,
	    .text = "SELECT name, token FROM push_grant"),
	STATEMENT(SQL_ACCESS_TOKEN_OLD,
	    .params = "age_ms", .columns = 1,
	    .text = COUNT_OLD("push_grant", BEFORE_AGE("granted"))),
	STATEMENT(SQL_ACCESS_TOKEN_PURGE,
	    .params = "from_ms,age_ms",
	    .text =
	    PURGE_OLD("push_grant", "granted", BEFORE_AGE("granted"))),

	/* --- operator holds --------------------------------------- */
	STATEMENT(SQL_HOLD_LIST,
	    .columns = 6,
	    .text =
	    "SELECT h.app_id, h.platform, " MS("h.since") ", h.reason,"
	    " a.app_id, h.host FROM push_hold h"
	    " JOIN push_app_credentials a ON a.id = h.app_id"
	    " ORDER BY a.app_id, h.platform, h.host"),
	STATEMENT(SQL_HOLD_PUT,
	    .params = "app,platform,host,reason",
	    .text =
	    "INSERT INTO push_hold (app_id, platform, host, since, reason)"
	    " VALUES (?, ?, ?, " NOW ", ?) ON DUPLICATE KEY UPDATE"
	    " reason = VALUES(reason)"),
	/* HOLD_ALL removes all holds of the application. */
	STATEMENT(SQL_HOLD_REMOVE,
	    .params = "app,platform,platform,any_host,any_host",
	    .index = "push_hold.PRIMARY",
	    .text =
	    "DELETE FROM push_hold WHERE app_id = ?"
	    " AND (platform = ? OR ? = " NUMBER(SQL_PLATFORM_ALL) ")"
	    " AND (? IS NULL OR host = ?)"),

	/* --- credential status ------------------------------------ */
	/* List of [app, platform, environment, state, reason, ms until or
	 * null, accepted, suspects, gone, host]. since stays while the state
	 * does. */
	STATEMENT(SQL_CREDENTIAL_STATUS_PUT,
	    .params = "list,name,incarnation",
	    .text =
	    "INSERT INTO push_health (instance, since, seen, app_id,"
	    " platform, environment, state, reason, until, accepted,"
	    " suspects, gone, host)"
	    " SELECT i.name, " NOW ", " NOW ", j.app, j.platform,"
	    " j.environment, j.state, j.reason, " AFTER_MS("j.ms") ","
	    " j.accepted, j.suspects, j.gone, j.host"
	    " FROM JSON_TABLE(?, '$[*]'"
	    " COLUMNS (app BIGINT PATH '$[0]',"
	    " platform TINYINT UNSIGNED PATH '$[1]',"
	    " environment TINYINT UNSIGNED PATH '$[2]',"
	    " state " TEXT(16) " PATH '$[3]',"
	    " reason " TEXT(200) " PATH '$[4]',"
	    " ms BIGINT PATH '$[5]', accepted INT PATH '$[6]',"
	    " suspects INT PATH '$[7]', gone INT PATH '$[8]',"
	    " host " TEXT(253) " PATH '$[9]')) j"
	    " JOIN push_instance i ON i.name = ? AND i.incarnation = ?"
	    " ON DUPLICATE KEY UPDATE"
	    " since = IF(push_health.state = VALUES(state),"
	    " push_health.since, VALUES(since)),"
	    " state = VALUES(state), reason = VALUES(reason),"
	    " until = VALUES(until), seen = VALUES(seen),"
	    " accepted = VALUES(accepted), suspects = VALUES(suspects),"
	    " gone = VALUES(gone)"),
	/* Joined: the instance, if the row is of its present life. sendd
	 * forgets hosts, and writes again every ten minutes those that it
	 * has. */
	STATEMENT(SQL_CREDENTIAL_STATUS_LIST,
	    .columns = 13,
	    .text =
	    "SELECT a.app_id, h.platform, h.environment, h.instance, h.state,"
	    " h.reason, " MS("h.since") ", " MS("h.until") ","
	    " " MS("GREATEST(h.seen, IFNULL(i.seen, h.seen))") ","
	    " h.accepted, h.suspects, h.gone, h.host FROM push_health h"
	    " JOIN push_app_credentials a ON a.id = h.app_id"
	    " LEFT JOIN push_instance i ON i.name = h.instance"
	    " AND i.started <= h.seen"
	    " WHERE GREATEST(h.seen, IFNULL(i.seen, h.seen))"
	    " > " NOW " - INTERVAL 1 HOUR"
	    " AND (h.host = '' OR h.seen > " NOW " - INTERVAL 1 HOUR)"
	    " ORDER BY a.app_id, h.platform, h.host, h.environment,"
	    " h.instance"),
	STATEMENT(SQL_CREDENTIAL_STATUS_OLD,
	    .params = "age_ms", .columns = 1,
	    .text = COUNT_OLD("push_health", BEFORE_AGE("seen"))),
	STATEMENT(SQL_CREDENTIAL_STATUS_PURGE,
	    .params = "from_ms,age_ms",
	    .text = PURGE_OLD("push_health", "seen", BEFORE_AGE("seen"))),

	/* --- outcome counters ------------------------------------- */
	/* List of [app, platform, outcome, reason, n]. A new reason beyond
	 * COUNTER_REASONS counts as "other". */
	STATEMENT(SQL_COUNTER_ADD,
	    .params = "list",
	    .text =
	    "INSERT INTO push_counter (app_id, platform, outcome, reason, n)"
	    " SELECT j.app, j.platform, j.outcome, IF(EXISTS (SELECT 1"
	    " FROM push_counter c WHERE c.app_id = j.app"
	    " AND c.platform = j.platform AND c.outcome = j.outcome"
	    " AND c.reason = j.reason) OR (SELECT COUNT(*)"
	    " FROM push_counter c WHERE c.app_id = j.app"
	    " AND c.platform = j.platform) < " NUMBER(SQL_REASONS) ","
	    " j.reason, 'other'), j.n FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (app BIGINT PATH '$[0]',"
	    " platform TINYINT UNSIGNED PATH '$[1]',"
	    " outcome " TEXT(16) " PATH '$[2]',"
	    " reason " TEXT(80) " PATH '$[3]',"
	    " n BIGINT UNSIGNED PATH '$[4]')) j"
	    " ON DUPLICATE KEY UPDATE n = push_counter.n + VALUES(n)"),
	STATEMENT(SQL_COUNTER_LIST,
	    .columns = 5,
	    .text =
	    "SELECT a.app_id, c.platform, c.outcome, c.reason, c.n"
	    " FROM push_counter c"
	    " JOIN push_app_credentials a ON a.id = c.app_id"
	    " ORDER BY a.app_id, c.platform, c.outcome, c.reason"),
	STATEMENT(SQL_COUNTER_OWNERLESS,
	    .params = "app", .columns = 2,
	    .text =
	    NEXT_OWNERLESS("push_counter", "app_id", "push_app_credentials")),
	STATEMENT(SQL_COUNTER_PURGE,
	    .params = "app", .index = "push_counter.PRIMARY",
	    .text = "DELETE FROM push_counter WHERE app_id = ?"),

	/* --- counts of a minute ----------------------------------- */
	/* List of [platform, what, n], of the present minute. */
	STATEMENT(SQL_MINUTE_ADD,
	    .params = "list",
	    .text =
	    "INSERT INTO push_minute (minute, platform, what, n)"
	    " SELECT " NOW " - INTERVAL SECOND(" NOW ") * 1000000 +"
	    " MICROSECOND(" NOW ") MICROSECOND, j.platform, j.what, j.n FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS ("
	    " platform TINYINT UNSIGNED PATH '$[0]',"
	    " what TINYINT UNSIGNED PATH '$[1]',"
	    " n BIGINT UNSIGNED PATH '$[2]')) j"
	    " ON DUPLICATE KEY UPDATE n = push_minute.n + VALUES(n)"),
	/* Added up over steps, each by its begin. */
	STATEMENT(SQL_MINUTE_LIST,
	    .params = "step_ms,step_ms,since_ms", .columns = 4,
	    .index = "push_minute.PRIMARY",
	    .text =
	    "SELECT " MS("minute") " DIV ? * ?, platform, what, SUM(n)"
	    " FROM push_minute WHERE minute >= " AT_MS("?")
	    " GROUP BY 1, 2, 3"),
	STATEMENT(SQL_MINUTE_OLD,
	    .params = "age_ms", .columns = 1, .index = "push_minute.PRIMARY",
	    .text = COUNT_OLD("push_minute", BEFORE_AGE("minute"))),
	STATEMENT(SQL_MINUTE_PURGE,
	    .params = "from_ms,age_ms", .index = "push_minute.PRIMARY",
	    .text =
	    PURGE_OLD("push_minute", "minute", BEFORE_AGE("minute"))),

	/* --- live checks ------------------------------------------ */
	STATEMENT(SQL_LIVE_CHECK_ASK,
	    .params = "app",
	    .text =
	    "INSERT INTO push_check (app_id, asked) VALUES (?, " NOW ")"
	    " ON DUPLICATE KEY UPDATE asked = VALUES(asked), owner = NULL,"
	    " done = NULL, answer = NULL"),
	STATEMENT(SQL_LIVE_CHECK_ANSWER,
	    .params = "app", .columns = 1, .index = "push_check.PRIMARY",
	    .text =
	    "SELECT answer FROM push_check WHERE app_id = ?"
	    " AND done IS NOT NULL"),
	STATEMENT(SQL_LIVE_CHECK_TAKE,
	    .params = "owner",
	    .text =
	    "UPDATE push_check SET owner = ? WHERE owner IS NULL"
	    " AND done IS NULL AND asked > " NOW " - INTERVAL 30 SECOND"),
	STATEMENT(SQL_LIVE_CHECK_TAKEN,
	    .params = "owner", .columns = 1,
	    .text =
	    "SELECT app_id FROM push_check WHERE owner = ? AND done IS NULL"
	    " AND asked > " NOW " - INTERVAL 30 SECOND"),
	STATEMENT(SQL_LIVE_CHECK_DONE,
	    .params = "answer,app,owner", .index = "push_check.PRIMARY",
	    .text =
	    "UPDATE push_check SET done = " NOW ", answer = ?"
	    " WHERE app_id = ? AND owner = ?"),
	STATEMENT(SQL_LIVE_CHECK_OLD,
	    .params = "age_ms", .columns = 1,
	    .text = COUNT_OLD("push_check", BEFORE_AGE("asked"))),
	STATEMENT(SQL_LIVE_CHECK_PURGE,
	    .params = "from_ms,age_ms",
	    .text = PURGE_OLD("push_check", "asked", BEFORE_AGE("asked"))),

	/* --- integrations ----------------------------------------- */
	STATEMENT(SQL_INTEGRATION_ADD,
	    .params = "name,integration_token,hash,roles,apps",
	    .text =
	    "INSERT INTO push_integration (name, token, secret_hash, roles,"
	    " apps, created) VALUES (?, ?, ?, ?, ?, " NOW ")"),
	/* keep_ms: how long the old secret stays valid. */
	STATEMENT(SQL_INTEGRATION_ROTATE,
	    .params = "hash,keep_ms,name",
	    .index = "push_integration.push_integration_name",
	    .text =
	    "UPDATE push_integration SET old_hash = secret_hash,"
	    " secret_hash = ?, old_until = " AFTER_MS("?") " WHERE name = ?"),
	STATEMENT(SQL_INTEGRATION_REMOVE,
	    .params = "name",
	    .index = "push_integration.push_integration_name",
	    .text = "DELETE FROM push_integration WHERE name = ?"),
	STATEMENT(SQL_INTEGRATION_LIST,
	    .params = "key_text,key_text,limit,offset", .columns = 7,
	    .text =
	    "SELECT name, token, roles, apps, " MS("created") ","
	    " " MS("last_used") ", old_until > " NOW
	    " FROM push_integration WHERE " BEHIND("name")),
	STATEMENT(SQL_INTEGRATION_BY_TOKEN,
	    .params = "integration_token", .columns = 8,
	    .index = "i.push_integration_token",
	    .text = INTEGRATION " WHERE i.token = ?"),
	STATEMENT(SQL_INTEGRATION_BY_NAME,
	    .params = "name", .columns = 8,
	    .index = "i.push_integration_name",
	    .text = INTEGRATION " WHERE i.name = ?"),
	STATEMENT(SQL_INTEGRATION_USED,
	    .params = "integration", .index = "push_integration.PRIMARY",
	    .text =
	    "UPDATE push_integration SET last_used = " NOW " WHERE id = ?"),
	/* The integration stays until the transaction ends. */
	STATEMENT(SQL_INTEGRATION_LOCK,
	    .params = "integration", .columns = 1,
	    .index = "push_integration.PRIMARY",
	    .text =
	    "SELECT id FROM push_integration WHERE id = ?"
	    " LOCK IN SHARE MODE"),
	STATEMENT(SQL_INTEGRATION_OLD,
	    .params = "age_ms", .columns = 1,
	    .text =
	    COUNT_OLD("push_integration", INTEGRATION_OLD)),
	STATEMENT(SQL_INTEGRATION_PURGE,
	    .params = "from_ms,age_ms",
	    .text =
	    PURGE_OLD("push_integration", INTEGRATION_SEEN,
		INTEGRATION_OLD)),

	/* --- sessions of the console ------------------------------ */
	STATEMENT(SQL_SESSION_ADD,
	    .params = "session,integration,hash",
	    .text =
	    "INSERT INTO push_session (name, integration_id, secret_hash,"
	    " created, used) VALUES (?, ?, ?, " NOW ", " NOW ")"),
	/* The secret that opened it is still one of the integration's. */
	STATEMENT(SQL_SESSION_BY_NAME,
	    .params = "session", .columns = 10,
	    .index = "s.PRIMARY,i.PRIMARY",
	    .text =
	    "SELECT " INTEGRATION_COLUMNS ", " MS("s.created") " + "
	    NUMBER(SQL_SESSION_MS) ", s.used < " NOW " - INTERVAL 1 MINUTE"
	    " FROM push_session s"
	    " STRAIGHT_JOIN push_integration i ON i.id = s.integration_id"
	    " WHERE s.name = ? AND s.created > "
	    AGO_MS(NUMBER(SQL_SESSION_MS)) " AND s.used > "
	    AGO_MS(NUMBER(SQL_SESSION_IDLE_MS))
	    " AND (s.secret_hash = i.secret_hash"
	    " OR (s.secret_hash = i.old_hash AND i.old_until > " NOW "))"),
	STATEMENT(SQL_SESSION_USED,
	    .params = "session", .index = "push_session.PRIMARY",
	    .text = "UPDATE push_session SET used = " NOW " WHERE name = ?"),
	STATEMENT(SQL_SESSION_REMOVE,
	    .params = "session", .index = "push_session.PRIMARY",
	    .text = "DELETE FROM push_session WHERE name = ?"),
	STATEMENT(SQL_SESSION_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_session.push_session_created",
	    .text = COUNT_OLD("push_session", BEFORE_AGE("created"))),
	STATEMENT(SQL_SESSION_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_session.push_session_created",
	    .text =
	    PURGE_OLD("push_session", "created", BEFORE_AGE("created"))),
	/* In how many ms the slot of an address is empty, now that it is fuller
	 * by step_ms, and full at full_ms. */
	STATEMENT(SQL_WRONG_SECRET,
	    .params = "slot,step_ms,step_ms,full_ms",
	    .text =
	    "INSERT INTO push_throttle (slot, empty) VALUES (?,"
	    " " AFTER_MS("?") ") ON DUPLICATE KEY UPDATE empty = LEAST("
	    "GREATEST(empty, " NOW ") + INTERVAL (?) * 1000 MICROSECOND,"
	    " " AFTER_MS("?") ")"
	    " RETURNING " MS("empty") " - " MS(NOW)),

	/* --- the audit trail -------------------------------------- */
	STATEMENT(SQL_AUDIT_ADD,
	    .params = "who,source,action,object,detail,call_id",
	    .text =
	    "INSERT INTO push_audit (at, who, source, action, object, detail,"
	    " call_id) VALUES (" NOW ", ?, ?, ?, ?, ?, ?)"),
	/* any_who, any_action, any_object, any_person null: any. person: the
	 * name that a user has in the trail. Newest first, in the order of the
	 * primary key. */
	STATEMENT(SQL_AUDIT_LIST,
	    .params = "any_who,any_who,any_action,any_action,any_object,"
	    "any_object,any_person,any_person,any_person,since_ms,limit,"
	    "offset",
	    .columns = 8, .index = "push_audit.PRIMARY",
	    .text =
	    "SELECT id, " MS("at") ", who, source, action, object, detail,"
	    " call_id FROM push_audit WHERE (? IS NULL OR who = ?)"
	    " AND (? IS NULL OR action = ?) AND (? IS NULL OR object = ?)"
	    " AND (? IS NULL OR object = ? OR INSTR(detail, ?) > 0)"
	    " AND at >= " AT_MS("?")
	    " ORDER BY id DESC LIMIT ? OFFSET ?"),
	STATEMENT(SQL_AUDIT_OLD,
	    .params = "age_ms", .columns = 1,
	    .index = "push_audit.push_audit_at",
	    .text = COUNT_OLD("push_audit", BEFORE_AGE("at"))),
	/* The whole rows, for their export. */
	STATEMENT(SQL_AUDIT_PURGE,
	    .params = "from_ms,age_ms",
	    .index = "push_audit.push_audit_at",
	    .text =
	    PURGE_OLD("push_audit", "at", BEFORE_AGE("at"))
	    ", id, who, source, action, object, detail, call_id"),
	/* How many rows have the user as it is: those of earlier releases. */
	STATEMENT(SQL_AUDIT_PLAIN,
	    .params = "user_id", .columns = 1,
	    .text =
	    "SELECT COUNT(*) FROM push_audit"
	    " WHERE JSON_VALUE(detail, '$.user') = ?"),
	STATEMENT(SQL_AUDIT_KEY,
	    .columns = 1,
	    .text = "SELECT sealed FROM push_audit_key WHERE id = 1"),
	/* Of several that make it at once, the first has made it. */
	STATEMENT(SQL_AUDIT_KEY_ADD,
	    .params = "new_sealed",
	    .text =
	    "INSERT IGNORE INTO push_audit_key (id, sealed, created)"
	    " VALUES (1, ?, " NOW ")"),

	/* --- campaigns -------------------------------------------- */
	STATEMENT(SQL_CAMPAIGN_ADD,
	    .params = "app,message,everybody,who,who",
	    .text =
	    "INSERT INTO push_campaign (app_id, message, everybody, created_by,"
	    " changed_by, timestamp_created) VALUES (?, ?, ?, ?, ?, " NOW ")"),
	STATEMENT(SQL_CAMPAIGN_BY_ID,
	    .params = "campaign", .columns = 16, .index = "c.PRIMARY",
	    .text = "SELECT " CAMPAIGN_COLUMNS
	    " FROM push_campaign c WHERE c.id = ?"),
	/* any_sent null: whether or not it was sent. Of all applications, or of
	 * the given ones: what is not asked for would be a needless cost. */
	STATEMENT(SQL_CAMPAIGN_LIST,
	    .params = "any_sent,any_sent,key_id,key_id,limit,offset",
	    .columns = 4, .index = "c.PRIMARY|c.push_campaign_sent",
	    .text =
	    CAMPAIGN_LIST " WHERE (? IS NULL OR c.is_sent = ?)"
	    " AND " BEHIND("c.id")),
	/* The first page, sent or not: without conditions it costs a quarter
	 * less. */
	STATEMENT(SQL_CAMPAIGN_LIST_FIRST,
	    .params = "limit,offset", .columns = 4, .index = "c.PRIMARY",
	    .text =
	    CAMPAIGN_LIST " ORDER BY c.id LIMIT ? OFFSET ?"),
	STATEMENT(SQL_CAMPAIGN_LIST_OF,
	    .params = "any_sent,any_sent,apps,key_id,key_id,limit,offset",
	    .columns = 4, .index = "c.PRIMARY|c.push_campaign_sent,a.PRIMARY",
	    .text =
	    CAMPAIGN_LIST CAMPAIGN_APP
	    " WHERE (? IS NULL OR c.is_sent = ?)"
	    " AND " IN_APPS("a.app_id") " AND " BEHIND("c.id")),
	/* The newest first. */
	STATEMENT(SQL_CAMPAIGN_NEWEST,
	    .params = "any_sent,any_sent,key_id,key_id,limit,offset",
	    .columns = 4, .index = "c.PRIMARY|c.push_campaign_sent",
	    .text =
	    CAMPAIGN_LIST " WHERE (? IS NULL OR c.is_sent = ?)"
	    " AND " BELOW("c.id")),
	STATEMENT(SQL_CAMPAIGN_NEWEST_FIRST,
	    .params = "limit,offset", .columns = 4, .index = "c.PRIMARY",
	    .text =
	    CAMPAIGN_LIST " ORDER BY c.id DESC LIMIT ? OFFSET ?"),
	/* IS TRUE: as a join, MariaDB 11.8 would sort. */
	STATEMENT(SQL_CAMPAIGN_NEWEST_OF,
	    .params = "any_sent,any_sent,apps,key_id,key_id,limit,offset",
	    .columns = 4, .index = "c.PRIMARY|c.push_campaign_sent,a.PRIMARY",
	    .text =
	    CAMPAIGN_LIST CAMPAIGN_APP
	    " WHERE (? IS NULL OR c.is_sent = ?)"
	    " AND (" IN_APPS("a.app_id") ") IS TRUE AND " BELOW("c.id")),
	/* Not while its run goes on. */
	STATEMENT(SQL_CAMPAIGN_REMOVE,
	    .params = "campaign", .index = "push_campaign.PRIMARY",
	    .text =
	    "DELETE FROM push_campaign WHERE id = ?"
	    " AND state NOT IN ('queueing', 'sending', 'paused')"),
	/* The campaign stays as it is until the transaction ends. The column:
	 * is it noted already that who is named has changed it? */
	STATEMENT(SQL_CAMPAIGN_LOCK,
	    .params = "who,campaign", .columns = 1,
	    .index = "push_campaign.PRIMARY",
	    .text =
	    "SELECT changed_by <=> ? AND approved_by IS NULL"
	    " FROM push_campaign WHERE id = ? LOCK IN SHARE MODE"),
	STATEMENT(SQL_CAMPAIGN_TOUCH,
	    .params = "who,campaign", .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET changed_by = ?, approved_by = NULL,"
	    " approved = NULL WHERE id = ?"),
	/* By another than who has made or last changed it. */
	STATEMENT(SQL_CAMPAIGN_APPROVE,
	    .params = "who,campaign,who,who", .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET approved_by = ?, approved = " NOW
	    " WHERE id = ? AND NOT created_by <=> ? AND NOT changed_by <=> ?"),
	/* A user who is in the campaign already stays. Not INSERT ... SELECT:
	 * that keeps AUTO_INCREMENT locked until it ends. */
	STATEMENT(SQL_CAMPAIGN_USER_ADD,
	    .params = "campaign,user_id",
	    .text =
	    "INSERT INTO push_campaign_user (campaign_id, user_id,"
	    " timestamp_created) VALUES (?, ?, " NOW ")" OR_THE_SAME_USER),
	/* any_key_user null: from the first one. */
	STATEMENT(SQL_CAMPAIGN_USER_LIST,
	    .params = "campaign,any_key_user,any_key_user,limit,offset",
	    .columns = 1,
	    .index = "push_campaign_user.push_campaign_user_campaign",
	    .text =
	    "SELECT user_id FROM push_campaign_user WHERE campaign_id = ?"
	    " AND " BEHIND("user_id")),
	/* List of users. */
	STATEMENT(SQL_CAMPAIGN_USER_REMOVE,
	    .params = "list,campaign",
	    .index = "u.push_campaign_user_campaign",
	    .text =
	    "DELETE u FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " user_id " TEXT(255) " PATH '$')) j"
	    " STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = ?"
	    " AND u.user_id = j.user_id"),
	STATEMENT(SQL_CAMPAIGN_USER_PURGE,
	    .params = "campaign",
	    .index = "push_campaign_user.push_campaign_user_campaign",
	    .text =
	    "DELETE FROM push_campaign_user WHERE campaign_id = ?"
	    " LIMIT " NUMBER(SQL_USERS_PURGED)),
	STATEMENT(SQL_CAMPAIGN_OLD,
	    .params = "age_ms,campaign", .columns = 4, .index = "c.PRIMARY",
	    .text = FIND_OLD("push_campaign c", "c.id", CAMPAIGN_OLD)),
	STATEMENT(SQL_CAMPAIGN_PURGE,
	    .params = "list,age_ms", .index = "c.PRIMARY",
	    .text =
	    "DELETE c FROM " OLD_LISTED("BIGINT") "push_campaign c"
	    " ON c.id = j.k WHERE " CAMPAIGN_OLD),
	STATEMENT(SQL_CAMPAIGN_USER_OWNERLESS,
	    .params = "campaign", .columns = 2,
	    .index = "push_campaign_user.push_campaign_user_campaign,"
	    "r.push_campaign_user_campaign,w.PRIMARY",
	    .text =
	    NEXT_OWNERLESS("push_campaign_user", "campaign_id",
		"push_campaign")),
	STATEMENT(SQL_CAMPAIGN_DUPLICATE_OWNERLESS,
	    .params = "campaign", .columns = 2,
	    .index = "push_campaign_twin.PRIMARY,r.PRIMARY,w.PRIMARY",
	    .text =
	    NEXT_OWNERLESS("push_campaign_twin", "campaign_id",
		"push_campaign")),
	STATEMENT(SQL_CAMPAIGN_RUN_OWNERLESS,
	    .params = "campaign", .columns = 2,
	    .index = "push_campaign_run.push_campaign_run_campaign,"
	    "r.push_campaign_run_campaign,w.PRIMARY",
	    .text =
	    NEXT_OWNERLESS("push_campaign_run", "campaign_id",
		"push_campaign")),
	STATEMENT(SQL_CAMPAIGN_RUN_PURGE,
	    .params = "campaign",
	    .index = "push_campaign_run.push_campaign_run_campaign",
	    .text = "DELETE FROM push_campaign_run WHERE campaign_id = ?"),
	STATEMENT(SQL_CAMPAIGN_OUTCOME_OWNERLESS,
	    .params = "campaign", .columns = 2,
	    .index = "push_campaign_outcome.PRIMARY,r.PRIMARY,w.PRIMARY",
	    .text =
	    NEXT_OWNERLESS("push_campaign_outcome", "campaign_id",
		"push_campaign")),
	STATEMENT(SQL_CAMPAIGN_OUTCOME_PURGE,
	    .params = "campaign", .index = "push_campaign_outcome.PRIMARY",
	    .text = "DELETE FROM push_campaign_outcome WHERE campaign_id = ?"),

	/* --- one user of a campaign ------------------------------- */
	/* The last column: since when, of a campaign with users. */
	STATEMENT(SQL_CAMPAIGN_MEMBER,
	    .params = "user_id,campaign", .columns = 2,
	    .index = "c.PRIMARY,u.push_campaign_user_campaign",
	    .text =
	    "SELECT c.everybody OR u.id IS NOT NULL,"
	    " IF(c.everybody, NULL, " MS("u.timestamp_created") ")"
	    " FROM push_campaign c LEFT JOIN push_campaign_user u"
	    " ON u.campaign_id = c.id AND u.user_id = ? WHERE c.id = ?"),
	/* The last column: has another device its token, which the campaign
	 * reaches instead (RUN_CHOICE)? One that was registered after the run
	 * had begun it did not. */
	STATEMENT(SQL_CAMPAIGN_MEMBER_DEVICES,
	    .params = "development,development,development,user_id,campaign",
	    .columns = 7,
	    .index = "c.PRIMARY,d.push_device_user_app,t.push_device_twin,"
	    "u.push_campaign_user_campaign",
	    .text =
	    AUDIENCE_WHY ", d.id, " MS("d.timestamp_last_registered") ","
	    " " MS("d.gone_at") ", d.gone_reason,"
	    " EXISTS (SELECT 1 FROM push_device_registration t"
	    " FORCE INDEX (push_device_twin) WHERE t.app_id = d.app_id"
	    " AND t.token_hash = d.token_hash"
	    " AND t.push_token = d.push_token AND t.gone_at IS NULL"
	    " AND " RUN_PLATFORM_OF("t") " = " RUN_PLATFORM
	    " AND (t.environment <=> 'development', t.id)"
	    " < (d.environment <=> 'development', d.id)"
	    " AND (c.queue_end <= 0 OR t.id <= c.queue_end)"
	    " AND IF(c.everybody, t.is_active, EXISTS (SELECT 1"
	    " FROM push_campaign_user u WHERE u.campaign_id = c.id"
	    " AND u.user_id = t.user_id)))" RUN_CAMPAIGN
	    " STRAIGHT_JOIN push_device_registration d"
	    " FORCE INDEX (push_device_user_app) ON d.user_id = ?"
	    " AND d.app_id = a.id WHERE c.id = ? ORDER BY d.id"
	    " LIMIT " NUMBER(SQL_MEMBER_DEVICES)),
	STATEMENT(SQL_CAMPAIGN_MEMBER_HISTORY,
	    .params = "user_id,send", .columns = 4,
	    .index = "push_history.push_history_user",
	    .text =
	    "SELECT device_id, outcome, tries, reason FROM push_history"
	    " FORCE INDEX (push_history_user)"
	    " WHERE user_id = ? AND send_id = ?"
	    " LIMIT " NUMBER(SQL_MEMBER_DEVICES)),
	STATEMENT(SQL_CAMPAIGN_MEMBER_STORED,
	    .params = "user_id,send", .columns = 4,
	    .index = "push_message.push_message_user",
	    .text =
	    "SELECT device_registration_id, state, tries, reason"
	    " FROM push_message FORCE INDEX (push_message_user)"
	    " WHERE user_id = ? AND send_id = ?"
	    " LIMIT " NUMBER(SQL_MEMBER_DEVICES)),

	/* --- whom a campaign would reach -------------------------- */
	/* The devices of its users, by platform and by what keeps it from them;
	 * twins are not looked for. */
	STATEMENT(SQL_AUDIENCE_SMALL,
	    .params = "development,development,development,campaign",
	    .columns = 3,
	    .index = "c.PRIMARY,u.push_campaign_user_campaign,"
	    "d.push_device_user_app",
	    .text =
	    AUDIENCE_COUNTS
	    " STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = c.id"
	    " STRAIGHT_JOIN push_device_registration d"
	    " FORCE INDEX (push_device_user_app) ON d.user_id = u.user_id"
	    " AND d.app_id = a.id WHERE c.id = ?" AUDIENCE_BY),
	STATEMENT(SQL_AUDIENCE_LARGE,
	    .params = "development,development,development,campaign",
	    .columns = 3,
	    .index = "c.PRIMARY,d.PRIMARY,u.push_campaign_user_campaign",
	    .text =
	    AUDIENCE_COUNTS
	    " STRAIGHT_JOIN push_device_registration d FORCE INDEX (PRIMARY)"
	    " ON d.id > 0 AND d.app_id = a.id" RUN_IF_USER " WHERE c.id = ?"
	    " AND (c.everybody OR u.id IS NOT NULL)" AUDIENCE_BY),
	/* Of the devices that it could reach, those that a run leaves out. */
	STATEMENT(SQL_AUDIENCE_TWINS,
	    .params = "development,development,development,campaign,campaign",
	    .columns = 3,
	    .index = "c.PRIMARY,push_campaign.PRIMARY,"
	    "push_device_registration.push_device_twin,"
	    "d.push_device_twin,u.push_campaign_user_campaign",
	    .text =
	    "SELECT r.platform, r.environment = 2 AND NOT r.development,"
	    " COUNT(*) FROM (SELECT" RUN_DEVICE ", " RUN_CHOICE " AS choice"
	    RUN_TWINS ") r WHERE r.choice > 1" AUDIENCE_BY),
	STATEMENT(SQL_AUDIENCE_USERS,
	    .params = "campaign", .columns = 2,
	    .index = "c.PRIMARY,u.push_campaign_user_campaign,"
	    "d.push_device_user_app",
	    .text =
	    "SELECT COUNT(*), COALESCE(SUM(NOT EXISTS (SELECT 1"
	    " FROM push_device_registration d WHERE d.user_id = u.user_id"
	    " AND d.app_id = c.app_id)), 0) FROM push_campaign c"
	    " STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = c.id"
	    " WHERE c.id = ?"),

	/* --- a campaign's run ------------------------------------- */
	/* The id of the last device, and the number of users, counted up to
	 * the limit, which is also that of everybody. */
	STATEMENT(SQL_CAMPAIGN_SIZE,
	    .params = "limit,campaign,limit,campaign", .columns = 2,
	    .index = "c.PRIMARY,"
	    "push_campaign_user.push_campaign_user_campaign",
	    .text =
	    "SELECT (SELECT COALESCE(MAX(id), 0)"
	    " FROM push_device_registration), IF(c.everybody, ?,"
	    " (SELECT COUNT(*) FROM (SELECT 1 FROM push_campaign_user"
	    " WHERE campaign_id = ? LIMIT ?) x))"
	    " FROM push_campaign c WHERE c.id = ?"),
	/* Not while the campaign is being sent. */
	STATEMENT(SQL_CAMPAIGN_START,
	    .params = "send,last_device,campaign,approval,again",
	    .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET state = 'queueing', send_id = ?,"
	    " queued_id = 0, queue_end = ?, is_sent = 0, recall_at = NULL,"
	    " changes = changes + 1,"
	    " timestamp_sent = " NOW ", timestamp_completed = NULL"
	    " WHERE id = ? AND (NOT ? OR approved_by IS NOT NULL)"
	    " AND (state = 'created'"
	    " OR (? AND state IN ('done', 'cancelled')))"),
	/* The state of its latest run; first, whether it is in progress. */
	STATEMENT(SQL_CAMPAIGN_STATE,
	    .params = "campaign", .columns = 5,
	    .index = "push_campaign.PRIMARY",
	    .text =
	    "SELECT state IN ('queueing', 'sending', 'paused', 'cancelling'),"
	    " send_id, " MS("COALESCE(timestamp_sent, timestamp_completed)") ","
	    " state, approved_by IS NOT NULL FROM push_campaign"
	    " WHERE id = ?"),
	STATEMENT(SQL_CAMPAIGN_DUPLICATE_ADD,
	    .params = "campaign,campaign",
	    .index = "c.PRIMARY,push_campaign.PRIMARY,"
	    "push_device_registration.push_device_twin,"
	    "d.push_device_twin,u.push_campaign_user_campaign",
	    .text =
	    "INSERT INTO push_campaign_twin (campaign_id, device_id)"
	    " SELECT r.campaign_id, r.id FROM (SELECT c.id AS campaign_id,"
	    " d.id, " RUN_CHOICE " AS choice" RUN_TWINS
	    ") r WHERE r.choice > 1"),
	STATEMENT(SQL_CAMPAIGN_DUPLICATE_PURGE,
	    .params = "campaign", .index = "push_campaign_twin.PRIMARY",
	    .text = "DELETE FROM push_campaign_twin WHERE campaign_id = ?"),
	/* any_campaign null: any. Runs with rows to queue; their rows of
	 * push_campaign_run say which of them another process is queueing. One
	 * that begins at once does so whatever this node's clock says. */
	STATEMENT(SQL_CAMPAIGN_NEXT,
	    .params = "any_campaign,any_campaign,approval,shards",
	    .columns = 2,
	    .index = "c.push_campaign_state,r.PRIMARY",
	    .text =
	    "SELECT c.id, c.send_id FROM push_campaign c"
	    " FORCE INDEX (push_campaign_state)"
	    " STRAIGHT_JOIN push_campaign_run r ON r.send_id = c.send_id"
	    " WHERE c.state = 'queueing'"
	    " AND (r.start_at <= r.created OR r.start_at <= " NOW ")"
	    " AND (? IS NULL OR c.id = ?)"
	    " AND (NOT ? OR c.approved_by IS NOT NULL)"
	    " AND " OF_SHARDS("c.send_id") " ORDER BY c.id LIMIT 20"),
	/* Where queueing goes on, while it does; does it leave twins out? */
	STATEMENT(SQL_CAMPAIGN_PLACE,
	    .params = "campaign,send", .columns = 3,
	    .index = "c.PRIMARY,t.PRIMARY",
	    .text =
	    "SELECT c.queued_id, c.queue_end,"
	    " EXISTS (SELECT 1 FROM push_campaign_twin t"
	    " WHERE t.campaign_id = c.id) FROM push_campaign c"
	    " WHERE c.id = ? AND c.send_id = ? AND c.state = 'queueing'"),
	/* The device that is so many devices behind the first one after an id,
	 * and no later than another: ids have gaps. */
	STATEMENT(SQL_CAMPAIGN_CHUNK,
	    .params = "device,last_device,devices", .columns = 1,
	    .index = "push_device_registration.PRIMARY",
	    .text =
	    "SELECT id FROM push_device_registration FORCE INDEX (PRIMARY)"
	    " WHERE id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?"),
	/* The device of such a row of a chunk. */
	STATEMENT(SQL_CAMPAIGN_CHUNK_ROWS,
	    .params = "development,development,development,device,"
	    "last_device,twins,campaign,rows",
	    .columns = 1,
	    .index = "c.PRIMARY,d.PRIMARY,u.push_campaign_user_campaign,"
	    "t.PRIMARY",
	    .text =
	    "SELECT r.id" RUN_LARGE " ORDER BY r.id LIMIT 1 OFFSET ?"),
	STATEMENT(SQL_CAMPAIGN_QUEUE_SMALL,
	    .params = "delay_ms,development,development,development,campaign",
	    .index = "c.PRIMARY,u.push_campaign_user_campaign,"
	    "d.push_device_user_app",
	    .text = RUN_QUEUE RUN_SMALL("") RUN_NOT_REFUSED
	    " RETURNING platform"),
	/* An application in development refuses none: then no row is read. */
	STATEMENT(SQL_CAMPAIGN_REFUSED_SMALL,
	    .params = "development,development,development,campaign,"
	    "development",
	    .columns = 2,
	    .index = "c.PRIMARY,u.push_campaign_user_campaign,"
	    "d.push_device_user_app",
	    .text =
	    "SELECT r.platform, COUNT(*)" RUN_SMALL(" AND NOT " RUN_BASE)
	    " AND r.environment = 2 GROUP BY r.platform ORDER BY NULL"),
	STATEMENT(SQL_CAMPAIGN_QUEUE_LARGE,
	    .params = "delay_ms,development,development,development,"
	    "device,last_device,twins,campaign",
	    .index = "c.PRIMARY,d.PRIMARY,u.push_campaign_user_campaign,"
	    "t.PRIMARY",
	    .text = RUN_QUEUE RUN_LARGE RUN_NOT_REFUSED " RETURNING platform"),
	STATEMENT(SQL_CAMPAIGN_REFUSED_LARGE,
	    .params = "development,development,development,device,"
	    "last_device,twins,campaign",
	    .columns = 2,
	    .index = "c.PRIMARY,d.PRIMARY,u.push_campaign_user_campaign,"
	    "t.PRIMARY",
	    .text =
	    "SELECT r.platform, COUNT(*)" RUN_LARGE " AND r.environment = 2"
	    " AND NOT r.development GROUP BY r.platform ORDER BY NULL"),
	/* Its start was for later, and has come. */
	STATEMENT(SQL_CAMPAIGN_BEGIN,
	    .params = "last_device,campaign,send",
	    .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET queue_end = ?"
	    " WHERE id = ? AND send_id = ?"
	    " AND state IN ('queueing', 'paused')"),
	/* From that device on, and from no other place. No change of the run:
	 * whoever watches it sees its place. A run that is paused meanwhile
	 * stays paused; of one that is cancelled, or removed, nothing is queued
	 * any more, and of one that needs an approval nothing without. */
	STATEMENT(SQL_CAMPAIGN_ADVANCE,
	    .params = "last_device,last,campaign,send,device,approval",
	    .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET queued_id = ?,"
	    " state = IF(state = 'queueing' AND ?, 'sending', state)"
	    " WHERE id = ? AND send_id = ? AND queued_id = ?"
	    " AND state IN ('queueing', 'paused')"
	    " AND (NOT ? OR approved_by IS NOT NULL)"),
	/* The runs of which every row has its outcome. Read without locks: an
	 * UPDATE would lock all runs in progress, and would wait for each whose
	 * rows are being queued. */
	STATEMENT(SQL_CAMPAIGN_FINISHED,
	    .params = "shards", .columns = 1,
	    .index = "r.push_campaign_run_ended,c.PRIMARY,s.PRIMARY",
	    .text =
	    "SELECT r.send_id FROM push_campaign_run r"
	    " FORCE INDEX (push_campaign_run_ended)"
	    " STRAIGHT_JOIN push_campaign c"
	    " ON c.id = r.campaign_id AND c.send_id = r.send_id"
	    " LEFT JOIN push_send s ON s.id = r.send_id"
	    " WHERE r.ended IS NULL AND" RUN_IS_OVER
	    " AND " OF_SHARDS("r.send_id") " LIMIT 200"),
	STATEMENT(SQL_CAMPAIGN_FINISH,
	    .params = "send", .index = "r.PRIMARY,c.PRIMARY,s.PRIMARY",
	    .text =
	    "UPDATE push_campaign_run r STRAIGHT_JOIN push_campaign c"
	    " ON c.id = r.campaign_id AND c.send_id = r.send_id"
	    " LEFT JOIN push_send s ON s.id = r.send_id"
	    " SET c.is_sent = s.cancelled IS NULL,"
	    " c.state = IF(s.cancelled IS NULL, 'done', 'cancelled'),"
	    " c.timestamp_completed = " NOW ", c.changes = c.changes + 1,"
	    " c.recall_at = NULL, r.ended = " NOW ","
	    " r.state = IF(s.cancelled IS NULL, 'done', 'cancelled'),"
	    " r.total = COALESCE(s.total, 0)" RUN_FIGURES(SET_FIGURE)
	    " WHERE r.send_id = ? AND r.ended IS NULL AND" RUN_IS_OVER),
	STATEMENT(SQL_CAMPAIGN_PAUSE,
	    .params = "campaign", .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET state = 'paused', changes = changes + 1"
	    " WHERE id = ? AND state IN ('queueing', 'sending')"),
	STATEMENT(SQL_CAMPAIGN_RESUME,
	    .params = "campaign",
	    .index = "push_campaign.PRIMARY|push_campaign.push_campaign_state",
	    .text =
	    "UPDATE push_campaign SET state = IF(queue_end < 0"
	    " OR queued_id < queue_end, 'queueing', 'sending'),"
	    " changes = changes + 1, recall_at = " SOON
	    " WHERE id = ? AND state = 'paused'"),
	/* any_send null: whichever run is in progress. */
	STATEMENT(SQL_CAMPAIGN_CANCEL,
	    .params = "campaign,any_send,any_send",
	    .index = "c.PRIMARY,s.PRIMARY",
	    .text =
	    "UPDATE push_campaign c LEFT JOIN push_send s ON s.id = c.send_id"
	    " SET c.state = 'cancelling', c.changes = c.changes + 1,"
	    " c.recall_at = " SOON ","
	    " s.cancelled = COALESCE(s.cancelled, " NOW ") WHERE c.id = ?"
	    " AND (? IS NULL OR c.send_id = ?)"
	    " AND c.state IN ('queueing', 'sending', 'paused')"),
	/* The runs in progress of an application that somebody started before
	 * that moment. */
	STATEMENT(SQL_CAMPAIGN_RUNS_OF_APP,
	    .params = "app,before_ms", .columns = 2,
	    .index = "push_campaign.push_campaign_state",
	    .text =
	    "SELECT id, send_id FROM push_campaign"
	    " FORCE INDEX (push_campaign_state) WHERE app_id = ?"
	    " AND timestamp_sent < " AT_MS("?")
	    " AND state IN ('queueing', 'sending', 'paused')"),
	/* The runs that do not go as fast as they can. */
	STATEMENT(SQL_CAMPAIGN_HELD,
	    .columns = 15,
	    .index = "c.push_campaign_state,r.PRIMARY,s.PRIMARY",
	    .text =
	    "SELECT c.send_id, c.state = 'paused', " MS("r.start_at") ","
	    " r.spread_ms, r.rate, r.quiet_from, r.quiet_to, r.quiet_zone,"
	    " s.total, s.done, c.queued_id, c.queue_end,"
	    " c.recall_at IS NOT NULL, c.changes, " MS("r.spread_from")
	    " FROM push_campaign c"
	    " FORCE INDEX (push_campaign_state)"
	    " STRAIGHT_JOIN push_campaign_run r ON r.send_id = c.send_id"
	    " STRAIGHT_JOIN push_send s ON s.id = c.send_id"
	    " WHERE c.state IN ('queueing', 'sending', 'paused')"
	    " AND (c.state = 'paused' OR r.rate > 0 OR r.spread_ms > 0"
	    " OR r.quiet_zone IS NOT NULL) ORDER BY c.send_id"),
	/* A run whose rows that were put off are to be made due. */
	STATEMENT(SQL_CAMPAIGN_RECALL,
	    .params = "shards", .columns = 3,
	    .index = "push_campaign.push_campaign_state",
	    .text =
	    "SELECT id, send_id, " MS("recall_at") " FROM push_campaign"
	    " FORCE INDEX (push_campaign_state)"
	    " WHERE state IN ('queueing', 'sending', 'cancelling')"
	    " AND recall_at <= " NOW " AND " OF_SHARDS("send_id") " LIMIT 1"),
	STATEMENT(SQL_CAMPAIGN_RECALLED,
	    .params = "campaign,recall_ms", .index = "push_campaign.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET recall_at = NULL"
	    " WHERE id = ? AND recall_at = " AT_MS("?")),
	/* Rows of the send are put off as its run was after so many changes: if
	 * there were more since, they are recalled. There are none until these
	 * rows are written. */
	STATEMENT(SQL_CAMPAIGN_RECALL_LATE,
	    .params = "changes,send,send",
	    .index = "push_campaign.PRIMARY,push_send.PRIMARY",
	    .text =
	    "UPDATE push_campaign SET recall_at = IF(changes <> ? AND"
	    " state IN ('queueing', 'sending', 'cancelling'), " SOON ","
	    " recall_at)"
	    " WHERE id = (SELECT campaign_id FROM push_send WHERE id = ?)"
	    " AND send_id = ?"),
	/* A portion; in_ms: SQL_SOON_MS at least, as sooner.h has it. */
	STATEMENT(SQL_OUTBOX_RECALL,
	    .params = "shard,in_ms,send", .index = "push_outbox.PRIMARY",
	    .text =
	    "UPDATE push_outbox SET due = " SOON " WHERE shard = ?"
	    " AND lane = 1 AND due > " AFTER_MS("?") " AND send_id = ?"
	    " ORDER BY shard, lane, due, id"
	    " LIMIT " NUMBER(SQL_ROWS_RECALLED)),

	/* --- the runs of a campaign ------------------------------- */
	/* any_start_ms null: now. */
	STATEMENT(SQL_CAMPAIGN_RUN_ADD,
	    .params = "send,campaign,any_start_ms,expires_ms,spread_ms,rate,"
	    "quiet_from,quiet_to,zone",
	    .text =
	    "INSERT INTO push_campaign_run (send_id, campaign_id, created,"
	    " start_at, expires_ms, spread_ms, rate, quiet_from, quiet_to,"
	    " quiet_zone)"
	    " VALUES (?, ?, " NOW ", COALESCE(" AT_MS("?") ", " NOW "),"
	    " ?, ?, ?, ?, ?, ?)"),
	/* While the run is in progress. */
	STATEMENT(SQL_CAMPAIGN_RUN_TIMING,
	    .params = "send", .columns = 4,
	    .index = "push_campaign_run.PRIMARY",
	    .text =
	    "SELECT " MS("start_at") ", spread_ms, " MS("spread_from") ","
	    " expires_ms FROM push_campaign_run WHERE send_id = ?"
	    " AND ended IS NULL"),
	/* The runs that a program of an earlier release has started. */
	STATEMENT(SQL_CAMPAIGN_RUN_ADOPT,
	    .params = "shards",
	    .index = "c.push_campaign_state,r.PRIMARY",
	    .text =
	    "INSERT INTO push_campaign_run (send_id, campaign_id, created,"
	    " start_at) SELECT c.send_id, c.id, " NOW ", " NOW
	    " FROM push_campaign c FORCE INDEX (push_campaign_state)"
	    " LEFT JOIN push_campaign_run r ON r.send_id = c.send_id"
	    " WHERE c.state IN ('queueing', 'sending')"
	    " AND c.send_id IS NOT NULL AND r.send_id IS NULL"
	    " AND " OF_SHARDS("c.send_id")
	    " ON DUPLICATE KEY UPDATE"
	    " push_campaign_run.campaign_id = push_campaign_run.campaign_id"),
	/* For the process that queues its next rows; is it paced? */
	STATEMENT(SQL_CAMPAIGN_RUN_LOCK,
	    .params = "send", .columns = 1,
	    .index = "push_campaign_run.PRIMARY",
	    .text = RUN_PACED " FOR UPDATE SKIP LOCKED"),
	/* The same, when the other connection of the process commits. */
	STATEMENT(SQL_CAMPAIGN_RUN_AWAIT,
	    .params = "send", .columns = 1,
	    .index = "push_campaign_run.PRIMARY",
	    .text = RUN_PACED " FOR UPDATE"),
	/* The newest first, and not by id, which has the moment of the start.
	 * Of the one in progress its send has the counts, together and of each
	 * platform; of the others, its outcomes have those of each platform: a
	 * row for each. */
	STATEMENT(SQL_CAMPAIGN_RUN_LIST,
	    .params = "campaign,any_send,any_send,limit,offset,campaign",
	    .columns = 20 + 4 * PLATFORM__COUNT,
	    .index = "r.push_campaign_run_campaign|r.PRIMARY,c.PRIMARY,"
	    "s.PRIMARY,o.PRIMARY",
	    .text =
	    "SELECT x.*, COALESCE(o.platform, 255)" OUTCOME_SUM("= 'sent'")
	    OUTCOME_SUM("NOT IN ('sent', 'expired', 'cancelled')")
	    OUTCOME_SUM("= 'expired'") OUTCOME_SUM("= 'cancelled'")
	    " FROM (SELECT r.send_id, COALESCE(r.state, c.state),"
	    " " MS("r.created") " AS created, " MS("r.start_at") ","
	    " " MS("r.ended") ","
	    " r.spread_ms, r.rate, r.quiet_from, r.quiet_to, r.quiet_zone,"
	    " IF(r.ended IS NULL, COALESCE(s.total, 0), r.total)"
	    RUN_FIGURES(OR_FIGURE) PLATFORMS(AND_COUNTERS)
	    " FROM push_campaign_run r JOIN push_campaign c"
	    " ON c.id = r.campaign_id"
	    " LEFT JOIN push_send s ON s.id = r.send_id"
	    " WHERE r.campaign_id = ? AND (? IS NULL OR r.send_id = ?)"
	    " ORDER BY r.created DESC, r.send_id DESC LIMIT ? OFFSET ?) x"
	    " LEFT JOIN push_campaign_outcome o"
	    " ON o.campaign_id = ? AND o.send_id = x.send_id"
	    " GROUP BY x.created, x.send_id, o.platform"
	    " ORDER BY x.created DESC, x.send_id DESC"),
	/* start_ms null: it stays. Not when the run is over, nor another start
	 * of one that has begun. */
	STATEMENT(SQL_CAMPAIGN_RUN_SET,
	    .params = "any_start_ms,spread_ms,spread_from_ms,rate,quiet_from,"
	    "quiet_to,zone,campaign,send,any_start_ms",
	    .index = "r.PRIMARY,c.PRIMARY",
	    .text =
	    "UPDATE push_campaign_run r STRAIGHT_JOIN push_campaign c"
	    " ON c.id = r.campaign_id AND c.send_id = r.send_id"
	    " SET r.start_at = COALESCE(" AT_MS("?") ", r.start_at),"
	    " r.spread_ms = ?, r.spread_from = " AT_MS("?") ","
	    " r.rate = ?, r.quiet_from = ?, r.quiet_to = ?,"
	    " r.quiet_zone = ?, c.changes = c.changes + 1,"
	    " c.recall_at = " SOON
	    " WHERE c.id = ? AND r.send_id = ?"
	    " AND c.state IN ('queueing', 'sending', 'paused')"
	    " AND (? IS NULL OR c.queue_end < 0)"),
	/* List of campaigns; a row's first column is a place in the list. The
	 * second is another one after each change of the run. */
	STATEMENT(SQL_CAMPAIGN_VERSIONS,
	    .params = "list", .columns = 2, .index = "c.PRIMARY,s.PRIMARY",
	    .text =
	    "SELECT j.place, c.changes + c.queued_id"
	    " + COALESCE(s.total + s.done, 0)"
	    " FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY,"
	    " id BIGINT PATH '$')) j"
	    " STRAIGHT_JOIN push_campaign c ON c.id = j.id"
	    " LEFT JOIN push_send s ON s.id = c.send_id"),
	/* List of [send, platform, outcome, reason, n]: to add. */
	STATEMENT(SQL_CAMPAIGN_OUTCOME_ADD,
	    .params = "list", .index = "s.PRIMARY",
	    .text =
	    "INSERT INTO push_campaign_outcome (campaign_id, send_id,"
	    " platform, outcome, reason, n) SELECT s.campaign_id, s.id,"
	    " j.platform, j.outcome, j.reason, j.n FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]',"
	    " platform TINYINT UNSIGNED PATH '$[1]',"
	    " outcome " TEXT(16) " PATH '$[2]',"
	    " reason " TEXT(80) " PATH '$[3]',"
	    " n INT UNSIGNED PATH '$[4]')) j"
	    " STRAIGHT_JOIN push_send s ON s.id = j.id"
	    " WHERE s.campaign_id IS NOT NULL"
	    " ON DUPLICATE KEY UPDATE n = push_campaign_outcome.n + j.n"),
	/* What was sent, once, when the run is over: the counters of its send
	 * are purged long before it is. */
	STATEMENT(SQL_CAMPAIGN_OUTCOME_SENT,
	    .params = "send", .index = "s.PRIMARY",
	    .text =
	    "INSERT INTO push_campaign_outcome (campaign_id, send_id,"
	    " platform, outcome, reason, n)"
	    " SELECT s.campaign_id, s.id, p.platform, 'sent', '',"
	    " CASE p.platform" PLATFORMS(WHEN_SENT) " END AS n"
	    " FROM push_send s JOIN (SELECT 255 AS platform"
	    PLATFORMS(OR_PLATFORM) ") p"
	    " WHERE s.id = ? HAVING n > 0"),
	STATEMENT(SQL_CAMPAIGN_OUTCOME_LIST,
	    .params = "campaign,send", .columns = 4,
	    .index = "push_campaign_outcome.PRIMARY",
	    .text =
	    "SELECT platform, outcome, reason, n FROM push_campaign_outcome"
	    " WHERE campaign_id = ? AND send_id = ? AND outcome <> 'sent'"
	    " ORDER BY campaign_id, send_id, platform, outcome, reason"
	    " LIMIT 1000"),

	/* --- the inbox -------------------------------------------- */
	/* List of names; each application once. */
	STATEMENT(SQL_INBOX_APPS,
	    .params = "list", .columns = 2,
	    .text =
	    "SELECT id, app_id FROM push_app_credentials WHERE app_id IN"
	    " (SELECT j.name FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " name " TEXT(255) " PATH '$')) j)"
	    " ORDER BY app_id"),
	STATEMENT(SQL_INBOX_ADD,
	    .params = "inbox_id,user_id,type,subject,summary,body",
	    .text =
	    "INSERT INTO push_inbox (inbox_id, user_id, message_type,"
	    " subject, summary, body, timestamp_created)"
	    " VALUES (?, ?, ?, ?, ?, ?, " NOW ")"
	    " RETURNING id, " MS("timestamp_created")),
	/* List of application ids. */
	STATEMENT(SQL_INBOX_APP_ADD,
	    .params = "inbox_row,list",
	    .text =
	    "INSERT INTO push_inbox_app (inbox_id, app_credentials_id)"
	    " SELECT ?, j.id FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT PATH '$')) j"),
	/* app_set: application ids between commas. */
	STATEMENT(SQL_INBOX_LIST,
	    .params = "user_id,app_set,limit,offset", .columns = 6,
	    .index = "i.push_inbox_user,l.PRIMARY",
	    .text =
	    "SELECT " INBOX_COLUMNS " FROM push_inbox i"
	    " FORCE INDEX (push_inbox_user) WHERE i.user_id = ?"
	    INBOX_IN_APPS),
	STATEMENT(SQL_INBOX_LIST_UNREAD,
	    .params = "user_id,app_set,limit,offset", .columns = 6,
	    .index = "i.push_inbox_user_read,l.PRIMARY",
	    .text =
	    "SELECT " INBOX_COLUMNS " FROM push_inbox i"
	    " FORCE INDEX (push_inbox_user_read)"
	    " WHERE i.user_id = ? AND i.is_read = 0" INBOX_IN_APPS),
	/* Of one application, as nearly all callers ask: no subquery for each
	 * message. */
	STATEMENT(SQL_INBOX_LIST_APP,
	    .params = "app,user_id,limit,offset", .columns = 6,
	    .index = "i.push_inbox_user,l.PRIMARY",
	    .text = INBOX_LIST_APP("push_inbox_user") INBOX_ORDER),
	STATEMENT(SQL_INBOX_LIST_APP_UNREAD,
	    .params = "app,user_id,limit,offset", .columns = 6,
	    .index = "i.push_inbox_user_read,l.PRIMARY",
	    .text = INBOX_LIST_APP("push_inbox_user_read")
	    " AND i.is_read = 0" INBOX_ORDER),
	/* A given order of tables: MariaDB plans at each execution, and that
	 * costs more than the rows. */
	STATEMENT(SQL_INBOX_COUNT,
	    .params = "app,user_id", .columns = 1,
	    .index = "i.push_inbox_user_read,l.PRIMARY",
	    .text =
	    "SELECT STRAIGHT_JOIN COUNT(*) FROM push_inbox i"
	    " FORCE INDEX (push_inbox_user_read)"
	    " JOIN push_inbox_app l FORCE INDEX (PRIMARY)"
	    " ON l.inbox_id = i.id AND l.app_credentials_id = ?"
	    " WHERE i.user_id = ? AND i.is_read = 0"),
	STATEMENT(SQL_INBOX_ID,
	    .params = "inbox_row", .columns = 1,
	    .index = "push_inbox.PRIMARY",
	    .text = "SELECT inbox_id FROM push_inbox WHERE id = ?"),
	/* any_user_id null: of any user. */
	STATEMENT(SQL_INBOX_BY_ID,
	    .params = "inbox_id,any_user_id,any_user_id", .columns = 10,
	    .index = "i.push_inbox_id,l.PRIMARY",
	    .text =
	    "SELECT " INBOX_COLUMNS ", i.user_id, i.body,"
	    " " MS("i.timestamp_read") ", (SELECT JSON_ARRAYAGG(a.app_id"
	    " ORDER BY a.app_id) FROM push_inbox_app l"
	    " JOIN push_app_credentials a ON a.id = l.app_credentials_id"
	    " WHERE l.inbox_id = i.id) FROM push_inbox i"
	    " WHERE i.inbox_id = ? AND (? IS NULL OR i.user_id = ?)"),
	STATEMENT(SQL_INBOX_READ,
	    .params = "inbox_id,any_user_id,any_user_id",
	    .index = "push_inbox.push_inbox_id",
	    .text =
	    "UPDATE push_inbox SET is_read = 1, timestamp_read = " NOW
	    " WHERE inbox_id = ? AND (? IS NULL OR user_id = ?)"
	    " AND is_read = 0"),
	STATEMENT(SQL_INBOX_READ_ALL,
	    .params = "user_id,app",
	    .index = "i.push_inbox_user_read,"
	    "l.PRIMARY|l.push_inbox_app_app",
	    .text =
	    "UPDATE push_inbox i JOIN push_inbox_app l ON l.inbox_id = i.id"
	    " SET i.is_read = 1, i.timestamp_read = " NOW
	    " WHERE i.user_id = ? AND i.is_read = 0"
	    " AND l.app_credentials_id = ?"),
	/* any_apps null: all applications. */
	STATEMENT(SQL_INBOX_APP_REMOVE,
	    .params = "inbox_id,any_user_id,any_user_id,any_apps,any_apps",
	    .index = "i.push_inbox_id,l.PRIMARY",
	    .text =
	    "DELETE l FROM push_inbox i STRAIGHT_JOIN push_inbox_app l"
	    " ON l.inbox_id = i.id WHERE i.inbox_id = ?"
	    " AND (? IS NULL OR i.user_id = ?) AND (? IS NULL"
	    " OR l.app_credentials_id IN (SELECT a.id"
	    " FROM push_app_credentials a WHERE " IN_APPS("a.app_id") "))"),
	/* A message that is in no application. */
	STATEMENT(SQL_INBOX_REMOVE,
	    .params = "inbox_id,any_user_id,any_user_id",
	    .index = "i.push_inbox_id,l.PRIMARY",
	    .text =
	    "DELETE i FROM push_inbox i LEFT JOIN push_inbox_app l"
	    " ON l.inbox_id = i.id WHERE i.inbox_id = ?"
	    " AND (? IS NULL OR i.user_id = ?) AND l.inbox_id IS NULL"),
	STATEMENT(SQL_INBOX_READ_OLD,
	    .params = "age_ms,inbox_row", .columns = 4, .index = "i.PRIMARY",
	    .text = FIND_OLD("push_inbox i", "i.id", INBOX_READ_OLD)),
	STATEMENT(SQL_INBOX_READ_PURGE,
	    .params = "list,age_ms", .index = "i.PRIMARY,l.PRIMARY",
	    .text = INBOX_PURGE(INBOX_READ_OLD)),
	STATEMENT(SQL_INBOX_UNREAD_OLD,
	    .params = "age_ms,inbox_row", .columns = 4, .index = "i.PRIMARY",
	    .text = FIND_OLD("push_inbox i", "i.id", INBOX_UNREAD_OLD)),
	STATEMENT(SQL_INBOX_UNREAD_PURGE,
	    .params = "list,age_ms", .index = "i.PRIMARY,l.PRIMARY",
	    .text = INBOX_PURGE(INBOX_UNREAD_OLD)),

	/* --- persons ---------------------------------------------- */
	/* In the order of enum person_part. */
	STATEMENT(SQL_PERSON_COUNTS,
	    .params = "user_id,user_id,user_id,user_id,user_id,user_id,user_id,"
	    "user_id",
	    .columns = 7,
	    .index = "d.push_device_user_app,v.push_activation_user,"
	    "h.push_history_user,m.push_message_user,"
	    "u.push_campaign_user_detail,i.push_inbox_user"
	    "|i.push_inbox_user_read",
	    .text =
	    "SELECT (SELECT COUNT(*) FROM push_device_registration d"
	    " WHERE d.user_id = ?), (SELECT COUNT(*) FROM push_activation v"
	    " WHERE v.user_id = ?), (SELECT COUNT(*) FROM push_outbox q"
	    " WHERE " OF_PERSON("q") "), (SELECT COUNT(*) FROM push_history h"
	    " WHERE h.user_id = ?), (SELECT COUNT(*) FROM push_message m"
	    " WHERE m.user_id = ?), (SELECT COUNT(*)"
	    " FROM push_campaign_user u WHERE u.user_id = ?),"
	    " (SELECT COUNT(*) FROM push_inbox i WHERE i.user_id = ?)"),
	STATEMENT(SQL_PERSON_DEVICES,
	    .params = "user_id,limit,offset", .columns = 10,
	    .index = "d.push_device_user_app",
	    .text =
	    "SELECT d.id, a.app_id, d.platform, d.environment,"
	    " d.activation_id, COALESCE(d.is_active, 0), d.generation,"
	    " " MS("d.timestamp_last_registered") ", " MS("d.gone_at") ","
	    " d.gone_reason FROM push_device_registration d"
	    " LEFT JOIN push_app_credentials a ON a.id = d.app_id"
	    " WHERE d.user_id = ? ORDER BY d.app_id, d.id LIMIT ? OFFSET ?"),
	STATEMENT(SQL_PERSON_ACTIVATIONS,
	    .params = "user_id,limit,offset", .columns = 5,
	    .index = "v.push_activation_user",
	    .text =
	    "SELECT v.activation_id, v.app_id, v.activation_status,"
	    " " MS("v.timestamp_created") ", " MS("v.timestamp_changed")
	    " FROM push_activation v WHERE v.user_id = ?"
	    " ORDER BY v.activation_id LIMIT ? OFFSET ?"),
	STATEMENT(SQL_PERSON_WAITING,
	    .params = "user_id,user_id,limit,offset", .columns = 8,
	    .index = "b.PRIMARY,d.push_device_user_app|d.PRIMARY",
	    .text =
	    "SELECT q.send_id, a.app_id, NULLIF(q.device_id, 0), q.platform,"
	    " q.attempts, q.reason, " MS(DUE_TOLD) ", COALESCE(q.body, b.body)"
	    " FROM push_outbox q"
	    " LEFT JOIN push_outbox_body b ON b.id = q.body_id"
	    " LEFT JOIN push_app_credentials a ON a.id = q.app_id"
	    " WHERE " OF_PERSON("q")
	    " ORDER BY q.shard, q.lane, q.due, q.id LIMIT ? OFFSET ?"),
	STATEMENT(SQL_PERSON_HISTORY,
	    .params = "user_id,limit,offset", .columns = 8,
	    .index = "h.push_history_user",
	    .text =
	    "SELECT h.send_id, a.app_id, NULLIF(h.device_id, 0), h.platform,"
	    " h.outcome, h.tries, h.reason, " MS("h.finished")
	    " FROM push_history h"
	    " LEFT JOIN push_app_credentials a ON a.id = h.app_id"
	    " WHERE h.user_id = ? ORDER BY h.finished, h.id, h.device_id"
	    " LIMIT ? OFFSET ?"),
	STATEMENT(SQL_PERSON_MESSAGES,
	    .params = "user_id,limit,offset", .columns = 12,
	    .index = "m.push_message_user",
	    .text =
	    "SELECT m.send_id, NULLIF(m.device_registration_id, 0),"
	    " m.platform, m.activation_id, m.is_silent, m.is_personal,"
	    " m.state, m.tries, m.reason, " MS("m.timestamp_created") ","
	    " " MS("m.timestamp_finished") ", m.message_body"
	    " FROM push_message m WHERE m.user_id = ?"
	    " ORDER BY m.id LIMIT ? OFFSET ?"),
	STATEMENT(SQL_PERSON_CAMPAIGNS,
	    .params = "user_id,limit,offset", .columns = 2,
	    .index = "u.push_campaign_user_detail",
	    .text =
	    "SELECT u.campaign_id, " MS("u.timestamp_created")
	    " FROM push_campaign_user u WHERE u.user_id = ?"
	    " ORDER BY u.id LIMIT ? OFFSET ?"),
	STATEMENT(SQL_PERSON_INBOX,
	    .params = "user_id,limit,offset", .columns = 9,
	    .index = "i.push_inbox_user,l.PRIMARY",
	    .text =
	    "SELECT i.inbox_id, i.message_type, i.subject, i.summary, i.body,"
	    " i.is_read, " MS("i.timestamp_created") ","
	    " " MS("i.timestamp_read") ", (SELECT JSON_ARRAYAGG(a.app_id"
	    " ORDER BY a.app_id) FROM push_inbox_app l"
	    " JOIN push_app_credentials a ON a.id = l.app_credentials_id"
	    " WHERE l.inbox_id = i.id) FROM push_inbox i"
	    " FORCE INDEX (push_inbox_user) WHERE i.user_id = ?"
	    " ORDER BY i.timestamp_created, i.id LIMIT ? OFFSET ?"),
	/* From now on nothing new is queued for these devices, and sendd sends
	 * nothing that waits. */
	STATEMENT(SQL_PERSON_STOP,
	    .params = "user_id",
	    .index = "push_device_registration.push_device_user_app",
	    .text =
	    "UPDATE push_device_registration SET"
	    " gone_at = COALESCE(gone_at, " NOW "), gone_reason = 'erased'"
	    " WHERE user_id = ?"),
	/* A portion of a shard. */
	STATEMENT(SQL_PERSON_OUTBOX,
	    .params = "shard,user_id,user_id", .columns = 7,
	    .index = "q.PRIMARY,d.push_device_user_app|d.PRIMARY",
	    .text =
	    "SELECT q.lane, " MS("q.due") ", q.id, q.send_id, q.platform,"
	    " q.attempts, q.shard FROM push_outbox q WHERE q.shard = ?"
	    " AND (" OF_PERSON("q") ")"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	/* Texts of messages that no row of the outbox has any more, though
	 * others of their send may wait. A portion. */
	STATEMENT(SQL_PERSON_TEXTS,
	    .columns = 1, .index = "s.PRIMARY|s.push_send_campaign",
	    .text =
	    "SELECT b.id FROM push_outbox_body b"
	    " JOIN push_send s ON s.id = b.send_id AND s.campaign_id IS NULL"
	    " WHERE b.id NOT IN (SELECT q.body_id FROM push_outbox q"
	    " WHERE q.lane = 0 AND q.body IS NULL)"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	STATEMENT(SQL_PERSON_TEXTS_REMOVE,
	    .params = "list", .index = "b.PRIMARY",
	    .text =
	    "DELETE b FROM " OLD_LISTED("BIGINT UNSIGNED")
	    "push_outbox_body b ON b.id = j.k"),
	/* Portions. */
	STATEMENT(SQL_PERSON_HISTORY_REMOVE,
	    .params = "user_id", .index = "push_history.push_history_user",
	    .text = REMOVE_OF_PERSON("push_history")),
	STATEMENT(SQL_PERSON_MESSAGES_REMOVE,
	    .params = "user_id", .index = "push_message.push_message_user",
	    .text = REMOVE_OF_PERSON("push_message")),
	STATEMENT(SQL_PERSON_CAMPAIGNS_REMOVE,
	    .params = "user_id",
	    .index = "push_campaign_user.push_campaign_user_detail",
	    .text = REMOVE_OF_PERSON("push_campaign_user")),
	STATEMENT(SQL_PERSON_INBOX_REMOVE,
	    .params = "user_id",
	    .index = "push_inbox.push_inbox_user"
	    "|push_inbox.push_inbox_user_read,i.PRIMARY,l.PRIMARY",
	    .text =
	    "DELETE i, l FROM (SELECT id FROM push_inbox WHERE user_id = ?"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED) ") x"
	    " STRAIGHT_JOIN push_inbox i ON i.id = x.id"
	    " LEFT JOIN push_inbox_app l ON l.inbox_id = i.id"),
	/* A deleted activation would come back ACTIVE with its next
	 * registration: one that is not ACTIVE stays, of nobody. */
	STATEMENT(SQL_PERSON_ACTIVATIONS_REMOVE,
	    .params = "user_id",
	    .index = "push_activation.push_activation_user",
	    .text =
	    "DELETE FROM push_activation WHERE user_id = ?"
	    " AND activation_status = 'ACTIVE'"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	STATEMENT(SQL_PERSON_ACTIVATIONS_CLEAR,
	    .params = "user_id",
	    .index = "push_activation.push_activation_user",
	    .text =
	    "UPDATE push_activation SET user_id = NULL WHERE user_id = ?"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	STATEMENT(SQL_PERSON_DEVICES_REMOVE,
	    .params = "user_id",
	    .index = "push_device_registration.push_device_user_app",
	    .text = REMOVE_OF_PERSON("push_device_registration")),

	/* --- deleting an application ------------------------------ */
	/* A portion of a shard, with the columns of SQL_PERSON_OUTBOX. */
	STATEMENT(SQL_APP_OUTBOX,
	    .params = "shard,app", .columns = 7, .index = "q.PRIMARY",
	    .text =
	    "SELECT q.lane, " MS("q.due") ", q.id, q.send_id, q.platform,"
	    " q.attempts, q.shard FROM push_outbox q WHERE q.shard = ?"
	    " AND q.app_id = ? LIMIT " NUMBER(SQL_ROWS_PURGED)),
	STATEMENT(SQL_APP_CAMPAIGN,
	    .params = "app", .columns = 1, .index = "c.PRIMARY",
	    .text =
	    "SELECT c.id FROM push_campaign c WHERE c.app_id = ?"
	    " ORDER BY c.id LIMIT 1"),
	/* Portions. */
	STATEMENT(SQL_APP_DEVICES_REMOVE,
	    .params = "app",
	    .index = "push_device_registration.push_device_app_token"
	    "|push_device_registration.push_device_twin",
	    .text =
	    "DELETE FROM push_device_registration WHERE app_id = ?"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	/* As for a user: one that is not ACTIVE stays. */
	STATEMENT(SQL_APP_ACTIVATIONS_REMOVE,
	    .params = "app_id", .index = "push_activation.push_activation_app",
	    .text =
	    "DELETE FROM push_activation WHERE app_id = ?"
	    " AND activation_status = 'ACTIVE'"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	STATEMENT(SQL_APP_ACTIVATIONS_CLEAR,
	    .params = "app_id", .index = "push_activation.push_activation_app",
	    .text =
	    "UPDATE push_activation SET app_id = NULL WHERE app_id = ?"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED)),
	/* A message that is in other applications, too, stays there. */
	STATEMENT(SQL_APP_INBOX_REMOVE,
	    .params = "app,app",
	    .index = "m.push_inbox_app_app,o.PRIMARY,"
	    "l.PRIMARY|l.push_inbox_app_app,i.PRIMARY",
	    .text =
	    "DELETE l, i FROM (SELECT m.inbox_id, (SELECT COUNT(*)"
	    " FROM push_inbox_app o WHERE o.inbox_id = m.inbox_id) AS apps"
	    " FROM push_inbox_app m WHERE m.app_credentials_id = ?"
	    " LIMIT " NUMBER(SQL_ROWS_PURGED) ") x"
	    " STRAIGHT_JOIN push_inbox_app l ON l.inbox_id = x.inbox_id"
	    " AND l.app_credentials_id = ?"
	    " LEFT JOIN push_inbox i ON i.id = x.inbox_id AND x.apps = 1"),
	STATEMENT(SQL_APP_HOLDS_REMOVE,
	    .params = "app", .index = "push_hold.PRIMARY",
	    .text = "DELETE FROM push_hold WHERE app_id = ?"),
	STATEMENT(SQL_APP_REMOVE,
	    .params = "app", .index = "push_app_credentials.PRIMARY",
	    .text = "DELETE FROM push_app_credentials WHERE id = ?"),

	/* --- upkeep ----------------------------------------------- */
	/* Take the lease, or renew it. */
	STATEMENT(SQL_UPKEEP_TAKE,
	    .params = "owner_id,lease_ms,program,owner_id",
	    .index = "push_maintenance.PRIMARY",
	    .text =
	    "UPDATE push_maintenance SET owner = ?,"
	    " until = " AFTER_MS("?") " WHERE program = ?"
	    " AND (until < " NOW " OR owner = ?)"),
	/* Give it back. */
	STATEMENT(SQL_UPKEEP_GIVE,
	    .params = "program,owner_id",
	    .index = "push_maintenance.PRIMARY",
	    .text =
	    "UPDATE push_maintenance SET owner = 0, until = " NOW
	    " WHERE program = ? AND owner = ?"),
	STATEMENT(SQL_UPKEEP_RAN,
	    .params = "rows,program", .index = "push_maintenance.PRIMARY",
	    .text =
	    "UPDATE push_maintenance SET ended = " NOW ", removed = ?"
	    " WHERE program = ?"),
	STATEMENT(SQL_UPKEEP_LIST,
	    .columns = 3,
	    .text =
	    "SELECT program, " MS("ended") ", removed FROM push_maintenance"
	    " ORDER BY program"),

	/* --- setup, as administrator ------------------------------ */
	STATEMENT(SQL_ADMIN_LOCK,
	    .params = "database", .columns = 1,
	    .text = "SELECT GET_LOCK(CONCAT('outpost setup ', ?), 30)"),
	/* Is the server a node of a Galera cluster? */
	STATEMENT(SQL_ADMIN_CLUSTER,
	    .columns = 1,
	    .text =
	    "SELECT COUNT(*) FROM information_schema.global_status"
	    " WHERE variable_name = 'wsrep_ready'"
	    " AND variable_value = 'ON'"),
	/* The name that sql_lock_cluster has found; NULL: ours. */
	STATEMENT(SQL_ADMIN_LOCK_HOLDER,
	    .columns = 1, .text = "SELECT @setup_holder"),
	STATEMENT(SQL_ADMIN_DATABASE,
	    .params = "database", .columns = 1,
	    .text =
	    "SELECT COUNT(*) FROM information_schema.schemata"
	    " WHERE schema_name = ?"),
	/* The columns of the tables, which show whether they are of this
	 * product or of an edition of the published server. */
	STATEMENT(SQL_ADMIN_COLUMNS,
	    .params = "database", .columns = 3,
	    .text =
	    "SELECT table_name, column_name, data_type"
	    " FROM information_schema.columns WHERE table_schema = ?"
	    " AND table_name LIKE 'push\\_%'"),
	/* The sendds that were seen within a lease, with their hosts. */
	STATEMENT(SQL_ADMIN_ALIVE,
	    .params = "lease_ms", .columns = 2,
	    .text =
	    "SELECT name, host FROM push_instance WHERE seen > " AGO_MS("?")
	    " ORDER BY name"),
	/* The same before version 7, which brought the column host. */
	STATEMENT(SQL_ADMIN_ALIVE_NAMES,
	    .params = "lease_ms", .columns = 2,
	    .text =
	    "SELECT name, '' FROM push_instance WHERE seen > " AGO_MS("?")
	    " ORDER BY name"),
	/* The counts of 0005-tokens.sql on this connection. */
	STATEMENT(SQL_ADMIN_TOKENS,
	    .columns = 2,
	    .text = "SELECT COALESCE(@merged, 0), COALESCE(@set_aside, 0)"),
	STATEMENT(SQL_ADMIN_USER,
	    .params = "user,host", .columns = 1,
	    .text =
	    "SELECT COUNT(*) FROM mysql.user WHERE user = ? AND host = ?"),
	/* All privileges on the database, as one number. */
	STATEMENT(SQL_ADMIN_RIGHTS,
	    .params = "database,database,database", .columns = 1,
	    .text =
	    "SELECT COALESCE(MD5(GROUP_CONCAT(r ORDER BY r)), '') FROM"
	    " (SELECT CONCAT_WS(' ', grantee, table_name, privilege_type) r"
	    " FROM information_schema.table_privileges WHERE table_schema = ?"
	    " UNION ALL SELECT CONCAT_WS(' ', grantee, privilege_type)"
	    " FROM information_schema.schema_privileges WHERE table_schema = ?"
	    " UNION ALL SELECT CONCAT_WS(' ', grantee, table_name,"
	    " column_name, privilege_type)"
	    " FROM information_schema.column_privileges"
	    " WHERE table_schema = ?) x"),
	/* As REVOKE statements: the user's privileges on the database that the
	 * template user does not have. Columns first, because revoking a
	 * privilege on a table revokes it on its columns too. */
	STATEMENT(SQL_ADMIN_EXCESS,
	    .params = "database,user,host,template_user,host", .columns = 1,
	    .text =
	    "WITH r AS (SELECT grantee, table_schema AS base,"
	    " CONCAT('`', table_name, '`') AS object, '' AS columns,"
	    " privilege_type AS privilege"
	    " FROM information_schema.table_privileges UNION ALL"
	    " SELECT grantee, table_schema, CONCAT('`', table_name, '`'),"
	    " CONCAT(' (`', column_name, '`)'), privilege_type"
	    " FROM information_schema.column_privileges UNION ALL"
	    " SELECT grantee, table_schema, '*', '', privilege_type"
	    " FROM information_schema.schema_privileges)"
	    " SELECT CONCAT('REVOKE ', r.privilege, r.columns, ' ON `',"
	    " REPLACE(r.base, '`', '``'), '`.', r.object, ' FROM ',"
	    " r.grantee) FROM r"
	    " WHERE r.base = ?"
	    " AND r.grantee = CONCAT('''', ?, '''@''', ?, '''')"
	    " AND NOT EXISTS (SELECT 1 FROM r t WHERE t.base = r.base"
	    " AND t.grantee = CONCAT('''', ?, '''@''', ?, '''')"
	    " AND t.object = r.object AND t.columns = r.columns"
	    " AND t.privilege = r.privilege) ORDER BY r.columns DESC"),
};

_Static_assert(__COUNTER__ == SQL__COUNT + BEFORE + 1,
    "a statement has no row");
