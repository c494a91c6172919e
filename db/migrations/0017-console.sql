-- Version 16 to 17: what the console needs: sessions, wrong secrets by address,
-- and counts for each minute.

CREATE TABLE IF NOT EXISTS push_session (
	name           CHAR(64) NOT NULL,
	integration_id BIGINT NOT NULL,
	secret_hash    CHAR(64) NOT NULL,
	created        DATETIME(3) NOT NULL,
	used           DATETIME(3) NOT NULL,
	PRIMARY KEY (name),
	KEY push_session_created (created)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS push_throttle (
	slot  SMALLINT UNSIGNED NOT NULL,
	empty DATETIME(3) NOT NULL,
	PRIMARY KEY (slot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS push_minute (
	minute   DATETIME NOT NULL,
	platform TINYINT UNSIGNED NOT NULL,
	what     TINYINT UNSIGNED NOT NULL,
	n        BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (minute, platform, what)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Programs of before neither read nor write them.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (17, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
