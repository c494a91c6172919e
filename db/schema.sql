-- The whole current schema, at the version that its last line sets.
-- The tables of the published server keep the names, columns and indexes of
-- its last MySQL edition (1.4.4) and of its later columns, so that programs
-- that read them still work; columns that lost data are wider. Times are
-- UTC, DATETIME(3). All texts compare byte by byte, blanks at the end too:
-- "Joe " is not "Joe".

-- The migrations done; the last one is the current version. oldest: the version
-- of the oldest programs that it still serves, so that an upgrade needs no
-- outage. This is the first table, and its row comes last: while there is none,
-- the tables are not whole (setup --single-user makes them in place).

CREATE TABLE push_schema (
	version INT UNSIGNED NOT NULL,
	oldest  INT UNSIGNED NOT NULL,
	applied DATETIME(3) NOT NULL,
	PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Applications and their provider credentials ------------------------------

CREATE TABLE push_app_credentials (
	id                     BIGINT NOT NULL AUTO_INCREMENT,
	app_id                 VARCHAR(255) NOT NULL,
	-- copies of values set before 1.10; no program reads them now
	ios_private_key        BLOB NULL,
	ios_team_id            VARCHAR(255) NULL,
	ios_key_id             VARCHAR(255) NULL,
	ios_bundle             VARCHAR(255) NULL,
	ios_environment        VARCHAR(32) NULL,
	android_private_key    BLOB NULL,
	android_project_id     VARCHAR(255) NULL,
	-- keys and secrets are sealed (AES-256-GCM, key file)
	apns_private_key       BLOB NULL,
	apns_team_id           VARCHAR(255) NULL,
	apns_key_id            VARCHAR(255) NULL,
	apns_bundle            VARCHAR(255) NULL,
	apns_environment       VARCHAR(255) NULL,
	fcm_private_key        BLOB NULL,
	fcm_project_id         VARCHAR(255) NULL,
	hms_project_id         VARCHAR(255) NULL,
	hms_client_id          VARCHAR(255) NULL,
	hms_client_secret      VARBINARY(1024) NULL,
	webpush_private_key    BLOB NULL,
	webpush_public_key     VARCHAR(87) NULL,
	webpush_subject        VARCHAR(255) NULL,
	webpush_default_url    VARCHAR(255) NULL,
	timestamp_created      DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	timestamp_last_updated DATETIME(3) NULL,
	-- ours: grows with each change of a credential
	version                BIGINT UNSIGNED NOT NULL DEFAULT 0,
	-- ours: for programs that must not read keys
	has_apns               TINYINT(1) AS (apns_private_key IS NOT NULL) STORED,
	has_fcm                TINYINT(1) AS (fcm_private_key IS NOT NULL) STORED,
	has_hms                TINYINT(1) AS (hms_client_id IS NOT NULL AND
	                           hms_client_secret IS NOT NULL) STORED,
	has_webpush            TINYINT(1) AS
	                           (webpush_private_key IS NOT NULL) STORED,
	PRIMARY KEY (id),
	UNIQUE KEY push_app_cred_app (app_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Devices ------------------------------------------------------------------

CREATE TABLE push_device_registration (
	id                        BIGINT NOT NULL AUTO_INCREMENT,
	activation_id             VARCHAR(37) NULL,
	user_id                   VARCHAR(255) NULL,
	app_id                    BIGINT NOT NULL,
	platform                  VARCHAR(20) NOT NULL,
	environment               VARCHAR(255) NULL,
	push_token                VARCHAR(512) NOT NULL,
	timestamp_last_registered DATETIME(3) NOT NULL,
	is_active                 TINYINT(1) NULL DEFAULT 0,
	-- ours: quarantine, NULL while the device is believed to exist
	gone_at                   DATETIME(3) NULL,
	gone_reason               VARCHAR(80) NULL,
	-- ours: to find tokens that several rows have, in little memory
	token_hash                INT UNSIGNED AS (CRC32(push_token)) STORED,
	-- ours: grows when user, activation or application changes
	generation                INT UNSIGNED NOT NULL DEFAULT 0,
	-- ours: of a browser, all that a message to it needs
	-- (push/webpush_address.h); push_token is then a digest of its URL
	address                   VARCHAR(1300) NULL,
	PRIMARY KEY (id),
	KEY push_device_app_token (app_id, push_token),
	KEY push_device_twin (app_id, token_hash),
	KEY push_device_user_app (user_id, app_id),
	UNIQUE KEY push_device_activation (activation_id),
	UNIQUE KEY push_device_activation_token (activation_id, push_token),
	KEY push_device_gone (gone_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- A registration of a token writes to the token's slot first, so that parallel
-- registrations of one token take turns; also on different nodes of a Galera
-- cluster, where a lock would hold on one node only.

CREATE TABLE push_device_turn (
	slot SMALLINT UNSIGNED NOT NULL,
	n    BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (slot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT INTO push_device_turn (slot)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 511)
SELECT i FROM n;

-- Activations, when no PowerAuth Server keeps them -------------------------

CREATE TABLE push_activation (
	activation_id     VARCHAR(37) NOT NULL,
	user_id           VARCHAR(255) NULL,
	app_id            VARCHAR(255) NULL,
	activation_status VARCHAR(20) NOT NULL,
	timestamp_created DATETIME(3) NOT NULL,
	timestamp_changed DATETIME(3) NOT NULL,
	PRIMARY KEY (activation_id),
	KEY push_activation_user (user_id),
	KEY push_activation_app (app_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Messages, kept when [message] storage is on ------------------------------
-- id is the id of the outbox row; status -1 failed, 0 pending, 1 sent.

CREATE TABLE push_message (
	id                     BIGINT NOT NULL AUTO_INCREMENT,
	device_registration_id BIGINT NOT NULL,
	user_id                VARCHAR(255) NULL,
	activation_id          VARCHAR(37) NULL,
	is_silent              TINYINT(1) NOT NULL DEFAULT 0,
	is_personal            TINYINT(1) NOT NULL DEFAULT 0,
	message_body           TEXT NOT NULL,
	timestamp_created      DATETIME(3) NOT NULL,
	status                 INT(1) NOT NULL,
	-- ours: its outcome
	send_id                BIGINT UNSIGNED NULL,
	platform               TINYINT UNSIGNED NULL,
	state                  VARCHAR(16) NULL,
	tries                  SMALLINT UNSIGNED NULL,
	provider_id            VARCHAR(64) NULL,
	reason                 VARCHAR(80) NULL,
	timestamp_finished     DATETIME(3) NULL,
	PRIMARY KEY (id),
	KEY push_message_status (status),
	KEY push_message_send (send_id),
	KEY push_message_created (timestamp_created),
	KEY push_message_user (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Campaigns ----------------------------------------------------------------

CREATE TABLE push_campaign (
	id                  BIGINT NOT NULL AUTO_INCREMENT,
	app_id              BIGINT NOT NULL,
	message             TEXT NOT NULL,
	is_sent             TINYINT(1) NOT NULL DEFAULT 0,
	timestamp_created   DATETIME(3) NOT NULL,
	timestamp_sent      DATETIME(3) NULL,
	timestamp_completed DATETIME(3) NULL,
	-- ours: the run in progress or the last one
	send_id             BIGINT UNSIGNED NULL,
	state               VARCHAR(16) NOT NULL DEFAULT 'created',
	-- while queueing: devices up to queued_id have their rows in the
	-- outbox; queue_end was the last device when the run began, and is -1
	-- until then
	queued_id           BIGINT NOT NULL DEFAULT 0,
	queue_end           BIGINT NOT NULL DEFAULT 0,
	-- changes: how often it was started, ended, or changed by hand;
	-- recall_at: from then on, the rows that were put off before the last
	-- change are made due again
	changes             BIGINT UNSIGNED NOT NULL DEFAULT 0,
	recall_at           DATETIME(3) NULL,
	-- to every device of the application that is active
	everybody           TINYINT(1) NOT NULL DEFAULT 0,
	-- integrations; NULL: unknown
	created_by          VARCHAR(64) NULL,
	changed_by          VARCHAR(64) NULL,
	-- NULL: nobody, or the campaign was changed since
	approved_by         VARCHAR(64) NULL,
	approved            DATETIME(3) NULL,
	PRIMARY KEY (id),
	KEY push_campaign_sent (is_sent),
	KEY push_campaign_state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE push_campaign_user (
	id                BIGINT NOT NULL AUTO_INCREMENT,
	campaign_id       BIGINT NOT NULL,
	user_id           VARCHAR(255) NOT NULL,
	timestamp_created DATETIME(3) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY push_campaign_user_campaign (campaign_id, user_id),
	KEY push_campaign_user_detail (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Devices that a run in progress leaves out, because another device of the
-- campaign has the same platform and token.

CREATE TABLE push_campaign_twin (
	campaign_id BIGINT NOT NULL,
	device_id   BIGINT NOT NULL,
	PRIMARY KEY (campaign_id, device_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The runs of campaigns. start_at: not before (sendAt). expires_ms: until when
-- its message is valid, since 1970 (0: not known). spread_ms (from spread_from,
-- or from the start if that is later), rate (messages a second; 0: as it goes),
-- quiet_from to quiet_to (minutes of the day in that zone; NULL: none): how fast
-- it sends. ended, state, and the counts: NULL and 0 until it is over. The
-- process that queues its rows locks its row.

CREATE TABLE push_campaign_run (
	send_id     BIGINT UNSIGNED NOT NULL,
	campaign_id BIGINT NOT NULL,
	created     DATETIME(3) NOT NULL,
	start_at    DATETIME(3) NOT NULL,
	expires_ms  BIGINT NOT NULL DEFAULT 0,
	ended       DATETIME(3) NULL,
	state       VARCHAR(16) NULL,
	spread_ms   BIGINT UNSIGNED NOT NULL DEFAULT 0,
	spread_from DATETIME(3) NULL,
	rate        INT UNSIGNED NOT NULL DEFAULT 0,
	quiet_from  SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	quiet_to    SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	quiet_zone  VARCHAR(64) NULL,
	total       INT UNSIGNED NOT NULL DEFAULT 0,
	sent        INT UNSIGNED NOT NULL DEFAULT 0,
	failed      INT UNSIGNED NOT NULL DEFAULT 0,
	expired     INT UNSIGNED NOT NULL DEFAULT 0,
	cancelled   INT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (send_id),
	KEY push_campaign_run_campaign (campaign_id),
	KEY push_campaign_run_ended (ended)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Of each run, how many messages were not sent, by platform and reason.

CREATE TABLE push_campaign_outcome (
	campaign_id BIGINT NOT NULL,
	send_id     BIGINT UNSIGNED NOT NULL,
	platform    TINYINT UNSIGNED NOT NULL,
	outcome     VARCHAR(16) NOT NULL,
	reason      VARCHAR(80) NOT NULL,
	n           INT UNSIGNED NOT NULL,
	PRIMARY KEY (campaign_id, send_id, platform, outcome, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Inbox --------------------------------------------------------------------

CREATE TABLE push_inbox (
	id                BIGINT NOT NULL AUTO_INCREMENT,
	inbox_id          VARCHAR(37) NOT NULL,
	user_id           VARCHAR(255) NOT NULL,
	message_type      VARCHAR(32) NOT NULL,
	subject           TEXT NOT NULL,
	summary           TEXT NOT NULL,
	body              MEDIUMTEXT NOT NULL,
	is_read           TINYINT(1) NOT NULL DEFAULT 0,
	timestamp_created DATETIME(3) NOT NULL,
	timestamp_read    DATETIME(3) NULL DEFAULT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY push_inbox_id (inbox_id),
	KEY push_inbox_user (user_id, timestamp_created),
	KEY push_inbox_user_read (user_id, is_read, timestamp_created)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE push_inbox_app (
	app_credentials_id BIGINT NOT NULL,
	inbox_id           BIGINT NOT NULL,
	PRIMARY KEY (inbox_id, app_credentials_id),
	KEY push_inbox_app_app (app_credentials_id, inbox_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Sends: one row per request (or campaign run), with its status as counters.
-- Pending is total minus the others. answered counts the rows that had a first
-- answer of any kind. scheduled: the number of users who wait for sendAt;
-- their devices are looked up at that time, and total counts them then.
-- removed, inactive and dropped: the part of failed that waited and was not sent,
-- because the device was removed, changed or inactive by then, or the send was
-- cancelled.

CREATE TABLE push_send (
	id           BIGINT UNSIGNED NOT NULL,
	app_id       BIGINT NOT NULL,
	campaign_id  BIGINT NULL,
	mode         VARCHAR(16) NOT NULL,
	created      DATETIME(3) NOT NULL,
	total        INT UNSIGNED NOT NULL DEFAULT 0,
	answered     INT UNSIGNED NOT NULL DEFAULT 0,
	done         INT UNSIGNED NOT NULL DEFAULT 0,
	scheduled    INT UNSIGNED NOT NULL DEFAULT 0,
	removed      INT UNSIGNED NOT NULL DEFAULT 0,
	inactive     INT UNSIGNED NOT NULL DEFAULT 0,
	dropped      INT UNSIGNED NOT NULL DEFAULT 0,
	cancelled    DATETIME(3) NULL,
	apns_total   INT UNSIGNED NOT NULL DEFAULT 0,
	apns_sent    INT UNSIGNED NOT NULL DEFAULT 0,
	apns_failed  INT UNSIGNED NOT NULL DEFAULT 0,
	apns_expired INT UNSIGNED NOT NULL DEFAULT 0,
	fcm_total    INT UNSIGNED NOT NULL DEFAULT 0,
	fcm_sent     INT UNSIGNED NOT NULL DEFAULT 0,
	fcm_failed   INT UNSIGNED NOT NULL DEFAULT 0,
	fcm_expired  INT UNSIGNED NOT NULL DEFAULT 0,
	hms_total    INT UNSIGNED NOT NULL DEFAULT 0,
	hms_sent     INT UNSIGNED NOT NULL DEFAULT 0,
	hms_failed   INT UNSIGNED NOT NULL DEFAULT 0,
	hms_expired  INT UNSIGNED NOT NULL DEFAULT 0,
	webpush_total   INT UNSIGNED NOT NULL DEFAULT 0,
	webpush_sent    INT UNSIGNED NOT NULL DEFAULT 0,
	webpush_failed  INT UNSIGNED NOT NULL DEFAULT 0,
	webpush_expired INT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (id),
	KEY push_send_created (created),
	KEY push_send_cancelled (cancelled),
	KEY push_send_campaign (campaign_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- What is still to be added to the counters of a send: on a cluster, each batch
-- of a campaign's outcomes is a row, and the run's steward adds them up. counts:
-- an element of the list of SQL_SEND_FOLD.

CREATE TABLE push_send_delta (
	id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	send_id BIGINT UNSIGNED NOT NULL,
	counts  TEXT NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The outbox: narrow and hot. A row is written in its message's transaction,
-- read in key order by the sendd that leases its shard, and deleted with
-- its outcome. lane 0 messages, 1 campaigns. body NULL: see body_id.
-- generation: that of the device when the row was written; if the device has
-- another generation later, the row is not sent. platform 255: a row of a user
-- (user_id, activation_id); when it is due, the user's devices replace it.
-- user_id: also in a device's row of lane 0, for the history. reason: why the
-- latest try was put off.

CREATE TABLE push_outbox (
	shard       TINYINT UNSIGNED NOT NULL,
	lane        TINYINT UNSIGNED NOT NULL,
	due         DATETIME(3) NOT NULL,
	id          BIGINT UNSIGNED NOT NULL,
	send_id     BIGINT UNSIGNED NOT NULL,
	body_id     BIGINT UNSIGNED NOT NULL,
	app_id      BIGINT NOT NULL,
	device_id   BIGINT NOT NULL,
	platform    TINYINT UNSIGNED NOT NULL,
	environment TINYINT UNSIGNED NOT NULL,
	attempts    SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	token       VARCHAR(1300) NOT NULL,
	body        MEDIUMTEXT NULL,
	generation  INT UNSIGNED NOT NULL DEFAULT 0,
	personal    TINYINT(1) NOT NULL DEFAULT 0,
	user_id       VARCHAR(255) NULL,
	activation_id VARCHAR(37) NULL,
	reason        VARCHAR(80) NULL,
	PRIMARY KEY (shard, lane, due, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE push_outbox_body (
	id      BIGINT UNSIGNED NOT NULL,
	send_id BIGINT UNSIGNED NOT NULL,
	body    MEDIUMTEXT NOT NULL,
	PRIMARY KEY (id),
	KEY push_outbox_body_send (send_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The history: what became of each message of lane 0, a row for each device,
-- without the text; kept for [message] history. A row is written in the
-- transaction of the outcome, or of the call for devices that get nothing
-- (device_id 0: there was none). outcome: enum history_outcome. The order of
-- the key makes the oldest rows a range that is removed from its begin.

CREATE TABLE push_history (
	finished  DATETIME(3) NOT NULL,
	id        BIGINT UNSIGNED NOT NULL,
	device_id BIGINT NOT NULL,
	user_id   VARCHAR(255) NOT NULL,
	send_id   BIGINT UNSIGNED NOT NULL,
	app_id    BIGINT NOT NULL,
	platform  TINYINT UNSIGNED NOT NULL,
	outcome   TINYINT UNSIGNED NOT NULL,
	tries     SMALLINT UNSIGNED NOT NULL,
	reason    VARCHAR(80) NULL,
	PRIMARY KEY (finished, id, device_id),
	KEY push_history_user (user_id, finished),
	KEY push_history_send (send_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Leases: which sendd delivers which shard of the outbox. epoch counts
-- takeovers: it fences off an owner that was paused past its lease.
-- incarnation: of the owner, see push_instance; 0: the shard is free. renewals
-- grows while the owner works. Another sendd takes the shard when the row has
-- not changed for lease_ms by its own steady clock; 0: a program of before
-- version 18 has the lease, and moves lease_until only. That column is the end
-- of the lease by the clock of the node where it was renewed: for people, and
-- for programs of before.

CREATE TABLE push_shard (
	shard       TINYINT UNSIGNED NOT NULL,
	owner       VARCHAR(64) NOT NULL DEFAULT '',
	incarnation BIGINT UNSIGNED NOT NULL DEFAULT 0,
	epoch       BIGINT UNSIGNED NOT NULL DEFAULT 0,
	lease_until DATETIME(3) NOT NULL DEFAULT '2000-01-01',
	renewals    BIGINT UNSIGNED NOT NULL DEFAULT 0,
	lease_ms    INT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (shard)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT INTO push_shard (shard)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 63)
SELECT i FROM n;

-- The sendd instances: heartbeat and figures. incarnation: a random number of
-- the process that has the name (see host and pid). beats counts the
-- heartbeats: it shows whether the owner runs. node: of the Galera cluster, to
-- which it is connected, with its clock at the heartbeat (node_ms, since 1970);
-- skew_ms: how far that clock is ahead of the nodes' common time, as this sendd
-- has measured it.
-- draining: an operator wants it to give its shards to the others.
-- ring_key: proves to this process that who carries it a row at its doorbell may
-- write the outbox (db/ring_keys.h). Drawn at each start.

CREATE TABLE push_instance (
	name        VARCHAR(64) NOT NULL,
	incarnation BIGINT UNSIGNED NOT NULL DEFAULT 0,
	host        VARCHAR(255) NOT NULL DEFAULT '',
	pid         INT UNSIGNED NOT NULL DEFAULT 0,
	beats       BIGINT UNSIGNED NOT NULL DEFAULT 0,
	started     DATETIME(3) NOT NULL,
	seen        DATETIME(3) NOT NULL,
	draining    TINYINT(1) NOT NULL DEFAULT 0,
	figures     TEXT NOT NULL,
	node        VARCHAR(255) NOT NULL DEFAULT '',
	node_ms     BIGINT NOT NULL DEFAULT 0,
	skew_ms     BIGINT NOT NULL DEFAULT 0,
	ring_key    VARBINARY(32) NOT NULL DEFAULT '',
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The access tokens that are signed here survive a restart: APNs rejects more
-- than one new token in 20 minutes, Apple's Web Push in an hour.
-- name: SHA-256 of team, key id and key, or of key, subject and origin; token
-- sealed.

CREATE TABLE push_grant (
	name    CHAR(64) NOT NULL,
	token   VARBINARY(2048) NOT NULL,
	granted DATETIME(3) NOT NULL,
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Operator holds: platform 0 APNs, 1 FCM, 2 HMS, 3 Web Push, 255 all. host: of
-- the push service that is held, of those of Web Push; '' all.

CREATE TABLE push_hold (
	app_id   BIGINT NOT NULL,
	platform TINYINT UNSIGNED NOT NULL,
	since    DATETIME(3) NOT NULL,
	reason   VARCHAR(200) NOT NULL DEFAULT '',
	host     VARCHAR(253) NOT NULL DEFAULT '',
	PRIMARY KEY (app_id, platform, host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The status of each credential, as each sendd sees it. seen: when the row was
-- written, which is after a change. The row is valid while the incarnation that
-- has written it has heartbeats. state: ok, held, none, asking. host: of the
-- push service, for Web Push; else ''.

CREATE TABLE push_health (
	app_id      BIGINT NOT NULL,
	platform    TINYINT UNSIGNED NOT NULL,
	environment TINYINT UNSIGNED NOT NULL,
	instance    VARCHAR(64) NOT NULL,
	state       VARCHAR(16) NOT NULL,
	reason      VARCHAR(200) NOT NULL DEFAULT '',
	since       DATETIME(3) NOT NULL,
	until       DATETIME(3) NULL,
	seen        DATETIME(3) NOT NULL,
	accepted    INT UNSIGNED NOT NULL,
	suspects    INT UNSIGNED NOT NULL,
	gone        INT UNSIGNED NOT NULL,
	host        VARCHAR(253) NOT NULL DEFAULT '',
	PRIMARY KEY (app_id, platform, environment, instance, host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Outcome counters, which only grow, for /metrics.

CREATE TABLE push_counter (
	app_id   BIGINT NOT NULL,
	platform TINYINT UNSIGNED NOT NULL,
	outcome  VARCHAR(16) NOT NULL,
	reason   VARCHAR(80) NOT NULL,
	n        BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (app_id, platform, outcome, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Answers to sends with an Idempotency-Key, for 24 hours. refused: of a batch
-- that is accepted in part, see fcgi/partial.h.

CREATE TABLE push_idempotency (
	name     CHAR(64) NOT NULL,
	request  CHAR(64) NOT NULL,
	send_id  BIGINT UNSIGNED NOT NULL,
	created  DATETIME(3) NOT NULL,
	refused  MEDIUMTEXT NULL,
	PRIMARY KEY (name),
	KEY push_idempotency_created (created)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Live checks of credentials: requested by admin, done by one sendd.

CREATE TABLE push_check (
	app_id BIGINT NOT NULL,
	asked  DATETIME(3) NOT NULL,
	owner  VARCHAR(64) NULL,
	done   DATETIME(3) NULL,
	answer TEXT NULL,
	PRIMARY KEY (app_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Callers of the API. Only a SHA-256 of the secret is kept; the previous one
-- stays valid for a while after a rotation. roles: comma separated; apps:
-- JSON array of names, NULL for all.

CREATE TABLE push_integration (
	id          BIGINT NOT NULL AUTO_INCREMENT,
	name        VARCHAR(64) NOT NULL,
	token       CHAR(32) NOT NULL,
	secret_hash CHAR(64) NOT NULL,
	old_hash    CHAR(64) NULL,
	old_until   DATETIME(3) NULL,
	roles       VARCHAR(255) NOT NULL,
	apps        TEXT NULL,
	created     DATETIME(3) NOT NULL,
	last_used   DATETIME(3) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY push_integration_name (name),
	UNIQUE KEY push_integration_token (token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Sessions of the console. name: SHA-256 of the key in the browser's cookie.
-- secret_hash: of the secret that opened it. used: to the minute.

CREATE TABLE push_session (
	name           CHAR(64) NOT NULL,
	integration_id BIGINT NOT NULL,
	secret_hash    CHAR(64) NOT NULL,
	created        DATETIME(3) NOT NULL,
	used           DATETIME(3) NOT NULL,
	PRIMARY KEY (name),
	KEY push_session_created (created)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Wrong secrets, by the address that they came from: when its bucket is empty
-- again. Addresses share 4,096 slots, which harms nobody: a right secret is
-- always taken.

CREATE TABLE push_throttle (
	slot  SMALLINT UNSIGNED NOT NULL,
	empty DATETIME(3) NOT NULL,
	PRIMARY KEY (slot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- What became of messages in each minute of the last week, for the console's
-- charts. what: enum minute_what.

CREATE TABLE push_minute (
	minute   DATETIME NOT NULL,
	platform TINYINT UNSIGNED NOT NULL,
	what     TINYINT UNSIGNED NOT NULL,
	n        BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (minute, platform, what)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The audit trail: a row for each administrative change, written in the
-- change's own transaction. No program may change a row; only outpost maintain
-- may delete rows, by [maintain] audit.
-- who: the integration, or the system's user who ran the command; NULL when
-- the API is open to everyone. source: the caller's address. call: the id in
-- the log.

CREATE TABLE push_audit (
	id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	at      DATETIME(3) NOT NULL,
	who     VARCHAR(64) NULL,
	source  VARCHAR(64) NULL,
	action  VARCHAR(40) NOT NULL,
	object  VARCHAR(255) NULL,
	detail  TEXT NULL,
	call_id CHAR(16) NULL,
	PRIMARY KEY (id),
	KEY push_audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The key of the names that users have in the audit trail (core/person_name.h),
-- sealed: one row.

CREATE TABLE push_audit_key (
	id      TINYINT UNSIGNED NOT NULL,
	sealed  VARBINARY(255) NOT NULL,
	created DATETIME(3) NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Maintenance of these tables: a row for each program that does it. ended,
-- removed: of its last whole round. owner, until: the lease of the round in
-- progress, so that two of them do not do the same work.

CREATE TABLE push_maintenance (
	program VARCHAR(16) NOT NULL,
	owner   BIGINT UNSIGNED NOT NULL DEFAULT 0,
	until   DATETIME(3) NOT NULL DEFAULT '2000-01-01',
	ended   DATETIME(3) NULL,
	removed BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (program)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT INTO push_maintenance (program) VALUES ('maintain'), ('sendd');

INSERT INTO push_schema (version, oldest, applied)
    VALUES (21, 7, UTC_TIMESTAMP(3));
