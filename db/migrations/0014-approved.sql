-- Version 13 to 14: campaigns of all devices; who made and changed a campaign,
-- and who approved of it.

ALTER TABLE push_campaign
	ADD COLUMN IF NOT EXISTS everybody TINYINT(1) NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS created_by VARCHAR(64) NULL,
	ADD COLUMN IF NOT EXISTS changed_by VARCHAR(64) NULL,
	ADD COLUMN IF NOT EXISTS approved_by VARCHAR(64) NULL,
	ADD COLUMN IF NOT EXISTS approved DATETIME(3) NULL;

-- Programs of before know of none of them. A campaign of all devices can be
-- made when all programs are new.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (14, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
