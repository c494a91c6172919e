-- Version 7 to 8: those who register one token at once take turns.

CREATE TABLE IF NOT EXISTS push_device_turn (
	slot SMALLINT UNSIGNED NOT NULL,
	n    BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (slot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT IGNORE INTO push_device_turn (slot)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 511)
SELECT i FROM n;

-- Programs of before take no turns, and their calls cross with ours as with
-- each other: no worse than it was.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (8, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
