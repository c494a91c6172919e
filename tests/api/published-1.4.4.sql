-- The published server's last MySQL edition, with rows that have seen life.
-- Made with the defaults of its day, where a TIMESTAMP was not null and
-- changed by itself.
SET explicit_defaults_for_timestamp = 0, sql_mode = '',
    time_zone = '+00:00';

CREATE TABLE push_app_credentials (
	id                  BIGINT(20) NOT NULL AUTO_INCREMENT,
	app_id              VARCHAR(255) NOT NULL,
	ios_private_key     BLOB,
	ios_team_id         VARCHAR(255),
	ios_key_id          VARCHAR(255),
	ios_bundle          VARCHAR(255),
	ios_environment     VARCHAR(32),
	android_private_key BLOB,
	android_project_id  VARCHAR(255),
	PRIMARY KEY (id),
	UNIQUE KEY push_app_cred_app (app_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE push_device_registration (
	id                        BIGINT(20) NOT NULL AUTO_INCREMENT,
	activation_id             VARCHAR(37),
	user_id                   VARCHAR(255),
	app_id                    BIGINT(20) NOT NULL,
	platform                  VARCHAR(20) NOT NULL,
	push_token                VARCHAR(255) NOT NULL,
	timestamp_last_registered DATETIME NOT NULL,
	is_active                 INT(1) DEFAULT 0,
	PRIMARY KEY (id),
	KEY push_device_app_token (app_id, push_token),
	KEY push_device_user_app (user_id, app_id),
	UNIQUE KEY push_device_activation (activation_id),
	UNIQUE KEY push_device_activation_token (activation_id, push_token)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE push_message (
	id                     BIGINT(20) NOT NULL AUTO_INCREMENT,
	device_registration_id BIGINT(20) NOT NULL,
	user_id                VARCHAR(255),
	activation_id          VARCHAR(37),
	is_silent              INT(1) DEFAULT 0,
	is_personal            INT(1) DEFAULT 0,
	message_body           TEXT NOT NULL,
	timestamp_created      DATETIME NOT NULL,
	status                 INT(1) NOT NULL,
	PRIMARY KEY (id),
	KEY push_message_status (status)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE push_campaign (
	id                  BIGINT(20) NOT NULL AUTO_INCREMENT,
	app_id              BIGINT(20) NOT NULL,
	message             TEXT NOT NULL,
	is_sent             INT(1) DEFAULT 0,
	timestamp_created   DATETIME NOT NULL,
	timestamp_sent      DATETIME,
	timestamp_completed DATETIME,
	PRIMARY KEY (id),
	KEY push_campaign_sent (is_sent)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE push_campaign_user (
	id                BIGINT(20) NOT NULL AUTO_INCREMENT,
	campaign_id       BIGINT(20) NOT NULL,
	user_id           VARCHAR(255) NOT NULL,
	timestamp_created DATETIME NOT NULL,
	PRIMARY KEY (id),
	KEY push_campaign_user_campaign (campaign_id, user_id),
	KEY push_campaign_user_detail (user_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE push_inbox (
	id                BIGINT(20) NOT NULL AUTO_INCREMENT,
	inbox_id          VARCHAR(37),
	user_id           VARCHAR(255) NOT NULL,
	`type`            VARCHAR(32) NOT NULL,
	subject           TEXT NOT NULL,
	summary           TEXT NOT NULL,
	body              TEXT NOT NULL,
	`read`            BOOLEAN NOT NULL DEFAULT FALSE,
	timestamp_created TIMESTAMP NOT NULL,
	timestamp_read    TIMESTAMP,
	PRIMARY KEY (id),
	KEY push_inbox_id (inbox_id),
	KEY push_inbox_user (user_id),
	KEY push_inbox_user_read (user_id, `read`)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE push_inbox_app (
	app_credentials_id BIGINT(20) NOT NULL,
	inbox_id           BIGINT(20) NOT NULL,
	PRIMARY KEY (inbox_id, app_credentials_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE BATCH_JOB_SEQ (id BIGINT NOT NULL) ENGINE=InnoDB;

INSERT INTO push_app_credentials VALUES
(1, 'some-app', '-----BEGIN PRIVATE KEY-----\nplain\n', 'TEAM123456',
    'KEYID12345', 'some.bundle', 'Production', '{"type":"service_account"}',
    'some-project'),
(2, 'bare-app', NULL, NULL, NULL, NULL, 'whatever', NULL, NULL),
(3, 'android-app', NULL, NULL, NULL, NULL, NULL, '{"project":3}', 'three'),
(40, 'gone-app', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
DELETE FROM push_app_credentials WHERE id = 40;

INSERT INTO push_device_registration VALUES
(1, '49414e31-f3df-4cea-87e6-f214ca3b8412', 'alice', 1, 'ios', 'TokenA',
    '2022-08-25 22:34:58', 1),
(2, '00000000-0000-4000-8000-000000000002', 'Alice', 1, 'android', 'tokena',
    '2021-01-01 00:00:00', 0),
(3, NULL, NULL, 3, 'android', 'fcm:Token', '2021-01-01 00:00:00', NULL),
-- one phone in three spellings; two activations had it last
(4, 'act-4', 'bob', 1, 'ios', '0A1B2C3D', '2022-01-01 00:00:00', 1),
(5, 'act-5', 'carol', 1, 'ios', '<0a1b 2c3d>', '2022-01-02 00:00:00', 1),
(6, 'act-6', 'dave', 1, 'ios', '<0a1b 2c3d>', '2022-01-02 00:00:00', 1),
(7, 'act-7', 'erin', 1, 'ios', '0a1b2c3d', '2021-12-31 00:00:00', 1),
-- the same digits are another token in another application
(8, 'act-8', 'erin', 3, 'ios', '0A1B2C3D', '2021-12-31 00:00:00', 1);

INSERT INTO push_message VALUES
(1, 1, 'alice', NULL, 0, 0, '{"title":"a"}', '2022-01-01 10:00:00', 1),
(2, 2, 'Alice', NULL, NULL, NULL, '{"title":"b"}', '2022-01-01 10:00:00', -1),
(3, 3, NULL, 'x', 1, 1, '{"title":"c"}', '2022-07-01 10:00:00', 0);

INSERT INTO push_campaign VALUES
(1, 1, '{\n  "validUntil" : "2016-10-12T11:20:04Z"\n}', 1,
    '2016-10-12 11:20:04', '2016-10-12 11:20:05', '2016-10-12 11:20:06'),
(2, 1, '{"body":{}}', NULL, '2016-10-12 11:20:04', NULL, NULL);

INSERT INTO push_campaign_user VALUES
(1, 1, 'alice', '2016-10-12 11:20:04'), (2, 1, 'bob', '2016-10-12 11:20:04'),
(3, 1, 'alice', '2016-10-12 11:20:09'), (4, 1, 'Alice', '2016-10-12 11:20:04'),
(5, 2, 'alice', '2016-10-12 11:20:04');

INSERT INTO push_inbox VALUES
(1, 'inbox-1', 'alice', 'text', 'Subject', 'Summary', 'Body', 0,
    '2022-08-25 20:34:58', 0),
(2, NULL, 'alice', 'html', 'Subject', 'Summary', '<b>Body</b>', 1,
    '2022-08-25 20:34:58', '2022-08-26 01:02:03'),
(3, 'inbox-1', 'bob', 'text', 'Subject', 'Summary', 'Body', 0,
    '2022-08-25 20:34:58', 0);

INSERT INTO push_inbox_app VALUES (1, 1), (3, 1), (1, 2);
