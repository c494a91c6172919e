-- Version 17 to 18: leases and heartbeats that are judged without a clock of the
-- database, and how far the clocks of the nodes are apart.

ALTER TABLE push_shard
	ADD COLUMN IF NOT EXISTS renewals BIGINT UNSIGNED NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS lease_ms INT UNSIGNED NOT NULL DEFAULT 0;

ALTER TABLE push_instance
	ADD COLUMN IF NOT EXISTS node VARCHAR(255) NOT NULL DEFAULT '',
	ADD COLUMN IF NOT EXISTS node_ms BIGINT NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS skew_ms BIGINT NOT NULL DEFAULT 0;

-- Programs of before judge a lease by lease_until, which is written as ever.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (18, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
