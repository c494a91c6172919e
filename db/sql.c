/* SPDX-License-Identifier: MIT */
/*
 * Every statement of the product. A DBA reads this file to know what is run
 * and which index serves it. Whatever works on many rows at once takes them
 * as one JSON array, so that one prepared text serves any number.
 */
#include "db/sql.h"

#include "lib/id.h"
#include "lib/platform.h"

const char sql_session[] =
    "SET SESSION time_zone = '+00:00',"
    " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
    /* who sleeps in a transaction must not stop the others for a lease */
    " idle_transaction_timeout = 5,"
    /* the number of seconds follows, see db.c */
    " innodb_lock_wait_timeout = ";
/* by its statement: the variable's name changes in MariaDB 11 */
const char sql_isolation[] =
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
const char sql_begin[] = "START TRANSACTION";
const char sql_commit[] = "COMMIT";
const char sql_rollback[] = "ROLLBACK";

const char sql_create_database[] =
    "CREATE DATABASE IF NOT EXISTS {db} CHARACTER SET utf8mb4";
const char sql_use[] = "USE {db}";
const char sql_begin_tables[] =
    "DROP DATABASE IF EXISTS {new};"
    "CREATE DATABASE {new} CHARACTER SET utf8mb4; USE {new}";
const char sql_drop_tables[] = "DROP DATABASE IF EXISTS {new}; USE {db}";
const char sql_create_user_password[] =
    "CREATE USER {user}@{host} IDENTIFIED BY {password}";
const char sql_create_user_socket[] =
    "CREATE USER {user}@{host} IDENTIFIED VIA unix_socket";
const char sql_set_password[] =
    "ALTER USER {user}@{host} IDENTIFIED BY {password}";

const char sql_create_model[] =
    "CREATE USER IF NOT EXISTS {user}@{host} IDENTIFIED BY {password}"
    " ACCOUNT LOCK";
const char sql_drop_model[] = "DROP USER IF EXISTS {user}@{host}";

/* Texts of a list compare as the columns of schema.sql do: byte by byte, also
 * blanks at the end. Two collations in one comparison are an error. */
#define BYTEWISE " COLLATE utf8mb4_nopad_bin"
#define TEXT(n) "VARCHAR(" #n ")" BYTEWISE
#define NOW "UTC_TIMESTAMP(3)"
/* Times travel as milliseconds since 1970, by plain arithmetic: what
 * FROM_UNIXTIME and UNIX_TIMESTAMP know ends in 2038 or in 2106, and begins
 * at 0 or behind it, by the release of MariaDB; all else is NULL to them. */
#define EPOCH "TIMESTAMP'1970-01-01 00:00:00'"
#define MS(time) "(TIMESTAMPDIFF(MICROSECOND, " EPOCH ", " time ") DIV 1000)"
#define AT_MS(ms) EPOCH " + INTERVAL (" ms ") * 1000 MICROSECOND"
#define AFTER_MS(ms) NOW " + INTERVAL (" ms ") * 1000 MICROSECOND"
#define SOON AFTER_MS("2000") /* SEND_SOON_MS */
#define DIGITS(n) #n
#define DIGITS_OF(n) DIGITS(n)
#define ID_SECOND(id) "(" id " >> " DIGITS_OF(ID_COUNT_BITS) ")"

const char sql_clock[] = "SELECT " MS(NOW);
/* names of applications as a JSON array */
#define IN_APPS(column)                                                        \
	column " IN (SELECT j.name FROM JSON_TABLE(?,"                         \
	" '$[*]' COLUMNS (name " TEXT(255) " PATH '$')) j)"
/* the same, twice; null: of all */
#define OF_APPS(column) "(? IS NULL OR " IN_APPS(column) ")"
/* what db/walk.h goes by: the key, twice, null for the start; at most, left
 * out */
#define BEHIND(key)                                                            \
	"(? IS NULL OR " key " > ?) ORDER BY " key " LIMIT ? OFFSET ?"

#define APP_COLUMNS                                                            \
	"id, app_id, has_apns, has_fcm, has_hms,"                              \
	" apns_bundle, apns_key_id, apns_team_id, apns_environment,"           \
	" fcm_project_id, hms_project_id"

#define DEVICE_COLUMNS                                                         \
	"d.id, d.activation_id, d.user_id, d.app_id, d.platform,"              \
	" d.environment, d.push_token,"                                        \
	" " MS("d.timestamp_last_registered") ","                              \
	" COALESCE(d.is_active, 0), " MS("d.gone_at") ", d.gone_reason"

/* newest first; one more than DEVICE_LIST_MAX */
#define DEVICE_LIST(of)                                                        \
	"SELECT " DEVICE_COLUMNS ", a.app_id"                                  \
	" FROM push_device_registration d"                                     \
	" JOIN push_app_credentials a ON a.id = d.app_id"                      \
	" WHERE d.user_id = ? AND (? IS NULL OR a.app_id = ?)" of              \
	" ORDER BY d.timestamp_last_registered DESC, d.id DESC"                \
	" LIMIT 1001"

/* The last but one: its last use is to be written down. */
#define INTEGRATION                                                            \
	"SELECT id, name, secret_hash,"                                        \
	" IF(old_until > " NOW ", old_hash, NULL), roles, apps,"               \
	" COALESCE(last_used < " NOW " - INTERVAL 1 HOUR, 1), token"           \
	" FROM push_integration"

/* The platforms' names by the one list, in any letter case. */
#define PLATFORM_NAMES(number, id, name, old) "('" #name "', '" old "')"
#define IS_APNS(column)                                                        \
	"LOWER(" column ") IN " PLATFORM_ROW_APNS(PLATFORM_NAMES)

/* token as given, its spelling for APNs (or null): see push/token.h */
#define TOKEN_IS                                                               \
	"(push_token = ? OR push_token = ? AND " IS_APNS("platform") ")"

/* May something be sent to it? As in migrations/0005-tokens.sql. */
#define IS_TOKEN                                                               \
	"IF(" IS_APNS("platform") ","                                          \
	" push_token REGEXP '^([0-9a-f]{2}){1,256}\\\\z',"                     \
	" push_token REGEXP '^[!-~]+\\\\z' AND LOWER(push_token) NOT IN"       \
	" ('null', 'undefined', 'nil', 'none', '(null)'))"

/* app; token, its two spellings; activation twice; user twice */
#define IN_QUARANTINE                                                          \
	"gone_at IS NOT NULL AND app_id = ? AND (? IS NULL OR " TOKEN_IS ")"   \
	" AND (? IS NULL OR activation_id = ?)"                                \
	" AND (? IS NULL OR user_id = ?)"

/* What a device is now, for a row that was written earlier. */
#define DEVICE_NOW                                                             \
	"d.generation, d.gone_at IS NOT NULL, COALESCE(d.is_active, 0),"       \
	" d.platform, d.environment"

/* Nothing of it waits any more, neither in rows nor for its moment. */
#define SEND_OVER(s)                                                           \
	" " s ".done >= " s ".total AND " s ".scheduled = 0"
#define SEND_WAITS(s)                                                          \
	" (" s ".done < " s ".total OR " s ".scheduled > 0)"

/* A campaign's run that has not all its rows in the outbox yet may look
 * complete: what it needs must stay. */
#define NOT_QUEUEING                                                           \
	" AND NOT EXISTS (SELECT 1 FROM push_campaign c"                       \
	" WHERE c.send_id = s.id AND c.state = 'queueing')"

/*
 * Whom a campaign reaches: the devices, in its own application, of its
 * users, that are believed to exist and whose platform has credentials. Of
 * those with the same platform and token one is chosen: one that can be
 * sent to, then the oldest. environment 2 is refused: a development device
 * of an application in production.
 */
#define RUN_NUMBER(number, id, name, old)                                      \
	" WHEN '" #name "' THEN " #number " WHEN '" old "' THEN " #number
#define RUN_PLATFORM "(CASE LOWER(d.platform)" PLATFORMS(RUN_NUMBER) " END)"
/* each takes the default, 1 development */
#define RUN_BASE "COALESCE(a.apns_environment = 'development', ?)"
#define RUN_ENVIRONMENT                                                        \
	"(CASE WHEN NOT " IS_APNS("d.platform") " THEN 0"                      \
	" WHEN d.environment = 'production' THEN 0"                            \
	" WHEN d.environment = 'development' THEN 2 - " RUN_BASE               \
	" ELSE " RUN_BASE " END)"
