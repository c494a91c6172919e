-- Version 15 to 16: a sendd that gives its shards to the others.

ALTER TABLE push_instance
	ADD COLUMN IF NOT EXISTS draining TINYINT(1) NOT NULL DEFAULT 0
	    AFTER seen;

-- Programs of before do not know the column: to them each sendd works.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (16, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
