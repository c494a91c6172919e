-- Version 10 to 11: when the tables were last maintained, and by whom.

CREATE TABLE IF NOT EXISTS push_maintenance (
	program VARCHAR(16) NOT NULL,
	owner   BIGINT UNSIGNED NOT NULL DEFAULT 0,
	until   DATETIME(3) NOT NULL DEFAULT '2000-01-01',
	ended   DATETIME(3) NULL,
	removed BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (program)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT INTO push_maintenance (program) VALUES ('maintain'), ('sendd')
    ON DUPLICATE KEY UPDATE program = VALUES(program);

-- Programs of before neither read nor write it.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (11, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