#define RUN_HAS(number, id, name, old)                                         \
	" WHEN '" #name "' THEN a.has_" #name                                  \
	" WHEN '" old "' THEN a.has_" #name
#define RUN_REACHES                                                            \
	"d.app_id = a.id AND d.gone_at IS NULL"                                \
	" AND (CASE LOWER(d.platform)" PLATFORMS(RUN_HAS) " END)"
#define RUN_CHOICE                                                             \
	"ROW_NUMBER() OVER (PARTITION BY d.push_token, " RUN_PLATFORM          \
	" ORDER BY d.environment <=> 'development', d.id)"
#define RUN_CAMPAIGN                                                           \
	" FROM push_campaign c STRAIGHT_JOIN push_app_credentials a"           \
	" ON a.id = c.app_id"
#define RUN_DEVICE                                                             \
	" d.id, " RUN_PLATFORM " AS platform,"                                 \
	" " RUN_ENVIRONMENT " AS environment, d.push_token AS token,"          \
	" d.generation, c.send_id, c.app_id, " RUN_BASE " AS development"

/* in development nobody is, without a look at the row */
#define RUN_NOT_REFUSED " AND (r.development OR r.environment <> 2)"

/* The few users of a campaign first, then their devices.
 * default, default, default, campaign */
#define RUN_SMALL                                                              \
	" FROM (SELECT" RUN_DEVICE ", " RUN_CHOICE " AS choice" RUN_CAMPAIGN   \
	" STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = c.id"          \
	" STRAIGHT_JOIN push_device_registration d"                            \
	" FORCE INDEX (push_device_user_app) ON d.user_id = u.user_id"         \
	" AND " RUN_REACHES " WHERE c.id = ?) r WHERE r.choice = 1"

/* The devices in the order they lie, and whether their users are of it: far
 * cheaper a device where the table does not fit into memory.
 * default, default, default, last device, campaign */
#define RUN_LARGE                                                              \
	" FROM (SELECT" RUN_DEVICE RUN_CAMPAIGN                                \
	" STRAIGHT_JOIN push_device_registration d FORCE INDEX (PRIMARY)"      \
	" ON d.id > c.queued_id AND d.id <= ? AND " RUN_REACHES                \
	" STRAIGHT_JOIN push_campaign_user u"                                  \
	" ON u.campaign_id = c.id AND u.user_id = d.user_id"                   \
	" LEFT JOIN push_campaign_twin t"                                      \
	" ON t.campaign_id = c.id AND t.device_id = d.id"                      \
	" WHERE c.id = ? AND t.device_id IS NULL) r WHERE 1"

/* The row's id is the run's and the device's: unique within the run, and
 * two runs of one second start at random numbers (see lib/id.h). */
#define RUN_QUEUE                                                              \
	"INSERT INTO push_outbox (lane, due, send_id, body_id, app_id, shard," \
	" id, device_id, platform, environment, token, generation)"            \
	" SELECT 1, " NOW ", r.send_id, r.send_id, r.app_id, r.id % 64,"       \
	" r.send_id + (r.id & 1073741823), r.id, r.platform, r.environment,"   \
	" r.token, r.generation"

#define CAMPAIGN_COLUMNS                                                       \
	"c.id, c.app_id, a.app_id, c.is_sent, c.message, c.state, c.send_id,"  \
	" " MS("c.timestamp_created") ", " MS("c.timestamp_sent") ","          \
	" " MS("c.timestamp_completed") ", c.queued_id, c.queue_end"           \
	" FROM push_campaign c"                                                \
	" JOIN push_app_credentials a ON a.id = c.app_id"

#define INBOX_COLUMNS                                                          \
	"i.inbox_id, i.message_type, i.subject, i.summary, i.is_read,"         \
	" " MS("i.timestamp_created")
#define INBOX_IN_APPS                                                          \
	" AND (SELECT COUNT(*) FROM push_inbox_app l"                          \
	" WHERE l.inbox_id = i.id AND FIND_IN_SET(l.app_credentials_id, ?))"   \
	" ORDER BY i.timestamp_created DESC, i.id DESC LIMIT ? OFFSET ?"

