-- From the last MySQL edition of the published server (1.4.0 to 1.4.4, also
-- with the columns of its later releases) to ours. {db} holds its tables, the
-- database in use those of schema.sql, still empty; swap.sql then puts these
-- in place at one stroke. Killed anywhere before that, {db} serves its old
-- server as before, and this can be run again from the beginning: all that
-- happens to {db} is that devices may get a column.
--
-- {zone} is the time zone of the old server: it wrote local times.

-- What its own upgrades of 1.5 to 1.10 did, where they were not done --------

CREATE TABLE was_inbox LIKE {db}.push_inbox;
INSERT INTO was_inbox SELECT * FROM {db}.push_inbox;
ALTER TABLE was_inbox
	CHANGE COLUMN IF EXISTS `type` message_type VARCHAR(32) NOT NULL,
	CHANGE COLUMN IF EXISTS `read` is_read TINYINT(1) NOT NULL DEFAULT 0;
ALTER TABLE was_inbox
	ADD COLUMN IF NOT EXISTS message_type VARCHAR(32) NOT NULL
	    DEFAULT 'text',
	ADD COLUMN IF NOT EXISTS summary TEXT NOT NULL DEFAULT '';

-- apns_* and fcm_* are filled from ios_* and android_* once, when they come
-- to be. Whoever has them already may have removed a key from them: the old
-- columns must not bring it back.
CREATE TABLE was_app_credentials LIKE {db}.push_app_credentials;
INSERT INTO was_app_credentials SELECT * FROM {db}.push_app_credentials;
ALTER TABLE was_app_credentials
	ADD COLUMN IF NOT EXISTS hms_project_id VARCHAR(255) NULL,
	ADD COLUMN IF NOT EXISTS hms_client_id VARCHAR(255) NULL,
	ADD COLUMN IF NOT EXISTS hms_client_secret VARCHAR(255) NULL,
	ADD COLUMN IF NOT EXISTS timestamp_created DATETIME NULL,
	ADD COLUMN IF NOT EXISTS timestamp_last_updated DATETIME NULL,
	ADD COLUMN IF NOT EXISTS apns_private_key BLOB NULL
	    DEFAULT (ios_private_key),
	ADD COLUMN IF NOT EXISTS apns_team_id VARCHAR(255) NULL
	    DEFAULT (ios_team_id),
	ADD COLUMN IF NOT EXISTS apns_key_id VARCHAR(255) NULL
	    DEFAULT (ios_key_id),
	ADD COLUMN IF NOT EXISTS apns_bundle VARCHAR(255) NULL
	    DEFAULT (ios_bundle),
	ADD COLUMN IF NOT EXISTS apns_environment VARCHAR(255) NULL
	    DEFAULT (ios_environment),
	ADD COLUMN IF NOT EXISTS fcm_private_key BLOB NULL
	    DEFAULT (android_private_key),
	ADD COLUMN IF NOT EXISTS fcm_project_id VARCHAR(255) NULL
	    DEFAULT (android_project_id);

ALTER TABLE {db}.push_device_registration
	ADD COLUMN IF NOT EXISTS environment VARCHAR(255) NULL;

-- Rows -----------------------------------------------------------------------

START TRANSACTION;

-- An environment in any case, or any other word: two words, or none. Keys do
-- not stay in columns that nobody reads; those in use are sealed by setup.
INSERT INTO push_app_credentials (id, app_id,
	ios_team_id, ios_key_id, ios_bundle, ios_environment,
	android_project_id,
	apns_private_key, apns_team_id, apns_key_id, apns_bundle,
	apns_environment,
	fcm_private_key, fcm_project_id,
	hms_project_id, hms_client_id, hms_client_secret,
	timestamp_created, timestamp_last_updated)
