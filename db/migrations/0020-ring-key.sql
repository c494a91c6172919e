-- Version 19 to 20: a sendd that is told a row at its doorbell knows whether who
-- tells it may write the outbox.

ALTER TABLE push_instance
	ADD COLUMN IF NOT EXISTS ring_key VARBINARY(32) NOT NULL DEFAULT '';

-- An earlier sendd knows no key. One that takes over the name of a later one
-- leaves its key there: it is told rows, takes each as a mere ring, and reads.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (20, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
