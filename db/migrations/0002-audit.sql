-- Version 1 to 2: the audit trail.

CREATE TABLE IF NOT EXISTS push_audit (
	id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	at      DATETIME(3) NOT NULL,
	who     VARCHAR(64) NULL,
	source  VARCHAR(64) NULL,
	action  VARCHAR(40) NOT NULL,
	object  VARCHAR(255) NULL,
	detail  TEXT NULL,
	call_id CHAR(16) NULL,
	PRIMARY KEY (id),
	KEY push_audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT INTO push_schema (version, applied) VALUES (2, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