SELECT id, app_id,
	ios_team_id, ios_key_id, ios_bundle, ios_environment,
	android_project_id,
	apns_private_key, apns_team_id, apns_key_id, apns_bundle,
	IF(LOWER(TRIM(apns_environment)) IN ('development', 'production'),
	    LOWER(TRIM(apns_environment)), NULL),
	fcm_private_key, fcm_project_id,
	hms_project_id, hms_client_id, hms_client_secret,
	COALESCE(CONVERT_TZ(timestamp_created, {zone}, '+00:00'),
	    UTC_TIMESTAMP(3)),
	CONVERT_TZ(timestamp_last_updated, {zone}, '+00:00')
FROM was_app_credentials;

INSERT INTO push_device_registration (id, activation_id, user_id,
	app_id, platform, environment, push_token, timestamp_last_registered,
	is_active)
SELECT id, activation_id, user_id, app_id, platform,
	IF(LOWER(TRIM(environment)) IN ('development', 'production'),
	    LOWER(TRIM(environment)), NULL), push_token,
	CONVERT_TZ(timestamp_last_registered, {zone}, '+00:00'),
	COALESCE(is_active, 0)
FROM {db}.push_device_registration;

-- What the old server left pending is never tried again: no state.
INSERT INTO push_message (id, device_registration_id, user_id,
	activation_id, is_silent, is_personal, message_body,
	timestamp_created, status, state)
SELECT id, device_registration_id, user_id, activation_id,
	COALESCE(is_silent, 0), COALESCE(is_personal, 0), message_body,
	CONVERT_TZ(timestamp_created, {zone}, '+00:00'), status,
	CASE status WHEN 1 THEN 'sent' WHEN -1 THEN 'failed' END
FROM {db}.push_message;

INSERT INTO push_campaign (id, app_id, message, is_sent,
	timestamp_created, timestamp_sent, timestamp_completed, state)
SELECT id, app_id, message, COALESCE(is_sent, 0),
	CONVERT_TZ(timestamp_created, {zone}, '+00:00'),
	CONVERT_TZ(timestamp_sent, {zone}, '+00:00'),
	CONVERT_TZ(timestamp_completed, {zone}, '+00:00'),
	IF(COALESCE(is_sent, 0) = 1, 'done', 'created')
FROM {db}.push_campaign;

-- It could add a user twice; the first stays.
INSERT INTO push_campaign_user (id, campaign_id, user_id,
	timestamp_created)
SELECT MIN(id), campaign_id, user_id,
	CONVERT_TZ(MIN(timestamp_created), {zone}, '+00:00')
FROM {db}.push_campaign_user
GROUP BY campaign_id, user_id COLLATE utf8mb4_nopad_bin;

-- An inbox id that was missing, or is there a second time, is drawn anew.
-- Its times are TIMESTAMPs, which come in our zone; zero stood for none.
INSERT INTO push_inbox (id, inbox_id, user_id, message_type, subject,
	summary, body, is_read, timestamp_created, timestamp_read)
SELECT id,
	IF(inbox_id IS NULL OR ROW_NUMBER() OVER
	    (PARTITION BY inbox_id COLLATE utf8mb4_nopad_bin ORDER BY id) > 1,
	    CAST(UUID() AS CHAR), inbox_id),
	user_id, message_type, subject, summary, body, COALESCE(is_read, 0),
	timestamp_created, NULLIF(timestamp_read, '0000-00-00 00:00:00')
FROM was_inbox;

INSERT INTO push_inbox_app (app_credentials_id, inbox_id)
SELECT app_credentials_id, inbox_id FROM {db}.push_inbox_app;

COMMIT;

DROP TABLE was_inbox, was_app_credentials;

-- Ids of what was deleted are not given a second time ------------------------

BEGIN NOT ATOMIC
	FOR t IN (SELECT table_name AS name, auto_increment AS next
	    FROM information_schema.tables WHERE table_schema = {db_name}
	    AND auto_increment IS NOT NULL AND table_name IN
	    ('push_app_credentials', 'push_device_registration',
	    'push_message', 'push_campaign', 'push_campaign_user',
	    'push_inbox'))
	DO
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE ', t.name,
		    ' AUTO_INCREMENT = ', t.next);
	END FOR;
END;
