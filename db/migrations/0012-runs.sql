-- Version 11 to 12: the runs of campaigns have a table of their own, and can be
-- paused, cancelled and paced.

ALTER TABLE push_campaign
	ADD COLUMN IF NOT EXISTS changes BIGINT UNSIGNED NOT NULL DEFAULT 0
	    AFTER queue_end,
	ADD COLUMN IF NOT EXISTS recall_at DATETIME(3) NULL AFTER changes;

ALTER TABLE push_send
	ADD COLUMN IF NOT EXISTS dropped INT UNSIGNED NOT NULL DEFAULT 0
	    AFTER inactive;

CREATE TABLE IF NOT EXISTS push_campaign_run (
	send_id     BIGINT UNSIGNED NOT NULL,
	campaign_id BIGINT NOT NULL,
	created     DATETIME(3) NOT NULL,
	start_at    DATETIME(3) NOT NULL,
	ended       DATETIME(3) NULL,
	state       VARCHAR(16) NULL,
	spread_ms   BIGINT UNSIGNED NOT NULL DEFAULT 0,
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

CREATE TABLE IF NOT EXISTS push_campaign_outcome (
	campaign_id BIGINT NOT NULL,
	send_id     BIGINT UNSIGNED NOT NULL,
	platform    TINYINT UNSIGNED NOT NULL,
	outcome     VARCHAR(16) NOT NULL,
	reason      VARCHAR(80) NOT NULL,
	n           INT UNSIGNED NOT NULL,
	PRIMARY KEY (campaign_id, send_id, platform, outcome, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The latest run of each campaign; of earlier ones nothing is known.
INSERT INTO push_campaign_run (send_id, campaign_id, created, start_at, ended,
    state, total, sent, failed, expired)
    SELECT c.send_id, c.id, COALESCE(c.timestamp_sent, c.timestamp_created),
    COALESCE(c.timestamp_sent, c.timestamp_created),
    IF(c.state IN ('done', 'cancelled'),
	COALESCE(c.timestamp_completed, UTC_TIMESTAMP(3)), NULL),
    IF(c.state IN ('done', 'cancelled'), c.state, NULL),
    COALESCE(s.total, 0),
    COALESCE(s.apns_sent + s.fcm_sent + s.hms_sent, 0),
    COALESCE(s.apns_failed + s.fcm_failed + s.hms_failed, 0),
    COALESCE(s.apns_expired + s.fcm_expired + s.hms_expired, 0)
    FROM push_campaign c LEFT JOIN push_send s ON s.id = c.send_id
    WHERE c.send_id IS NOT NULL
    ON DUPLICATE KEY UPDATE campaign_id = VALUES(campaign_id);

-- Programs of before start runs without a row here; sendd adds it.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (12, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
