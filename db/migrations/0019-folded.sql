-- Version 18 to 19: on a cluster, several sendd share the counters of a campaign's
-- send without a conflict.

CREATE TABLE IF NOT EXISTS push_send_delta (
	id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	send_id BIGINT UNSIGNED NOT NULL,
	counts  TEXT NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- An earlier sendd adds to the counters themselves, and folds none.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (19, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
