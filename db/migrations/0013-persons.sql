-- Version 12 to 13: the key of the names that users have in the audit trail,
-- and an index for what is stored of a user.

CREATE TABLE IF NOT EXISTS push_audit_key (
	id      TINYINT UNSIGNED NOT NULL,
	sealed  VARBINARY(255) NOT NULL,
	created DATETIME(3) NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

ALTER TABLE push_message
	ADD INDEX IF NOT EXISTS push_message_user (user_id);

-- Programs of before neither read nor write the table.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (13, 7, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
