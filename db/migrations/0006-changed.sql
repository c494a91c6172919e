-- Version 5 to 6: what waits knows whose it was. A registration counts the
-- changes of its user, activation and application; a row of the outbox has
-- the count of its device, and what is sent later waits as a row of its user.
-- Rows that wait now, and devices, begin with the same count.

ALTER TABLE push_device_registration
	ADD COLUMN IF NOT EXISTS generation INT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE push_outbox
	ADD COLUMN IF NOT EXISTS generation INT UNSIGNED NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS personal TINYINT(1) NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS user_id VARCHAR(255) NULL,
	ADD COLUMN IF NOT EXISTS activation_id VARCHAR(37) NULL;
ALTER TABLE push_send
	ADD COLUMN IF NOT EXISTS scheduled INT UNSIGNED NOT NULL DEFAULT 0
	    AFTER done,
	ADD COLUMN IF NOT EXISTS removed INT UNSIGNED NOT NULL DEFAULT 0
	    AFTER scheduled,
	ADD COLUMN IF NOT EXISTS inactive INT UNSIGNED NOT NULL DEFAULT 0
	    AFTER removed;

-- To programs of before, a send whose users' moment has not come is over:
-- they would remove its body.
INSERT INTO push_schema (version, oldest, applied)
    VALUES (6, 6, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE version = version;
