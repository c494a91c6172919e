-- Version 19 to 20: a sendd that is told a row at its doorbell knows whether who
-- tells it may write the outbox.

ALTER TABLE push_instance
	ADD COLUMN IF NOT EXISTS ring_key VARBINARY(32) NOT NULL DEFAULT '';

-- An earlier sendd has no key, and is carried no row.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (20, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
