-- Version 1 to 2: the audit trail.

CREATE TABLE IF NOT EXISTS push_audit (
	id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	at      DATETIME(3) NOT NULL,
	who     VARCHAR(64) COLLATE utf8mb4_bin NULL,
	source  VARCHAR(64) COLLATE utf8mb4_bin NULL,
	action  VARCHAR(40) COLLATE utf8mb4_bin NOT NULL,
	object  VARCHAR(255) COLLATE utf8mb4_bin NULL,
	detail  TEXT COLLATE utf8mb4_bin NULL,
	call_id CHAR(16) COLLATE utf8mb4_bin NULL,
	PRIMARY KEY (id),
	KEY push_audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO push_schema (version, applied) VALUES (2, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
