-- Version 4 to 5: a device token has one spelling, that of push/token.c. Run
-- on the rows of the published server too, when they have moved in.
--
-- Of the spellings that one token has in an application the one registered
-- last stays, with all its rows, for create/multi registers several
-- activations of one; the others were the same phone before, and go. What is
-- no token at all stays, in quarantine: lists show it, nothing is sent to it,
-- and who registers again has a device again. The audit trail has the counts.

START TRANSACTION;

UPDATE push_device_registration SET platform = LOWER(TRIM(platform))
    WHERE platform <> LOWER(TRIM(platform));

CREATE TEMPORARY TABLE spelling (
	device_id BIGINT NOT NULL,
	app_id    BIGINT NOT NULL,
	apns      TINYINT NOT NULL,
	token     VARCHAR(512) NOT NULL, -- its one spelling
	PRIMARY KEY (device_id),
	KEY spelling_token (app_id, token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Rows that are spelt otherwise, and then those that were spelt so already.
INSERT INTO spelling (device_id, app_id, apns, token)
SELECT id, app_id, apns, token FROM (
	SELECT id, app_id, apns, push_token,
	    IF(apns AND hex REGEXP '^([0-9a-f]{2}){1,256}\\z', hex, plain)
	    AS token FROM (
		SELECT id, app_id, push_token,
		    platform IN ('apns', 'ios') AS apns,
		    REGEXP_REPLACE(push_token,
			'^[ \t\r\n]+|[ \t\r\n]+$', '') AS plain,
		    LOWER(REGEXP_REPLACE(push_token, '^[ \t\r\n]*<|^[ \t\r\n]+'
			'|>[ \t\r\n]*$|[ \t\r\n]+$| ', '')) AS hex
		FROM push_device_registration
	) AS x
) AS y WHERE push_token <> token;

INSERT INTO spelling (device_id, app_id, apns, token)
SELECT DISTINCT d.id, s.app_id, s.apns, s.token FROM spelling s
JOIN push_device_registration d ON d.app_id = s.app_id
    AND d.push_token = s.token AND d.platform IN ('apns', 'ios') = s.apns;

DELETE d FROM (
	SELECT r.id, r.push_token AS spelt, FIRST_VALUE(r.push_token) OVER
	    (PARTITION BY s.app_id, s.apns, s.token
	    ORDER BY r.timestamp_last_registered DESC, r.id DESC) AS latest
	FROM spelling s
	JOIN push_device_registration r ON r.id = s.device_id
) AS x JOIN push_device_registration d ON d.id = x.id
WHERE x.spelt <> x.latest;
SET @merged = ROW_COUNT();

UPDATE spelling s JOIN push_device_registration d ON d.id = s.device_id
    SET d.push_token = s.token WHERE d.push_token <> s.token;
SET @respelt = ROW_COUNT();

UPDATE push_device_registration
    SET gone_at = UTC_TIMESTAMP(3), gone_reason = 'not a token'
    WHERE gone_at IS NULL AND IF(platform IN ('apns', 'ios'),
	NOT push_token REGEXP '^([0-9a-f]{2}){1,256}\\z',
	NOT push_token REGEXP '^[!-~]+$' OR LOWER(push_token) IN
	    ('null', 'undefined', 'nil', 'none', '(null)'));
SET @set_aside = ROW_COUNT();

INSERT INTO push_audit (at, who, action, object, detail)
SELECT UTC_TIMESTAMP(3), SUBSTRING_INDEX(SESSION_USER(), '@', 1), 'setup',
    'push_device_registration', JSON_ARRAY(
	CONCAT('removed ', @merged, ' registrations: their token was '
	    'registered later in another spelling'),
	CONCAT('spelt ', @respelt, ' tokens in their canonical form'),
	CONCAT('set ', @set_aside, ' devices aside: their token is none'))
FROM DUAL WHERE @merged + @respelt + @set_aside > 0;

DROP TEMPORARY TABLE spelling;

-- Programs of before would write other spellings again.
INSERT INTO push_schema (version, oldest, applied)
SELECT 5, 5, UTC_TIMESTAMP(3) FROM DUAL
    WHERE NOT EXISTS (SELECT 1 FROM push_schema WHERE version >= 5);

COMMIT;
