/* SPDX-License-Identifier: MIT */
/*
 * The statements of the product. sql.c has their texts in the same order and
 * under the same headings. A name is OBJECT_VERB.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

#define SQL_SCHEMA_NOW 11

/* Numbers used in the texts. A header that has a constant of the same meaning
 * asserts that both are equal. */
#define SQL_SHARDS 64
#define SQL_PLATFORM_USER 255 /* of an outbox row of a user */
#define SQL_PLATFORM_ALL 255  /* of a hold on all of an application */
#define SQL_SOON_MS 2000
#define SQL_REASONS 64
#define SQL_DEVICES_LISTED 1001
#define SQL_DEVICES_TARGETED 100001
#define SQL_MESSAGES_LISTED 1001
#define SQL_SENDS_CANCELLED 10000
#define SQL_ROWS_RETRIED 5000
#define SQL_USERS_PURGED 10000
#define SQL_HISTORY_SENT 0
#define SQL_HISTORY_QUARANTINED 100
#define SQL_ROWS_PURGED 1000

enum sql_id {
	/* the schema and the server */
	SQL_SCHEMA_VERSION,
	SQL_SCHEMA_OLDEST,
	SQL_SERVER,
	SQL_SERVER_VALUES,
	SQL_RIGHTS_OWN,

	/* applications */
	SQL_APP_BY_NAME,
	SQL_APP_BY_ID,
	SQL_APP_PAGE,
	SQL_APP_LIST,
	SQL_APP_ADD,
	SQL_APP_SET_APNS, /* one for each platform, in their order */
	SQL_APP_SET_FCM,
	SQL_APP_SET_HMS,
	SQL_APP_CREDENTIALS,
	SQL_APP_VERSIONS,
	SQL_APP_VERSIONS_SUM,
	SQL_APP_UNCONFIGURED,

	/* sealed values */
	SQL_SEALED_REPLACE_APNS, /* likewise */
	SQL_SEALED_REPLACE_FCM,
	SQL_SEALED_REPLACE_HMS,
	SQL_SEALED_REPLACE_ACCESS_TOKEN,

	/* activations */
	SQL_ACTIVATION_BY_ID,
	SQL_ACTIVATION_APP,
	SQL_ACTIVATION_PUT,
	SQL_ACTIVATION_OLD,
	SQL_ACTIVATION_PURGE,

	/* devices */
	SQL_DEVICE_TURN,
	SQL_DEVICE_CANDIDATES,
	SQL_DEVICE_CANDIDATES_OF_MANY,
	SQL_DEVICE_ADD,
	SQL_DEVICE_UPDATE,
	SQL_DEVICE_REMOVE,
	SQL_DEVICE_REMOVE_OTHERS,
	SQL_DEVICE_REMOVE_ID,
	SQL_DEVICE_SET_ACTIVE,
	SQL_DEVICE_LIST,
	SQL_DEVICE_LIST_APP,
	SQL_DEVICE_LIST_OF,
	SQL_DEVICE_TARGETS,
	SQL_DEVICE_TARGETS_OF_USERS,
	SQL_APP_TARGETS,
	SQL_APP_TARGETS_OF_MANY,
	SQL_DEVICE_NOW,
	SQL_DEVICE_APP,
	SQL_DEVICE_GONE,
	SQL_DEVICE_RESTORE,
	SQL_DEVICE_NO_TOKENS,
	SQL_DEVICE_QUARANTINED,
	SQL_DEVICE_OLD,
	SQL_DEVICE_PURGE,
	SQL_DEVICE_STALE,
	SQL_DEVICE_SET_ASIDE,

	/* sends */
	SQL_SEND_ADD,
	SQL_SEND_BY_ID,
	SQL_SEND_ACCOUNTS,
	SQL_SEND_COUNT,
	SQL_SEND_COUNT_ONE,
	SQL_SEND_DUE,
	SQL_SEND_GROW,
	SQL_SEND_OLD,
	SQL_SEND_PURGE,

	/* cancelling sends */
	SQL_SEND_CANCEL,
	SQL_SEND_CANCELLED,
	SQL_SEND_CANCEL_APP,
	SQL_SEND_DROPPING,
	SQL_OUTBOX_MAKE_DUE,
	SQL_OUTBOX_MAKE_DUE_APP,

