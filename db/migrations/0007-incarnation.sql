-- Version 6 to 7: each life of a sendd instance has a number of its own, by
-- which a shard and a heartbeat are its own and not its namesake's.

ALTER TABLE push_instance
	ADD COLUMN IF NOT EXISTS incarnation BIGINT UNSIGNED NOT NULL
	    DEFAULT 0 AFTER name,
	ADD COLUMN IF NOT EXISTS host VARCHAR(255) NOT NULL DEFAULT ''
	    AFTER incarnation,
	ADD COLUMN IF NOT EXISTS pid INT UNSIGNED NOT NULL DEFAULT 0
	    AFTER host,
	ADD COLUMN IF NOT EXISTS beats BIGINT UNSIGNED NOT NULL DEFAULT 0
	    AFTER pid;
ALTER TABLE push_shard
	ADD COLUMN IF NOT EXISTS incarnation BIGINT UNSIGNED NOT NULL
	    DEFAULT 0 AFTER owner;

-- A sendd of before would leave another's number in the shards it takes.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (7, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
