-- Moves the finished tables of {new} into {db} atomically, by one RENAME. With
-- {moving} 'yes' the same RENAME moves the tables of the published server from
-- {db} to {new}; otherwise an existing table is an error, and nothing changes.

SET @into = CONCAT('`', REPLACE({db_name}, '`', '``'), '`.`'),
    @from = CONCAT('`', REPLACE({new_name}, '`', '``'), '`.`');

SET @swap = (SELECT CONCAT('RENAME TABLE ', GROUP_CONCAT(step ORDER BY place,
    step SEPARATOR ', ')) FROM (
	SELECT 1 AS place, CONCAT(@into, table_name, '` TO ', @from, 'old_',
	    table_name, '`') AS step
	FROM information_schema.tables
	WHERE {moving} = 'yes' AND table_schema = {db_name}
	AND table_name IN ('push_app_credentials',
	    'push_device_registration', 'push_message', 'push_campaign',
	    'push_campaign_user', 'push_inbox', 'push_inbox_app')
	UNION ALL
	SELECT 2, CONCAT(@from, table_name, '` TO ', @into, table_name, '`')
	FROM information_schema.tables
	WHERE table_schema = {new_name}
) AS steps);

EXECUTE IMMEDIATE @swap;