	/* idempotency keys */
	SQL_IDEMPOTENCY_PUT,
	SQL_IDEMPOTENCY_BY_NAME,
	SQL_IDEMPOTENCY_FORGET,
	SQL_IDEMPOTENCY_OLD,
	SQL_IDEMPOTENCY_PURGE,

	/* the outbox */
	SQL_OUTBOX_ADD,
	SQL_OUTBOX_SCHEDULE,
	SQL_OUTBOX_DUE,
	SQL_OUTBOX_BODY_ADD,
	SQL_OUTBOX_BODIES,
	SQL_OUTBOX_BODY_OLD,
	SQL_OUTBOX_BODY_PURGE,
	SQL_OUTBOX_LANES,
	SQL_OUTBOX_READ,
	SQL_OUTBOX_OLDEST,
	SQL_OUTBOX_PRESENT,
	SQL_OUTBOX_DELETE,
	SQL_OUTBOX_DELETE_ONE,
	SQL_OUTBOX_DEFER,
	SQL_OUTBOX_RETRY,
	SQL_OUTBOX_DEPTH,
	SQL_OUTBOX_WAITING,

	/* messages, when stored */
	SQL_MESSAGE_ADD,
	SQL_MESSAGE_FINISH,
	SQL_MESSAGE_OF_CAMPAIGN,
	SQL_MESSAGE_BY_SEND,
	SQL_MESSAGE_OLD,
	SQL_MESSAGE_PURGE,

	/* the history of messages */
	SQL_HISTORY_ADD,
	SQL_HISTORY_ADD_ONE,
	SQL_HISTORY_REFUSED,
	SQL_HISTORY_NOBODY,
	SQL_HISTORY_OF_USER,
	SQL_HISTORY_OF_SEND,
	SQL_HISTORY_FAILURES,
	SQL_HISTORY_OLD,
	SQL_HISTORY_PURGE,

	/* shards and instances */
	SQL_SHARD_LIST,
	SQL_SHARD_TAKE,
	SQL_SHARD_RENEW,
	SQL_SHARD_RENEW_ONE,
	SQL_SHARD_FREE,
	SQL_INSTANCE_LOOK,
	SQL_INSTANCE_ADD,
	SQL_INSTANCE_CLAIM,
	SQL_INSTANCE_BEAT,
	SQL_INSTANCE_COUNT,
	SQL_INSTANCE_LIST,
	SQL_INSTANCE_LEAVE,
	SQL_INSTANCE_OLD,
	SQL_INSTANCE_PURGE,

	/* access tokens */
	SQL_ACCESS_TOKEN_PUT,
	SQL_ACCESS_TOKEN_BY_NAME,
	SQL_ACCESS_TOKEN_LIST,
	SQL_ACCESS_TOKEN_OLD,
	SQL_ACCESS_TOKEN_PURGE,

	/* operator holds */
	SQL_HOLD_LIST,
	SQL_HOLD_PUT,
	SQL_HOLD_REMOVE,

	/* credential status */
	SQL_CREDENTIAL_STATUS_PUT,
	SQL_CREDENTIAL_STATUS_LIST,
	SQL_CREDENTIAL_STATUS_OLD,
	SQL_CREDENTIAL_STATUS_PURGE,

	/* outcome counters */
	SQL_COUNTER_ADD,
	SQL_COUNTER_LIST,
	SQL_COUNTER_OWNERLESS,
	SQL_COUNTER_PURGE,

	/* live checks */
	SQL_LIVE_CHECK_ASK,
	SQL_LIVE_CHECK_ANSWER,
	SQL_LIVE_CHECK_TAKE,
	SQL_LIVE_CHECK_TAKEN,
	SQL_LIVE_CHECK_DONE,
	SQL_LIVE_CHECK_OLD,
	SQL_LIVE_CHECK_PURGE,

	/* integrations */
	SQL_INTEGRATION_ADD,
	SQL_INTEGRATION_ROTATE,
	SQL_INTEGRATION_REMOVE,
	SQL_INTEGRATION_LIST,
	SQL_INTEGRATION_BY_TOKEN,
	SQL_INTEGRATION_BY_NAME,
	SQL_INTEGRATION_USED,
	SQL_INTEGRATION_LOCK,
	SQL_INTEGRATION_OLD,
	SQL_INTEGRATION_PURGE,

	/* the audit trail */
	SQL_AUDIT_ADD,
	SQL_AUDIT_LIST,
	SQL_AUDIT_OLD,
	SQL_AUDIT_PURGE,

