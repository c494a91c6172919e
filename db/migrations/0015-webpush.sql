-- Version 14 to 15: browsers, by Web Push.

ALTER TABLE push_app_credentials
	ADD COLUMN IF NOT EXISTS webpush_private_key BLOB NULL
	    AFTER hms_client_secret,
	ADD COLUMN IF NOT EXISTS webpush_public_key VARCHAR(87) NULL
	    AFTER webpush_private_key,
	ADD COLUMN IF NOT EXISTS webpush_subject VARCHAR(255) NULL
	    AFTER webpush_public_key,
	ADD COLUMN IF NOT EXISTS webpush_default_url VARCHAR(255) NULL
	    AFTER webpush_subject,
	ADD COLUMN IF NOT EXISTS has_webpush TINYINT(1) AS
	    (webpush_private_key IS NOT NULL) STORED AFTER has_hms;

ALTER TABLE push_device_registration
	ADD COLUMN IF NOT EXISTS address VARCHAR(1300) NULL;

ALTER TABLE push_send
	ADD COLUMN IF NOT EXISTS webpush_total INT UNSIGNED NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS webpush_sent INT UNSIGNED NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS webpush_failed INT UNSIGNED NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS webpush_expired INT UNSIGNED NOT NULL DEFAULT 0;

ALTER TABLE push_outbox MODIFY COLUMN token VARCHAR(1300) NOT NULL;

ALTER TABLE push_hold
	ADD COLUMN IF NOT EXISTS host VARCHAR(253) NOT NULL DEFAULT '',
	DROP PRIMARY KEY,
	ADD PRIMARY KEY (app_id, platform, host);

ALTER TABLE push_health
	ADD COLUMN IF NOT EXISTS host VARCHAR(253) NOT NULL DEFAULT '',
	DROP PRIMARY KEY,
	ADD PRIMARY KEY (app_id, platform, environment, instance, host);

-- Programs of before do not know the platform: they write no row of it, and
-- leave those that they find.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (15, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
