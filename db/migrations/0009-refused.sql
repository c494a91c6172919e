-- Version 8 to 9: with an idempotency key, what was refused of a batch.

ALTER TABLE push_idempotency
	ADD COLUMN IF NOT EXISTS refused MEDIUMTEXT NULL AFTER created;

-- Programs of before leave it empty, and do not read it.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (9, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
