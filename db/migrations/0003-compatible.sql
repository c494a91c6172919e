-- Version 2 to 3: a schema says which programs it still serves.
--
-- oldest: the schema version of the oldest programs that work with this one.
-- Each later migration sets it with its row (the column has no default): to
-- that of the row before when such programs, their statements and the rights
-- that grants.sql gives them still fit, else to its own version.

ALTER TABLE push_schema
	ADD COLUMN IF NOT EXISTS oldest INT UNSIGNED NOT NULL AFTER version;
UPDATE push_schema SET oldest = version WHERE oldest = 0;

-- Programs of version 2 take no other number than their own.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (3, 3, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