	/* campaigns */
	SQL_CAMPAIGN_ADD,
	SQL_CAMPAIGN_BY_ID,
	SQL_CAMPAIGN_LIST,
	SQL_CAMPAIGN_LIST_OF,
	SQL_CAMPAIGN_REMOVE,
	SQL_CAMPAIGN_LOCK,
	SQL_CAMPAIGN_USER_ADD,
	SQL_CAMPAIGN_USER_LIST,
	SQL_CAMPAIGN_USER_REMOVE,
	SQL_CAMPAIGN_USER_PURGE,
	SQL_CAMPAIGN_OLD,
	SQL_CAMPAIGN_PURGE,
	SQL_CAMPAIGN_USER_OWNERLESS,
	SQL_CAMPAIGN_DUPLICATE_OWNERLESS,

	/* a campaign's run */
	SQL_CAMPAIGN_SIZE,
	SQL_CAMPAIGN_START,
	SQL_CAMPAIGN_STATE,
	SQL_CAMPAIGN_DUPLICATE_ADD,
	SQL_CAMPAIGN_DUPLICATE_PURGE,
	SQL_CAMPAIGN_NEXT,
	SQL_CAMPAIGN_FIRST,
	SQL_CAMPAIGN_QUEUE_SMALL,
	SQL_CAMPAIGN_REFUSED_SMALL,
	SQL_CAMPAIGN_QUEUE_LARGE,
	SQL_CAMPAIGN_REFUSED_LARGE,
	SQL_CAMPAIGN_ADVANCE,
	SQL_CAMPAIGN_FINISH,

	/* the inbox */
	SQL_INBOX_APPS,
	SQL_INBOX_ADD,
	SQL_INBOX_APP_ADD,
	SQL_INBOX_LIST,
	SQL_INBOX_LIST_UNREAD,
	SQL_INBOX_LIST_APP,
	SQL_INBOX_LIST_APP_UNREAD,
	SQL_INBOX_COUNT,
	SQL_INBOX_BY_ID,
	SQL_INBOX_READ,
	SQL_INBOX_READ_ALL,
	SQL_INBOX_APP_REMOVE,
	SQL_INBOX_REMOVE,
	SQL_INBOX_READ_OLD,
	SQL_INBOX_READ_PURGE,
	SQL_INBOX_UNREAD_OLD,
	SQL_INBOX_UNREAD_PURGE,

	/* upkeep */
	SQL_UPKEEP_TAKE,
	SQL_UPKEEP_GIVE,
	SQL_UPKEEP_RAN,
	SQL_UPKEEP_LIST,

	/* setup, as administrator */
	SQL_ADMIN_LOCK,
	SQL_ADMIN_DATABASE,
	SQL_ADMIN_COLUMNS,
	SQL_ADMIN_ALIVE,
	SQL_ADMIN_ALIVE_NAMES,
	SQL_ADMIN_TOKENS,
	SQL_ADMIN_USER,
	SQL_ADMIN_RIGHTS,
	SQL_ADMIN_EXCESS,

	SQL__COUNT
};

/*
 * A statement and the properties of its text: db_stmt.c compares the counts
 * with those that MariaDB returns when it prepares the text,
 * tests/api/16-indexes.t compares the indexes with the output of EXPLAIN on
 * a filled database.
 */
struct statement {
	const char *name; /* as above, "SQL_OUTBOX_READ": for errors */
	const char *text;
	/* the names of its values, in order: "shard,lane". "list" is a JSON
	 * array; a comment in sql.c describes its elements. NULL: no values */
	const char *params;
	unsigned columns; /* of a row of its result; 0: it has no result */
	/* how it finds its rows: table (or alias) and index, "q.PRIMARY", of
	 * each table that grows; several between commas; "a.x|a.y": either, by
	 * the values. NULL: it inserts, or reads all of a table that stays
	 * small */
	const char *index;
};
extern const struct statement sql[SQL__COUNT];

/* These are run on each new connection, the third not on an
 * administrator's. */
extern const char sql_session[], sql_isolation[], sql_read_only[];
extern const char sql_autocommit[], sql_no_autocommit[];
extern const char sql_begin[], sql_commit[], sql_rollback[];
extern const char sql_clock[];

/* For db_script, with {names} to fill in. */
extern const char sql_create_database[], sql_use[], sql_begin_tables[],
    sql_drop_tables[], sql_create_user_password[], sql_create_user_socket[],
    sql_set_password[], sql_create_template_user[], sql_drop_template_user[];

#endif