const char *const sql[SQL__COUNT] = {
	[SQL_SCHEMA_VERSION] = "SELECT MAX(version) FROM push_schema",
	/* version: not of those before 3, which lack the column */
	[SQL_SCHEMA_OLDEST] =
	    "SELECT oldest FROM push_schema WHERE version = ?",
	[SQL_PING] = "SELECT 1",

	/* --- applications --------------------------------------------- */
	[SQL_APP_BY_NAME] =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials"
	    " WHERE app_id = ?",
	[SQL_APP_BY_ID] =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials WHERE id = ?",
	/* names of applications, twice: null for all */
	[SQL_APP_PAGE] =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials a"
	    " WHERE " OF_APPS("a.app_id") " AND " BEHIND("a.app_id"),
	[SQL_APP_LIST] =
	    "SELECT " APP_COLUMNS " FROM push_app_credentials"
	    " ORDER BY app_id",
	[SQL_APP_ADD] =
	    "INSERT INTO push_app_credentials (app_id, timestamp_created)"
	    " VALUES (?, " NOW ")",
	/* key, team, key id, bundle, environment, id; nulls remove */
	[SQL_APP_SET_APNS] =
	    "UPDATE push_app_credentials SET apns_private_key = ?,"
	    " apns_team_id = ?, apns_key_id = ?, apns_bundle = ?,"
	    " apns_environment = ?, timestamp_last_updated = " NOW ","
	    " version = version + 1 WHERE id = ?",
	[SQL_APP_SET_FCM] =
	    "UPDATE push_app_credentials SET fcm_private_key = ?,"
	    " fcm_project_id = ?, timestamp_last_updated = " NOW ","
	    " version = version + 1 WHERE id = ?",
	[SQL_APP_SET_HMS] =
	    "UPDATE push_app_credentials SET hms_project_id = ?,"
	    " hms_client_id = ?, hms_client_secret = ?,"
	    " timestamp_last_updated = " NOW ","
	    " version = version + 1 WHERE id = ?",
	[SQL_APP_CREDENTIALS] =
	    "SELECT id, app_id, version, apns_private_key, apns_team_id,"
	    " apns_key_id, apns_bundle, apns_environment, fcm_private_key,"
	    " fcm_project_id, hms_project_id, hms_client_id,"
	    " hms_client_secret FROM push_app_credentials WHERE id = ?",
	/* names of applications, twice: null for all; rows without any
	 * credentials, names that only activations have */
	[SQL_APP_UNCONFIGURED] =
	    "SELECT u.app_id FROM (SELECT app_id FROM push_app_credentials"
	    " WHERE NOT (has_apns OR has_fcm OR has_hms)"
	    " UNION SELECT app_id FROM push_activation"
	    " WHERE app_id IS NOT NULL AND app_id NOT IN"
	    " (SELECT app_id FROM push_app_credentials)) u"
	    " WHERE " OF_APPS("u.app_id") " AND " BEHIND("u.app_id"),
	[SQL_APP_VERSIONS] = "SELECT id, version FROM push_app_credentials",
	/* new box, row, old box: the same secret under another key, so no new
	 * version; whoever changed it meanwhile wins */
	[SQL_BOX_REPLACE_APNS] =
	    "UPDATE push_app_credentials SET apns_private_key = ?"
	    " WHERE id = ? AND apns_private_key = ?",
	[SQL_BOX_REPLACE_FCM] =
	    "UPDATE push_app_credentials SET fcm_private_key = ?"
	    " WHERE id = ? AND fcm_private_key = ?",
	[SQL_BOX_REPLACE_HMS] =
	    "UPDATE push_app_credentials SET hms_client_secret = ?"
	    " WHERE id = ? AND hms_client_secret = ?",
	[SQL_SEALED_REPLACE_ACCESS_TOKEN] =
	    "UPDATE push_grant SET token = ? WHERE name = ? AND token = ?",

	/* --- activations ---------------------------------------------- */
	[SQL_ACTIVATION_BY_ID] =
	    "SELECT activation_id, user_id, app_id, activation_status,"
	    " " MS("timestamp_created") ", " MS("timestamp_changed")
	    " FROM push_activation WHERE activation_id = ?",
	[SQL_ACTIVATION_APP] =
	    "SELECT app_id FROM push_activation WHERE activation_id = ?"
	    " FOR UPDATE",
	/* a null user or app keeps what is there */
	[SQL_ACTIVATION_PUT] =
	    "INSERT INTO push_activation (activation_id, user_id, app_id,"
	    " activation_status, timestamp_created, timestamp_changed)"
	    " VALUES (?, ?, ?, ?, " NOW ", " NOW ")"
	    " ON DUPLICATE KEY UPDATE"
	    " user_id = COALESCE(VALUES(user_id), user_id),"
	    " app_id = COALESCE(VALUES(app_id), app_id),"
	    " activation_status = VALUES(activation_status),"
	    " timestamp_changed = VALUES(timestamp_changed)",

	/* --- devices -------------------------------------------------- */
	/* app, token */
	[SQL_DEVICE_TURN] =
	    "UPDATE push_device_turn SET n = n + 1"
	    " WHERE slot = CRC32(CONCAT(?, ' ', ?)) % 512",
	[SQL_DEVICE_BY_ACTIVATION_TOKEN] =
	    "SELECT " DEVICE_COLUMNS " FROM push_device_registration d"
	    " WHERE d.activation_id = ? AND d.push_token = ? FOR UPDATE",
	[SQL_DEVICE_BY_ACTIVATION] =
	    "SELECT " DEVICE_COLUMNS " FROM push_device_registration d"
	    " WHERE d.activation_id = ? FOR UPDATE",
	[SQL_DEVICE_BY_APP_TOKEN] =
	    "SELECT " DEVICE_COLUMNS " FROM push_device_registration d"
	    " WHERE d.app_id = ? AND d.push_token = ? ORDER BY d.id"
	    " FOR UPDATE",
	[SQL_DEVICE_ADD] =
	    "INSERT INTO push_device_registration (activation_id, user_id,"
	    " app_id, platform, environment, push_token, is_active,"
	    " timestamp_last_registered) VALUES (?, ?, ?, ?, ?, ?, ?, " NOW
	    ")",
	/* activation, user, app, the row's members, id. Registering again
	 * clears the quarantine; first the generation, which compares with
	 * what is there */
	[SQL_DEVICE_UPDATE] =
	    "UPDATE push_device_registration SET generation = generation +"
	    " IF(activation_id <=> ? AND user_id <=> ? AND app_id <=> ?, 0, 1),"
	    " activation_id = ?,"
	    " user_id = ?, app_id = ?, platform = ?, environment = ?,"
	    " push_token = ?, is_active = ?,"
	    " timestamp_last_registered = " NOW ","
	    " gone_at = NULL, gone_reason = NULL WHERE id = ?",
	[SQL_DEVICE_REMOVE] =
	    "DELETE FROM push_device_registration"
	    " WHERE app_id = ? AND " TOKEN_IS,
	/* app, token, the one that stays */
	[SQL_DEVICE_REMOVE_OTHERS] =
	    "DELETE FROM push_device_registration"
	    " WHERE app_id = ? AND push_token = ? AND id <> ?",
	[SQL_DEVICE_REMOVE_ID] =
	    "DELETE FROM push_device_registration WHERE id = ?",
	/* active, activation, app, app: null for any */
	[SQL_DEVICE_SET_ACTIVE] =
	    "UPDATE push_device_registration SET is_active = ?"
	    " WHERE activation_id = ? AND (? IS NULL OR app_id = ?)",
	/* user, app, app: null means any */
	[SQL_DEVICE_LIST] = DEVICE_LIST(""),
	/* and names of applications: a caller who is bound to none does
	 * not pay for the subquery */
	[SQL_DEVICE_LIST_OF] = DEVICE_LIST(" AND " IN_APPS("a.app_id")),
	/* one more than DEVICE_TARGETS_MAX */
	[SQL_DEVICE_TARGETS] =
	    "SELECT d.id, d.platform, d.environment, d.push_token,"
	    " COALESCE(d.is_active, 0), d.activation_id, d.generation"
	    " FROM push_device_registration d"
	    " WHERE d.user_id = ? AND d.app_id = ?"
	    " AND (? IS NULL OR d.activation_id = ?) AND d.gone_at IS NULL"
	    " ORDER BY d.id LIMIT 100001",
	/* list of devices: the place in it, from 1, and what it is now */
	[SQL_DEVICE_NOW] =
	    "SELECT j.n, " DEVICE_NOW ", d.push_token FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,"
	    " id BIGINT PATH '$')) j"
	    " LEFT JOIN push_device_registration d ON d.id = j.id",
	[SQL_DEVICE_APP] =
	    "SELECT a.id, a.app_id FROM push_device_registration d"
	    " JOIN push_app_credentials a ON a.id = d.app_id"
	    " WHERE d.activation_id = ?",
	/* list of [device, token, reason, ms or null]; only if it was
	 * registered before that moment */
	[SQL_DEVICE_GONE] =
	    "UPDATE push_device_registration d JOIN JSON_TABLE(?, '$[*]'"
	    " COLUMNS (id BIGINT PATH '$[0]',"
	    " token " TEXT(512) " PATH '$[1]',"
	    " reason " TEXT(80) " PATH '$[2]', ms BIGINT PATH '$[3]')) j"
	    " ON d.id = j.id AND d.push_token = j.token"
	    " SET d.gone_at = " NOW ", d.gone_reason = j.reason"
	    " WHERE d.gone_at IS NULL"
	    " AND " MS("d.timestamp_last_registered") " < j.ms",

	/* --- sends ---------------------------------------------------- */
	/* id, app, campaign, mode, scheduled, total, answered, done, then
	 * total and failed of each platform */
	[SQL_SEND_ADD] =
	    "INSERT INTO push_send (id, app_id, campaign_id, mode, created,"
	    " scheduled, total, answered, done, apns_total, apns_failed,"
	    " fcm_total, fcm_failed, hms_total, hms_failed)"
	    " VALUES (?, ?, ?, ?, " NOW ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_SEND_BY_ID] =
	    "SELECT s.id, s.app_id, a.app_id, s.campaign_id, s.mode,"
	    " " MS("s.created") ", s.total, s.answered, s.done,"
	    " " MS("s.cancelled") ","
	    " apns_total, apns_sent, apns_failed, apns_expired,"
	    " fcm_total, fcm_sent, fcm_failed, fcm_expired,"
	    " hms_total, hms_sent, hms_failed, hms_expired,"
	    " s.scheduled, s.removed, s.inactive FROM push_send s"
	    " LEFT JOIN push_app_credentials a ON a.id = s.app_id"
	    " WHERE s.id = ?",
	/* list of [send, answered, done, then sent, failed, expired of each
	 * platform, removed, inactive] to add */
	[SQL_SEND_COUNT] =
	    "UPDATE push_send s JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT UNSIGNED PATH '$[0]', answered INT PATH '$[1]',"
	    " done INT PATH '$[2]', aps INT PATH '$[3]', apf INT PATH '$[4]',"
	    " ape INT PATH '$[5]', fs INT PATH '$[6]', ff INT PATH '$[7]',"
	    " fe INT PATH '$[8]', hs INT PATH '$[9]', hf INT PATH '$[10]',"
	    " he INT PATH '$[11]', gone INT PATH '$[12]',"
	    " inactive INT PATH '$[13]')) j ON s.id = j.id"
	    " SET s.answered = LEAST(s.total, s.answered + j.answered),"
	    " s.done = s.done + j.done,"
	    " s.apns_sent = s.apns_sent + j.aps,"
	    " s.apns_failed = s.apns_failed + j.apf,"
	    " s.apns_expired = s.apns_expired + j.ape,"
	    " s.fcm_sent = s.fcm_sent + j.fs,"
	    " s.fcm_failed = s.fcm_failed + j.ff,"
	    " s.fcm_expired = s.fcm_expired + j.fe,"
	    " s.hms_sent = s.hms_sent + j.hs,"
	    " s.hms_failed = s.hms_failed + j.hf,"
	    " s.hms_expired = s.hms_expired + j.he,"
	    " s.removed = s.removed + j.gone,"
	    " s.inactive = s.inactive + j.inactive",
	/* list of [send, no more scheduled, failed, then total and failed of
	 * each platform] */
	[SQL_SEND_DUE] =
	    "UPDATE push_send s JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT UNSIGNED PATH '$[0]', n INT PATH '$[1]',"
	    " failed INT PATH '$[2]', apt INT PATH '$[3]',"
	    " apf INT PATH '$[4]', ft INT PATH '$[5]', ff INT PATH '$[6]',"
	    " ht INT PATH '$[7]', hf INT PATH '$[8]')) j ON s.id = j.id"
	    " SET s.scheduled = s.scheduled - j.n,"
	    " s.total = s.total + j.apt + j.ft + j.ht,"
	    " s.answered = s.answered + j.failed, s.done = s.done + j.failed,"
	    " s.apns_total = s.apns_total + j.apt,"
	    " s.apns_failed = s.apns_failed + j.apf,"
	    " s.fcm_total = s.fcm_total + j.ft,"
	    " s.fcm_failed = s.fcm_failed + j.ff,"
	    " s.hms_total = s.hms_total + j.ht,"
	    " s.hms_failed = s.hms_failed + j.hf",
	/* older than so many ms, a bounded number */
	[SQL_SEND_PURGE] =
	    "DELETE FROM push_send WHERE created < " NOW
	    " - INTERVAL (? * 1000) MICROSECOND AND" SEND_OVER("push_send")
	    " LIMIT 1000",

	/* --- outbox --------------------------------------------------- */
	/* send, app, then a list of [shard, id, body id, device, platform,
	 * environment, token, body or null, generation, personal] */
	[SQL_OUTBOX_ADD] =
	    "INSERT INTO push_outbox (lane, due, send_id, app_id, shard, id,"
	    " body_id, device_id, platform, environment, token, body,"
	    " generation, personal)"
	    " SELECT 0, " NOW ", ?, ?, j.* FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS ("
	    " shard TINYINT UNSIGNED PATH '$[0]',"
	    " id BIGINT UNSIGNED PATH '$[1]',"
	    " body_id BIGINT UNSIGNED PATH '$[2]', device BIGINT PATH '$[3]',"
	    " platform TINYINT UNSIGNED PATH '$[4]',"
	    " environment TINYINT UNSIGNED PATH '$[5]',"
	    " token " TEXT(512) " PATH '$[6]',"
	    " body MEDIUMTEXT" BYTEWISE " PATH '$[7]',"
	    " generation INT UNSIGNED PATH '$[8]',"
	    " personal TINYINT PATH '$[9]')) j",
	/* a user's: send, app, then a list of [shard, id, body id, ms until
	 * due, user, activation or null, personal] */
	[SQL_OUTBOX_SCHEDULE] =
	    "INSERT INTO push_outbox (lane, due, send_id, app_id, shard, id,"
	    " body_id, device_id, platform, environment, token, user_id,"
	    " activation_id, personal)"
	    " SELECT 0, " AFTER_MS("j.ms") ", ?, ?, j.shard, j.id, j.body_id,"
	    " 0, 255, 0, '', j.user_id, j.activation_id, j.personal FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS ("
	    " shard TINYINT UNSIGNED PATH '$[0]',"
	    " id BIGINT UNSIGNED PATH '$[1]',"
	    " body_id BIGINT UNSIGNED PATH '$[2]', ms BIGINT PATH '$[3]',"
	    " user_id " TEXT(255) " PATH '$[4]',"
	    " activation_id " TEXT(37) " PATH '$[5]',"
	    " personal TINYINT PATH '$[6]')) j",
	/* list of [shard, lane, due ms, id], want bodies: those still there,
	 * locked with their sends */
	[SQL_OUTBOX_DUE] =
	    "SELECT q.id, q.shard, q.send_id, q.body_id, q.app_id, q.user_id,"
	    " q.activation_id, q.personal,"
	    " s.id IS NULL OR s.cancelled IS NOT NULL,"
	    " IF(?, b.body, NULL), j.l, j.d FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS ("
	    " s TINYINT UNSIGNED PATH '$[0]', l TINYINT UNSIGNED PATH '$[1]',"
	    " d BIGINT PATH '$[2]', i BIGINT UNSIGNED PATH '$[3]')) j"
	    " STRAIGHT_JOIN push_outbox q ON q.shard = j.s AND q.lane = j.l"
	    " AND q.due = " AT_MS("j.d") " AND q.id = j.i"
	    " LEFT JOIN push_send s ON s.id = q.send_id"
	    " LEFT JOIN push_outbox_body b ON b.id = q.body_id"
	    " ORDER BY q.send_id, q.id FOR UPDATE",
	[SQL_OUTBOX_BODY_ADD] =
	    "INSERT INTO push_outbox_body (id, send_id, body)"
	    " VALUES (?, ?, ?)",
	[SQL_OUTBOX_BODY_BY_ID] =
	    "SELECT body FROM push_outbox_body WHERE id = ?",
	/* bodies of sends that are over */
	[SQL_OUTBOX_BODY_PURGE] =
	    "DELETE b FROM push_outbox_body b JOIN push_send s"
	    " ON s.id = b.send_id WHERE" SEND_OVER("s")
	    " AND s.created < " NOW " - INTERVAL 1 MINUTE" NOT_QUEUEING,
	/* shard, lane, due ms, id, due ms, limit: in key order behind a
	 * place, what is due by database time, each with what its device is
	 * now; a token that is the row's is not told again */
	[SQL_OUTBOX_READ] =
	    "SELECT " MS("q.due") ", q.id, q.send_id, q.body_id, q.app_id,"
	    " q.device_id, q.platform, q.environment, q.attempts, q.token,"
	    " q.body, q.generation, q.personal, " DEVICE_NOW ","
	    " IF(d.push_token = q.token, NULL, d.push_token)"
	    " FROM push_outbox q"
	    " LEFT JOIN push_device_registration d ON d.id = q.device_id"
	    " WHERE q.shard = ? AND q.lane = ? AND ((q.due = " AT_MS("?")
	    " AND q.id > ?) OR q.due > " AT_MS("?") ")"
	    " AND q.due <= " NOW
	    " ORDER BY q.shard, q.lane, q.due, q.id LIMIT ?",
	/* shard, lane, limit: what is due, from no place and by no arithmetic,
	 * so that no fault of the one above is its own */
	[SQL_OUTBOX_OLDEST] =
	    "SELECT id, CAST(due AS CHAR), platform FROM push_outbox"
	    " WHERE shard = ? AND lane = ? AND due <= " NOW
	    " ORDER BY shard, lane, due, id LIMIT ?",
	/* list of [shard, lane, due ms, id]: those still there */
	[SQL_OUTBOX_PRESENT] =
	    "SELECT q.id FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " s TINYINT UNSIGNED PATH '$[0]', l TINYINT UNSIGNED PATH '$[1]',"
	    " d BIGINT PATH '$[2]', i BIGINT UNSIGNED PATH '$[3]')) j"
	    " STRAIGHT_JOIN push_outbox q ON q.shard = j.s AND q.lane = j.l"
	    " AND q.due = " AT_MS("j.d") " AND q.id = j.i"
	    " FOR UPDATE",
	/* list of [shard, lane, due ms, id] */
	[SQL_OUTBOX_DELETE] =
	    "DELETE q FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " s TINYINT UNSIGNED PATH '$[0]', l TINYINT UNSIGNED PATH '$[1]',"
	    " d BIGINT PATH '$[2]', i BIGINT UNSIGNED PATH '$[3]')) j"
	    " STRAIGHT_JOIN push_outbox q ON q.shard = j.s AND q.lane = j.l"
	    " AND q.due = " AT_MS("j.d") " AND q.id = j.i",
	/* list of [shard, lane, due ms, id, pause ms, tries used up] */
	[SQL_OUTBOX_DEFER] =
	    "UPDATE JSON_TABLE(?, '$[*]' COLUMNS ("
	    " s TINYINT UNSIGNED PATH '$[0]', l TINYINT UNSIGNED PATH '$[1]',"
	    " d BIGINT PATH '$[2]', i BIGINT UNSIGNED PATH '$[3]',"
	    " pause BIGINT PATH '$[4]', tries INT PATH '$[5]')) j"
	    " STRAIGHT_JOIN push_outbox q ON q.shard = j.s AND q.lane = j.l"
	    " AND q.due = " AT_MS("j.d") " AND q.id = j.i"
	    " SET q.due = " AFTER_MS("j.pause") ","
	    " q.attempts = q.attempts + j.tries",
	[SQL_OUTBOX_DEPTH] =
	    "SELECT COALESCE(a.app_id, '?'), q.platform, q.lane, COUNT(*),"
	    " SUM(q.attempts > 0), " MS("MIN(q.due)") ","
	    " CAST(" ID_SECOND("MIN(q.id)") " * 1000 AS SIGNED)"
	    " FROM push_outbox q"
	    " LEFT JOIN push_app_credentials a ON a.id = q.app_id"
	    " GROUP BY q.app_id, q.platform, q.lane"
	    " ORDER BY 1, 2, 3",
	[SQL_OUTBOX_TOTAL] =
	    "SELECT COUNT(*), CAST(" ID_SECOND("MIN(id)") " AS SIGNED)"
	    " FROM push_outbox",

	/* --- messages, when stored ------------------------------------ */
	/* user, activation, silent, personal, body, send, list of [id,
	 * device, platform, status, state, reason] */
	[SQL_MESSAGE_ADD] =
	    "INSERT INTO push_message (user_id, activation_id, is_silent,"
	    " is_personal, message_body, send_id, timestamp_created, id,"
	    " device_registration_id, platform, status, state, reason,"
	    " timestamp_finished)"
	    " SELECT ?, ?, ?, ?, ?, ?, " NOW ", j.*,"
	    " IF(j.status = 0, NULL, " NOW ") FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$[0]',"
	    " device BIGINT PATH '$[1]',"
	    " platform TINYINT UNSIGNED PATH '$[2]', status INT PATH '$[3]',"
	    " state " TEXT(16) " PATH '$[4]',"
	    " reason " TEXT(80) " PATH '$[5]')) j",
	/* list of [id, status, state, tries, provider's id, reason] */
	[SQL_MESSAGE_FINISH] =
	    "UPDATE push_message m JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT PATH '$[0]', status INT PATH '$[1]',"
	    " state " TEXT(16) " PATH '$[2]', tries INT PATH '$[3]',"
	    " provider_id " TEXT(64) " PATH '$[4]',"
	    " reason " TEXT(80) " PATH '$[5]')) j ON m.id = j.id"
	    " SET m.status = j.status, m.state = j.state, m.tries = j.tries,"
	    " m.provider_id = COALESCE(j.provider_id, m.provider_id),"
	    " m.reason = j.reason,"
	    " m.timestamp_finished = IF(j.status = 0, NULL, " NOW ")",
	/* the same list and [..., device, send, platform]: a campaign's rows
	 * are written with their first outcome, not when it is queued */
	[SQL_MESSAGE_OF_CAMPAIGN] =
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
	    " timestamp_finished = VALUES(timestamp_finished)",
	[SQL_MESSAGE_PURGE] =
	    "DELETE FROM push_message WHERE timestamp_created < " NOW
	    " - INTERVAL (? * 1000) MICROSECOND LIMIT 1000",

	/* --- shards --------------------------------------------------- */
	[SQL_SHARD_LIST] =
	    "SELECT shard, owner, epoch, lease_until > " NOW ", incarnation"
	    " FROM push_shard ORDER BY shard",
	/* owner, incarnation, lease ms, shard, epoch as read: one wins; an
	 * earlier life that is over loses it before its lease does */
	[SQL_SHARD_TAKE] =
	    "SET STATEMENT innodb_lock_wait_timeout = 0 FOR"
	    " UPDATE push_shard SET owner = ?, incarnation = ?,"
	    " epoch = epoch + 1,"
	    " lease_until = " AFTER_MS("?") " WHERE shard = ? AND epoch = ?",
	/* lease ms, list of [shard, epoch], incarnation */
	[SQL_SHARD_RENEW] =
	    "UPDATE push_shard s JOIN"
	    " (SELECT CAST(? AS SIGNED) AS lease) l JOIN"
	    " JSON_TABLE(?, '$[*]' COLUMNS (s TINYINT UNSIGNED PATH '$[0]',"
	    " e BIGINT UNSIGNED PATH '$[1]')) j"
	    " ON s.shard = j.s AND s.epoch = j.e"
	    " SET s.lease_until = " AFTER_MS("l.lease")
	    " WHERE s.incarnation = ?",
	/* list of [shard, epoch], incarnation */
	[SQL_SHARD_FREE] =
	    "UPDATE push_shard s JOIN JSON_TABLE(?, '$[*]' COLUMNS ("
	    " s TINYINT UNSIGNED PATH '$[0]',"
	    " e BIGINT UNSIGNED PATH '$[1]')) j"
	    " ON s.shard = j.s AND s.epoch = j.e"
	    " SET s.owner = '', s.incarnation = 0,"
	    " s.lease_until = '2000-01-01' WHERE s.incarnation = ?",
	[SQL_INSTANCE_LOOK] =
	    "SELECT incarnation, beats, host, pid FROM push_instance"
	    " WHERE name = ?",
	/* name, incarnation, host, process */
	[SQL_INSTANCE_ADD] =
	    "INSERT INTO push_instance (name, incarnation, host, pid, started,"
	    " seen, figures) VALUES (?, ?, ?, ?, " NOW ", " NOW ", '{}')",
	/* incarnation, host, process, name, the incarnation before: one wins */
	[SQL_INSTANCE_CLAIM] =
	    "UPDATE push_instance SET incarnation = ?, host = ?, pid = ?,"
	    " started = " NOW ", seen = " NOW ", beats = beats + 1,"
	    " figures = '{}' WHERE name = ? AND incarnation = ?",
	/* figures, name, incarnation */
	[SQL_INSTANCE_BEAT] =
	    "UPDATE push_instance SET seen = " NOW ", beats = beats + 1,"
	    " figures = ? WHERE name = ? AND incarnation = ?",
	/* lease ms: those seen within it */
	[SQL_INSTANCE_COUNT] =
	    "SELECT COUNT(*) FROM push_instance WHERE seen > " NOW
	    " - INTERVAL (? * 1000) MICROSECOND",
	[SQL_INSTANCE_LIST] =
	    "SELECT i.name, " MS("i.started") ", " MS("i.seen") ","
	    " " MS(NOW) ", i.figures, (SELECT COUNT(*) FROM push_shard s"
	    " WHERE s.owner = i.name AND s.lease_until > " NOW ")"
	    " FROM push_instance i ORDER BY i.name",
	/* lease ms, name, incarnation: it is listed as one that was seen before
	 * that, and the name is nobody's */
	[SQL_INSTANCE_LEAVE] =
	    "UPDATE push_instance SET incarnation = 0, seen = " NOW
	    " - INTERVAL (? * 1000 + 1000) MICROSECOND WHERE name = ?"
	    " AND incarnation = ?",
	/* one that is gone for good */
	[SQL_INSTANCE_PURGE] =
	    "DELETE FROM push_instance WHERE seen < " NOW
	    " - INTERVAL 1 DAY",

	/* --- grants, holds, health ------------------------------------ */
	/* name, sealed token, seconds since 1970 */
	[SQL_ACCESS_TOKEN_PUT] =
	    "INSERT INTO push_grant (name, token, granted)"
	    " VALUES (?, ?, " AT_MS("? * 1000") ") ON DUPLICATE KEY UPDATE"
	    " token = VALUES(token), granted = VALUES(granted)",
	[SQL_ACCESS_TOKEN_BY_NAME] =
	    "SELECT token, " MS("granted") " DIV 1000"
	    " FROM push_grant WHERE name = ?",
	[SQL_ACCESS_TOKEN_LIST] = "SELECT name, token FROM push_grant",
	[SQL_HOLD_LIST] =
	    "SELECT h.app_id, h.platform, " MS("h.since") ", h.reason,"
	    " a.app_id FROM push_hold h"
	    " JOIN push_app_credentials a ON a.id = h.app_id"
	    " ORDER BY a.app_id, h.platform",
	[SQL_HOLD_PUT] =
	    "INSERT INTO push_hold (app_id, platform, since, reason)"
	    " VALUES (?, ?, " NOW ", ?) ON DUPLICATE KEY UPDATE"
	    " reason = VALUES(reason)",
	/* app, platform, platform: 255 releases all of the app's */
	[SQL_HOLD_REMOVE] =
	    "DELETE FROM push_hold WHERE app_id = ?"
	    " AND (platform = ? OR ? = 255)",
	/* instance, list of [app, platform, environment, state, reason, ms
	 * until or null, accepted, suspects, gone]; since stays while the
	 * state does */
	[SQL_HEALTH_PUT] =
	    "INSERT INTO push_health (instance, since, seen, app_id,"
	    " platform, environment, state, reason, until, accepted,"
	    " suspects, gone) SELECT ?, " NOW ", " NOW ", j.app, j.p, j.env,"
	    " j.state, j.reason, " NOW " + INTERVAL (j.ms * 1000) MICROSECOND,"
	    " j.accepted, j.suspects, j.gone FROM JSON_TABLE(?, '$[*]'"
	    " COLUMNS (app BIGINT PATH '$[0]',"
	    " p TINYINT UNSIGNED PATH '$[1]',"
	    " env TINYINT UNSIGNED PATH '$[2]',"
	    " state " TEXT(16) " PATH '$[3]',"
	    " reason " TEXT(200) " PATH '$[4]',"
	    " ms BIGINT PATH '$[5]', accepted INT PATH '$[6]',"
	    " suspects INT PATH '$[7]', gone INT PATH '$[8]')) j"
	    " ON DUPLICATE KEY UPDATE"
	    " since = IF(push_health.state = VALUES(state),"
	    " push_health.since, VALUES(since)),"
	    " state = VALUES(state), reason = VALUES(reason),"
	    " until = VALUES(until), seen = VALUES(seen),"
	    " accepted = VALUES(accepted), suspects = VALUES(suspects),"
	    " gone = VALUES(gone)",
	[SQL_HEALTH_LIST] =
	    "SELECT a.app_id, h.platform, h.environment, h.instance, h.state,"
	    " h.reason, " MS("h.since") ", " MS("h.until") ","
	    " " MS("h.seen") ", h.accepted, h.suspects, h.gone"
	    " FROM push_health h"
	    " JOIN push_app_credentials a ON a.id = h.app_id"
	    " WHERE h.seen > " NOW " - INTERVAL 1 HOUR"
	    " ORDER BY a.app_id, h.platform, h.environment, h.instance",
	[SQL_HEALTH_PURGE] =
	    "DELETE FROM push_health WHERE seen < " NOW " - INTERVAL 1 DAY",
	/* list of [app, platform, outcome, reason, n]: a reason beyond
	 * COUNTER_REASONS counts as "other" */
	[SQL_COUNTER_ADD] =
	    "INSERT INTO push_counter (app_id, platform, outcome, reason, n)"
	    " SELECT j.app, j.p, j.outcome, IF(EXISTS (SELECT 1"
	    " FROM push_counter c WHERE c.app_id = j.app"
	    " AND c.platform = j.p AND c.outcome = j.outcome"
	    " AND c.reason = j.reason) OR (SELECT COUNT(*)"
	    " FROM push_counter c WHERE c.app_id = j.app"
	    " AND c.platform = j.p) < 64, j.reason, 'other'), j.n FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS (app BIGINT PATH '$[0]',"
	    " p TINYINT UNSIGNED PATH '$[1]',"
	    " outcome " TEXT(16) " PATH '$[2]',"
	    " reason " TEXT(80) " PATH '$[3]',"
	    " n BIGINT UNSIGNED PATH '$[4]')) j"
	    " ON DUPLICATE KEY UPDATE n = push_counter.n + VALUES(n)",
	[SQL_COUNTER_LIST] =
	    "SELECT a.app_id, c.platform, c.outcome, c.reason, c.n"
	    " FROM push_counter c"
	    " JOIN push_app_credentials a ON a.id = c.app_id"
	    " ORDER BY a.app_id, c.platform, c.outcome, c.reason",

	/* --- cancelling, restoring, repeating ------------------------- */
	[SQL_SEND_CANCEL] =
	    "UPDATE push_send SET cancelled = COALESCE(cancelled, " NOW ")"
	    " WHERE id = ? AND" SEND_WAITS("push_send"),
	[SQL_SEND_CANCELLED] =
	    "SELECT id FROM push_send WHERE cancelled IS NOT NULL"
	    " AND" SEND_WAITS("push_send") " ORDER BY id LIMIT 10000",
	/* app, token, token, its spelling for APNs, activation, user: null
	 * for any; one is given */
	[SQL_DEVICE_RESTORE] =
	    "UPDATE push_device_registration SET gone_at = NULL,"
	    " gone_reason = NULL WHERE " IN_QUARANTINE " AND " IS_TOKEN,
	[SQL_DEVICE_NO_TOKENS] =
	    "SELECT COUNT(*) FROM push_device_registration"
	    " WHERE " IN_QUARANTINE " AND NOT " IS_TOKEN,
	[SQL_DEVICE_PURGE] =
	    "DELETE FROM push_device_registration WHERE gone_at < " NOW
	    " - INTERVAL (? * 1000) MICROSECOND LIMIT 1000",
	/* name, request's digest, send */
	[SQL_IDEMPOTENCY_PUT] =
	    "INSERT INTO push_idempotency (name, request, send_id, created)"
	    " VALUES (?, ?, ?, " NOW ")",
	[SQL_IDEMPOTENCY_BY_NAME] =
	    "SELECT request, send_id FROM push_idempotency WHERE name = ?"
	    " AND created > " NOW " - INTERVAL 1 DAY",
	[SQL_IDEMPOTENCY_PURGE] =
	    "DELETE FROM push_idempotency WHERE created < " NOW
	    " - INTERVAL 1 DAY LIMIT 1000",
	/* --- live checks ---------------------------------------------- */
	[SQL_CHECK_ASK] =
	    "INSERT INTO push_check (app_id, asked) VALUES (?, " NOW ")"
	    " ON DUPLICATE KEY UPDATE asked = VALUES(asked), owner = NULL,"
	    " done = NULL, answer = NULL",
	[SQL_CHECK_ANSWER] =
	    "SELECT answer FROM push_check WHERE app_id = ?"
	    " AND done IS NOT NULL",
	[SQL_CHECK_TAKE] =
	    "UPDATE push_check SET owner = ? WHERE owner IS NULL"
	    " AND done IS NULL AND asked > " NOW " - INTERVAL 30 SECOND",
	[SQL_CHECK_TAKEN] =
	    "SELECT app_id FROM push_check WHERE owner = ? AND done IS NULL"
	    " AND asked > " NOW " - INTERVAL 30 SECOND",
	/* answer, app, owner */
	[SQL_CHECK_DONE] =
	    "UPDATE push_check SET done = " NOW ", answer = ?"
	    " WHERE app_id = ? AND owner = ?",

	/* --- integrations --------------------------------------------- */
	[SQL_INTEGRATION_ADD] =
	    "INSERT INTO push_integration (name, token, secret_hash, roles,"
	    " apps, created) VALUES (?, ?, ?, ?, ?, " NOW ")",
	/* new hash, ms the old one stays valid, name */
	[SQL_INTEGRATION_ROTATE] =
	    "UPDATE push_integration SET old_hash = secret_hash,"
	    " secret_hash = ?, old_until = " AFTER_MS("?") " WHERE name = ?",
	[SQL_INTEGRATION_REMOVE] =
	    "DELETE FROM push_integration WHERE name = ?",
	[SQL_INTEGRATION_LIST] =
	    "SELECT name, token, roles, apps, " MS("created") ","
	    " " MS("last_used") ", old_until > " NOW
	    " FROM push_integration WHERE " BEHIND("name"),
	[SQL_INTEGRATION_BY_TOKEN] = INTEGRATION " WHERE token = ?",
	[SQL_INTEGRATION_BY_NAME] = INTEGRATION " WHERE name = ?",
	[SQL_INTEGRATION_USED] =
	    "UPDATE push_integration SET last_used = " NOW " WHERE id = ?",
	/* it stays until the transaction ends */
	[SQL_INTEGRATION_LOCK] =
	    "SELECT id FROM push_integration WHERE id = ?"
	    " LOCK IN SHARE MODE",

	/* --- audit ---------------------------------------------------- */
	[SQL_AUDIT_ADD] =
	    "INSERT INTO push_audit (at, who, source, action, object, detail,"
	    " call_id) VALUES (" NOW ", ?, ?, ?, ?, ?, ?)",
	/* who, action, object, each twice: null for any; since ms; limit,
	 * offset: newest first, in order of the primary key */
	[SQL_AUDIT_LIST] =
	    "SELECT id, " MS("at") ", who, source, action, object, detail,"
	    " call_id FROM push_audit WHERE (? IS NULL OR who = ?)"
	    " AND (? IS NULL OR action = ?) AND (? IS NULL OR object = ?)"
	    " AND at >= " AT_MS("?")
	    " ORDER BY id DESC LIMIT ? OFFSET ?",

	/* one more than STORED_LIST_MAX */
	[SQL_MESSAGE_BY_SEND] =
	    "SELECT m.id, m.device_registration_id, m.user_id, m.platform,"
	    " m.state, m.tries, m.provider_id, m.reason,"
	    " " MS("m.timestamp_created") ", " MS("m.timestamp_finished")
	    " FROM push_message m WHERE m.send_id = ? ORDER BY m.id"
	    " LIMIT 1001",

	/* --- MariaDB's settings --------------------------------------- */
	[SQL_SERVER] =
	    "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit,"
	    " @@GLOBAL.log_bin, @@GLOBAL.sync_binlog,"
	    " @@GLOBAL.binlog_format",

	/* --- setup, as administrator ---------------------------------- */
	[SQL_ADMIN_LOCK] = "SELECT GET_LOCK(CONCAT('outpost setup ', ?), 30)",
	[SQL_ADMIN_DATABASE] =
	    "SELECT COUNT(*) FROM information_schema.schemata"
	    " WHERE schema_name = ?",
	/* of our tables; whose, is seen by them */
	[SQL_ADMIN_COLUMNS] =
	    "SELECT table_name, column_name, data_type"
	    " FROM information_schema.columns WHERE table_schema = ?"
	    " AND table_name LIKE 'push\\_%'",
	/* lease ms: the sendds that were seen within it */
	[SQL_ADMIN_ALIVE] =
	    "SELECT name, host FROM push_instance WHERE seen > " NOW
	    " - INTERVAL (? * 1000) MICROSECOND ORDER BY name",
	/* the same before version 7, which brought the column */
	[SQL_ADMIN_ALIVE_NAMES] =
	    "SELECT name, '' FROM push_instance WHERE seen > " NOW
	    " - INTERVAL (? * 1000) MICROSECOND ORDER BY name",
	/* what 0005-tokens.sql has counted on this connection */
	[SQL_ADMIN_TOKENS] =
	    "SELECT COALESCE(@merged, 0), COALESCE(@set_aside, 0)",
	[SQL_ADMIN_USER] =
	    "SELECT COUNT(*) FROM mysql.user WHERE user = ? AND host = ?",
	/* database, three times: all rights on it as one number */
	[SQL_ADMIN_RIGHTS] =
	    "SELECT COALESCE(MD5(GROUP_CONCAT(r ORDER BY r)), '') FROM"
	    " (SELECT CONCAT_WS(' ', grantee, table_name, privilege_type) r"
	    " FROM information_schema.table_privileges WHERE table_schema = ?"
	    " UNION ALL SELECT CONCAT_WS(' ', grantee, privilege_type)"
	    " FROM information_schema.schema_privileges WHERE table_schema = ?"
	    " UNION ALL SELECT CONCAT_WS(' ', grantee, table_name,"
	    " column_name, privilege_type)"
	    " FROM information_schema.column_privileges"
	    " WHERE table_schema = ?) x",

	/* database, a user, its host, a model, its host: as statements, what
	 * the user may do there and the model may not; columns first, for
	 * theirs go with a table's */
	[SQL_ADMIN_SURPLUS] =
	    "WITH r AS (SELECT grantee g, table_schema d,"
	    " CONCAT('`', table_name, '`') t, '' c, privilege_type p"
	    " FROM information_schema.table_privileges UNION ALL"
	    " SELECT grantee, table_schema, CONCAT('`', table_name, '`'),"
	    " CONCAT(' (`', column_name, '`)'), privilege_type"
	    " FROM information_schema.column_privileges UNION ALL"
	    " SELECT grantee, table_schema, '*', '', privilege_type"
	    " FROM information_schema.schema_privileges)"
	    " SELECT CONCAT('REVOKE ', r.p, r.c, ' ON `',"
	    " REPLACE(r.d, '`', '``'), '`.', r.t, ' FROM ', r.g) FROM r"
	    " WHERE r.d = ? AND r.g = CONCAT('''', ?, '''@''', ?, '''')"
	    " AND NOT EXISTS (SELECT 1 FROM r s WHERE s.d = r.d"
	    " AND s.g = CONCAT('''', ?, '''@''', ?, '''') AND s.t = r.t"
	    " AND s.c = r.c AND s.p = r.p) ORDER BY r.c DESC",

	/* --- campaigns ------------------------------------------------ */
	[SQL_CAMPAIGN_ADD] =
	    "INSERT INTO push_campaign (app_id, message, timestamp_created)"
	    " VALUES (?, ?, " NOW ")",
	[SQL_CAMPAIGN_BY_ID] =
	    "SELECT " CAMPAIGN_COLUMNS " WHERE c.id = ?",
	/* sent, sent, names of applications, twice: null for all */
	[SQL_CAMPAIGN_LIST] =
	    "SELECT " CAMPAIGN_COLUMNS " WHERE (? IS NULL OR c.is_sent = ?)"
	    " AND " OF_APPS("a.app_id") " AND " BEHIND("c.id"),
	[SQL_CAMPAIGN_REMOVE] = "DELETE FROM push_campaign WHERE id = ?",
	/* it stays until the transaction ends */
	[SQL_CAMPAIGN_LOCK] =
	    "SELECT id FROM push_campaign WHERE id = ? LOCK IN SHARE MODE",
	/* campaign, list of users; who is there already stays */
	[SQL_CAMPAIGN_USER_ADD] =
	    "INSERT INTO push_campaign_user (campaign_id, user_id,"
	    " timestamp_created) SELECT ?, j.user_id, " NOW " FROM"
	    " JSON_TABLE(?, '$[*]' COLUMNS ("
	    " user_id " TEXT(255) " PATH '$')) j"
	    " ON DUPLICATE KEY UPDATE campaign_id = VALUES(campaign_id)",
	[SQL_CAMPAIGN_USER_LIST] =
	    "SELECT user_id FROM push_campaign_user WHERE campaign_id = ?"
	    " ORDER BY user_id LIMIT ? OFFSET ?",
	/* list of users, campaign */
	[SQL_CAMPAIGN_USER_REMOVE] =
	    "DELETE u FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " user_id " TEXT(255) " PATH '$')) j"
	    " STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = ?"
	    " AND u.user_id = j.user_id",
	[SQL_CAMPAIGN_USER_PURGE] =
	    "DELETE FROM push_campaign_user WHERE campaign_id = ?"
	    " LIMIT 10000",

	/* --- a campaign's run ----------------------------------------- */
	/* campaign, most: the last device; its users, counted up to most */
	[SQL_CAMPAIGN_SIZE] =
	    "SELECT (SELECT COALESCE(MAX(id), 0)"
	    " FROM push_device_registration), (SELECT COUNT(*) FROM"
	    " (SELECT 1 FROM push_campaign_user WHERE campaign_id = ?"
	    " LIMIT ?) x)",
	/* send, last device, campaign, again; not while it is being sent */
	[SQL_CAMPAIGN_START] =
	    "UPDATE push_campaign SET state = 'queueing', send_id = ?,"
	    " queued_id = 0, queue_end = ?, is_sent = 0,"
	    " timestamp_sent = " NOW ", timestamp_completed = NULL"
	    " WHERE id = ? AND (state = 'created'"
	    " OR (? AND state IN ('done', 'cancelled')))",
	/* of its latest run */
	[SQL_CAMPAIGN_STATE] =
	    "SELECT state IN ('queueing', 'sending'), send_id,"
	    " " MS("COALESCE(timestamp_sent, timestamp_completed)")
	    " FROM push_campaign WHERE id = ?",
	/* campaign, campaign; what several devices have is found in the
	 * index of hashes, and then compared */
	[SQL_CAMPAIGN_TWIN_ADD] =
	    "INSERT INTO push_campaign_twin (campaign_id, device_id)"
	    " SELECT r.campaign_id, r.id FROM (SELECT c.id AS campaign_id,"
	    " d.id, " RUN_CHOICE " AS choice" RUN_CAMPAIGN
	    " STRAIGHT_JOIN (SELECT token_hash FROM push_device_registration"
	    " WHERE app_id = (SELECT app_id FROM push_campaign WHERE id = ?)"
	    " GROUP BY token_hash HAVING MIN(id) < MAX(id)) s"
	    " STRAIGHT_JOIN push_device_registration d"
	    " FORCE INDEX (push_device_twin)"
	    " ON d.token_hash = s.token_hash AND " RUN_REACHES
	    " STRAIGHT_JOIN push_campaign_user u"
	    " ON u.campaign_id = c.id AND u.user_id = d.user_id"
	    " WHERE c.id = ?) r WHERE r.choice > 1",
	[SQL_CAMPAIGN_TWIN_PURGE] =
	    "DELETE FROM push_campaign_twin WHERE campaign_id = ?",
	/* campaign, campaign: null for any; one that nobody queues now */
	[SQL_CAMPAIGN_NEXT] =
	    "SELECT id, send_id, queued_id, queue_end FROM push_campaign"
	    " FORCE INDEX (push_campaign_state) WHERE state = 'queueing'"
	    " AND (? IS NULL OR id = ?) ORDER BY id LIMIT 1"
	    " FOR UPDATE SKIP LOCKED",
	/* devices behind, up to: the first, for ids have gaps */
	[SQL_CAMPAIGN_FIRST] =
	    "SELECT MIN(id) FROM push_device_registration"
	    " WHERE id > ? AND id <= ?",
	[SQL_CAMPAIGN_QUEUE_SMALL] =
	    RUN_QUEUE RUN_SMALL RUN_NOT_REFUSED " RETURNING platform",
	[SQL_CAMPAIGN_REFUSED_SMALL] =
	    "SELECT COUNT(*)" RUN_SMALL " AND r.environment = 2"
	    " AND NOT r.development",
	[SQL_CAMPAIGN_QUEUE_LARGE] =
	    RUN_QUEUE RUN_LARGE RUN_NOT_REFUSED " RETURNING platform",
	[SQL_CAMPAIGN_REFUSED_LARGE] =
	    "SELECT COUNT(*)" RUN_LARGE " AND r.environment = 2"
	    " AND NOT r.development",
	/* last device, state, campaign */
	[SQL_CAMPAIGN_ADVANCE] =
	    "UPDATE push_campaign SET queued_id = ?, state = ? WHERE id = ?",
	/* runs whose every row has its outcome */
	[SQL_CAMPAIGN_FINISH] =
	    "UPDATE push_campaign c LEFT JOIN push_send s ON s.id = c.send_id"
	    " SET c.is_sent = 1, c.state = 'done',"
	    " c.timestamp_completed = " NOW " WHERE c.state = 'sending'"
	    " AND (s.id IS NULL OR s.done >= s.total)",
	/* failed, failed, failed, apns total, apns failed, fcm total, hms
	 * total to add, send */
	[SQL_SEND_GROW] =
	    "UPDATE push_send SET answered = answered + ?, done = done + ?,"
	    " apns_failed = apns_failed + ?, apns_total = apns_total + ?,"
	    " fcm_total = fcm_total + ?, hms_total = hms_total + ?,"
	    " total = apns_total + fcm_total + hms_total WHERE id = ?",

	/* --- inbox ---------------------------------------------------- */
	/* list of names; each application once */
	[SQL_INBOX_APPS] =
	    "SELECT id, app_id FROM push_app_credentials WHERE app_id IN"
	    " (SELECT j.name FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " name " TEXT(255) " PATH '$')) j)"
	    " ORDER BY app_id",
	/* inbox id, user, type, subject, summary, body */
	[SQL_INBOX_ADD] =
	    "INSERT INTO push_inbox (inbox_id, user_id, message_type,"
	    " subject, summary, body, timestamp_created)"
	    " VALUES (?, ?, ?, ?, ?, ?, " NOW ")"
	    " RETURNING id, " MS("timestamp_created"),
	/* message, list of application ids */
	[SQL_INBOX_APP_ADD] =
	    "INSERT INTO push_inbox_app (inbox_id, app_credentials_id)"
	    " SELECT ?, j.id FROM JSON_TABLE(?, '$[*]' COLUMNS ("
	    " id BIGINT PATH '$')) j",
	/* user, application ids between commas, limit, offset */
	[SQL_INBOX_LIST] =
	    "SELECT " INBOX_COLUMNS " FROM push_inbox i"
	    " FORCE INDEX (push_inbox_user) WHERE i.user_id = ?"
	    INBOX_IN_APPS,
	[SQL_INBOX_LIST_UNREAD] =
	    "SELECT " INBOX_COLUMNS " FROM push_inbox i"
	    " FORCE INDEX (push_inbox_user_read)"
	    " WHERE i.user_id = ? AND i.is_read = 0" INBOX_IN_APPS,
	/* user, application: no row when there is no such application */
	[SQL_INBOX_COUNT] =
	    "SELECT (SELECT COUNT(*) FROM push_inbox i JOIN push_inbox_app l"
	    " ON l.inbox_id = i.id AND l.app_credentials_id = a.id"
	    " WHERE i.user_id = ? AND i.is_read = 0)"
	    " FROM push_app_credentials a WHERE a.app_id = ?",
	/* inbox id, user, user: null for anyone's */
	[SQL_INBOX_BY_ID] =
	    "SELECT " INBOX_COLUMNS ", i.user_id, i.body,"
	    " " MS("i.timestamp_read") ", (SELECT JSON_ARRAYAGG(a.app_id"
	    " ORDER BY a.app_id) FROM push_inbox_app l"
	    " JOIN push_app_credentials a ON a.id = l.app_credentials_id"
	    " WHERE l.inbox_id = i.id) FROM push_inbox i"
	    " WHERE i.inbox_id = ? AND (? IS NULL OR i.user_id = ?)",
	/* the same */
	[SQL_INBOX_READ] =
	    "UPDATE push_inbox SET is_read = 1, timestamp_read = " NOW
	    " WHERE inbox_id = ? AND (? IS NULL OR user_id = ?)"
	    " AND is_read = 0",
	/* user, application */
	[SQL_INBOX_READ_ALL] =
	    "UPDATE push_inbox i JOIN push_inbox_app l ON l.inbox_id = i.id"
	    " SET i.is_read = 1, i.timestamp_read = " NOW
	    " WHERE i.user_id = ? AND i.is_read = 0"
	    " AND l.app_credentials_id = ?",
	/* one that is too old to count and was not purged yet */
	[SQL_IDEMPOTENCY_FORGET] =
	    "DELETE FROM push_idempotency WHERE name = ?"
	    " AND created <= " NOW " - INTERVAL 1 DAY",
	/* shard, send: of the few rows of a shard that are not due yet; due
	 * when every sendd knows what is cancelled */
	[SQL_OUTBOX_MAKE_DUE] =
	    "UPDATE push_outbox SET due = " SOON " WHERE shard = ?"
	    " AND lane = 0 AND due > " SOON " AND send_id = ?",
	/* ms from now, shard, ms from now, app, app, platform, platform:
	 * null for any. A row's id tells when it was to be sent first: what
	 * waits for that moment (sendAt) is due then, and stays; what is held
	 * is due later than that. In key order, a portion */
	[SQL_OUTBOX_RETRY] =
	    "UPDATE push_outbox SET due = " AFTER_MS("?") " WHERE shard = ?"
	    " AND lane IN (0, 1) AND due > " AFTER_MS("?")
	    " AND (attempts > 0 OR (" ID_SECOND("id") " * 1000 <= " MS(NOW)
	    " AND " MS("due") " > " ID_SECOND("id") " * 1000 + 5000))"
	    " AND (? IS NULL OR app_id = ?) AND (? IS NULL OR platform = ?)"
	    " ORDER BY shard, lane, due, id LIMIT 5000",
	/* shard, app, id: a portion of the app's sends before that id which
	 * have rows in the shard */
	[SQL_SEND_CANCEL_APP] =
	    "UPDATE (SELECT DISTINCT q.send_id"
	    " FROM push_outbox q JOIN push_send c ON c.id = q.send_id"
	    " WHERE q.shard = ? AND q.app_id = ? AND q.send_id < ?"
	    " AND c.cancelled IS NULL LIMIT 2000) x"
	    " STRAIGHT_JOIN push_send s ON s.id = x.send_id"
	    " SET s.cancelled = " NOW " WHERE s.cancelled IS NULL"
	    " AND" SEND_WAITS("s"),
	/* shard, app */
	[SQL_OUTBOX_MAKE_DUE_APP] =
	    "UPDATE push_outbox q STRAIGHT_JOIN push_send s"
	    " ON s.id = q.send_id SET q.due = " SOON
	    " WHERE q.shard = ? AND q.lane IN (0, 1) AND q.due > " SOON
	    " AND q.app_id = ? AND s.cancelled IS NOT NULL",
	/* cancelled sends of an app that are not through: how many, and how
	 * many of their rows */
	[SQL_SEND_DROPPING] =
	    "SELECT COUNT(*),"
	    " CAST(COALESCE(SUM(total - done + scheduled), 0) AS UNSIGNED)"
	    " FROM push_send WHERE app_id = ? AND cancelled IS NOT NULL"
	    " AND" SEND_WAITS("push_send"),
};
