-- Version 20 to 21: a spread that is set while a run goes on counts from then,
-- and it is known until when the message of a run is valid.

ALTER TABLE push_campaign_run
	ADD COLUMN IF NOT EXISTS spread_from DATETIME(3) NULL AFTER spread_ms,
	ADD COLUMN IF NOT EXISTS expires_ms BIGINT NOT NULL DEFAULT 0
	    AFTER start_at;

-- An earlier program knows neither: a spread that it sets counts from the start
-- of the run, and a run that it starts may be given any spread.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (21, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
