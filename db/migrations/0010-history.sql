-- Version 9 to 10: what became of the messages of the last days, and why a
-- message waits.

ALTER TABLE push_outbox
	ADD COLUMN IF NOT EXISTS reason VARCHAR(80) NULL;

CREATE TABLE IF NOT EXISTS push_history (
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

-- Programs of before neither read nor write them.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (10, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
