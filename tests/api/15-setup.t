#!/usr/bin/perl
# outpost setup: from nothing; from the published server's database; again; what
# it refuses. And what each program's database user may not do.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use Outpost;
use Setup;
use Test::More;

my $fixture = dirname(__FILE__) . '/published-1.4.4.sql';
my $o = Outpost->up(db => '--log-bin=binlog --sync-binlog=1');
my $dir = Setup::begin($o);

# --- from nothing -----------------------------------------------------------

my $new = place('setup_new');
my ($status, $said) = outpost($new, 'queue');
is "$status $said", qq(1 outpost: Outpost is not set up here: run "outpost)
    . qq( setup"\n), 'before it another command says to run it';
($status, $said) = setup($new);
is $status, 0, 'setup on an empty server' or diag $said;
like $said, qr/^created database setup_new$/m, 'it tells of the database';
like $said, qr/^created tables, schema version \d+$/m, 'of the tables';
like $said, qr{^created key file \Q$dir\E/setup_new/secret\.key}m,
    'of the key file';
like $said, qr/^created user setup_new_$_$/m, "of the user for $_"
    for @programs;
is sprintf('%o', (stat "$dir/$new/$_")[2] & 07777), '600',
    "$_ is its owner's only" for 'secret.key', map { "db-$_" } @programs;
is((stat "$dir/$new")[2] & 07, 0, 'their directory is closed to others');
like $o->read_file("$dir/$new/secret.key"), qr/^[0-9a-f]{64}\n\z/,
    'the key is 32 bytes in hex';

my $before = shape($new) . content($new);
($status, $said) = setup($new);
is $status, 0, 'a second run';
is $said, "nothing to do\n", 'finds nothing to do';
is shape($new) . content($new), $before, 'and changes nothing';
($status, $said) = setup($new, '--json');
is_deeply Outpost::json()->decode($said)->{done}, [], 'nor with --json';
is rows($new, 'SELECT COUNT(*) FROM push_shard')->[0][0], 64, '64 shards';

($status, $said) = outpost($new, 'app', 'list');
is $status, 0, 'the cli user gets in';
like $said, qr/^no applications: /, 'and finds none';

# --- the server's own settings ----------------------------------------------

# Told by setup, by the queue, and by sendd, once for each value.
sub log_of { return $o->read_file("$o->{run}/logs/sendd.log") }
sub told { return [ log_of() =~ /(not durable: \w+ is \d+)/g ] }
for my $t ([ innodb_flush_log_at_trx_commit => 2, qr/: .* is lost when/ ],
    [ sync_binlog => 0, qr/: .* the binary log may lack/ ]) {
	my ($name, $value, $why) = @$t;
	my $before = @{ told() };
	$o->sql("SET GLOBAL $name = $value");
	($status, $said) = setup($new);
	is $status, 0, "$name = $value: setup goes on";
	like $said, qr/^warning: $name is $value$why/m,
	    'and says what that means';
	like [ outpost($new, 'queue') ]->[1],
	    qr/^warning: $name is $value$why/m, 'so does the queue';
	like Outpost::json()->decode([ outpost($new, 'queue', '--json') ]
	    ->[1])->{warnings}[0], qr/^$name is $value$why/, 'as JSON too';
	ok $o->wait_for(60, sub { @{ told() } > $before }),
	    'and sendd, which runs';
	$o->sql("SET GLOBAL $name = 1");
	unlike [ setup($new) ]->[1], qr/warning/, 'with 1 nothing is said';
	unlike [ outpost($new, 'queue') ]->[1], qr/warning/, 'nor there';
	ok $o->wait_for(60, sub { log_of() =~
	    /not durable: $name is $value.*durable again/s }),
	    'and sendd says that it is over';
}
is_deeply told(), [ 'not durable: innodb_flush_log_at_trx_commit is 2',
    'not durable: sync_binlog is 0' ], 'each was said once';

my $statement = place('setup_statement');
$o->sql('SET GLOBAL binlog_format = STATEMENT');
($status, $said) = setup($statement);
is $status, 1, 'a log that cannot take what we write: setup refuses';
like $said, qr/binlog_format is STATEMENT.* set it to MIXED or ROW/,
    'by a sentence';
is_deeply [ $o->sql("SHOW DATABASES LIKE 'setup\_statement%'"),
    $o->sql("SELECT user FROM mysql.user WHERE user LIKE"
	. " 'setup\_statement%'"), glob "$dir/$statement/*" ], [],
    'and has made neither database, user nor file';
$o->sql('SET GLOBAL binlog_format = MIXED');
is [ setup($statement) ]->[0], 0, 'with another it goes on';

my $web = place('setup_web');
($status, $said) = setup($web, '--web-user', 'no-such-user');
is $status, 1, "a web server's user that is none: setup refuses";
like $said, qr/--web-user: there is no user no-such-user on this machine/,
    'by a sentence';
is_deeply [ $o->sql("SHOW DATABASES LIKE 'setup\\_web'"),
    glob "$dir/$web/*" ], [], 'before any change';

# --- rights -----------------------------------------------------------------

my %denied = (1044 => 1, 1142 => 1, 1143 => 1, 1227 => 1, 1370 => 1);
my @forbidden = (
    [ push => 'SELECT apns_private_key FROM push_app_credentials' ],
    [ push => 'SELECT * FROM push_app_credentials' ],
    [ push => "UPDATE push_app_credentials SET apns_private_key = 'x'" ],
    [ push => "INSERT INTO push_app_credentials (app_id) VALUES ('x')" ],
    [ push => 'SELECT * FROM push_inbox' ],
    [ inbox => 'SELECT apns_private_key FROM push_app_credentials' ],
    [ inbox => 'SELECT fcm_private_key FROM push_app_credentials' ],
    [ inbox => 'SELECT hms_client_secret FROM push_app_credentials' ],
    [ inbox => 'SELECT ios_private_key FROM push_app_credentials' ],
    [ inbox => "UPDATE push_app_credentials SET app_id = 'x'" ],
    [ inbox => 'SELECT * FROM push_device_registration' ],
    [ inbox => 'SELECT * FROM push_outbox' ],
    [ admin => 'SELECT push_token FROM push_device_registration' ],
    [ admin => 'INSERT INTO push_inbox (id) VALUES (1)' ],
    [ sendd => "UPDATE push_app_credentials SET apns_private_key = 'x'" ],
    [ sendd => 'SELECT * FROM push_inbox' ],
    [ sendd => 'SELECT * FROM push_activation' ],
    map { my $p = $_; map { [ $p => $_ ] } (
	'ALTER TABLE push_send ADD COLUMN x INT',
	'DROP TABLE push_send', 'CREATE TABLE push_x (id INT)',
	'TRUNCATE TABLE push_send', 'UPDATE push_schema SET version = 9',
	'SELECT * FROM mysql.user') } grep { $_ ne 'cli' } @programs);
push @forbidden, map { [ cli => $_ ] } (
    'ALTER TABLE push_send ADD COLUMN x INT', 'DROP TABLE push_send',
    'SELECT * FROM mysql.user');
for my $f (@forbidden) {
	my $got = attempt($new, @$f);
	ok $denied{$got}, "$f->[0] may not: $f->[1]" or diag "got: $got";
}
my @allowed = (
    [ push => 'SELECT id, app_id, has_apns, has_fcm, has_hms, apns_bundle'
	. ' FROM push_app_credentials' ],
    [ inbox => 'SELECT id, app_id FROM push_app_credentials' ],
    [ inbox => 'UPDATE push_inbox SET is_read = 1' ],
    [ admin => 'UPDATE push_app_credentials SET version = 1 WHERE id = -1' ],
    [ sendd => 'SELECT apns_private_key FROM push_app_credentials' ],
    map { [ $_ => 'SELECT MAX(version) FROM push_schema' ] } @programs);
is attempt($new, @$_), '', "$_->[0] may: $_->[1]" for @allowed;

# --- users and files, one missing -------------------------------------------

unlink "$dir/$new/db-push";
($status, $said) = setup($new);
is $status, 0, 'setup with a password file missing';
is $said =~ s/^unchanged: .*\n//mgr, "set password of user setup_new_push\n"
    . "created password file $dir/$new/db-push\n", 'sets that password anew';
is attempt($new, push => 'SELECT 1'), '', 'and it is the right one';
$o->sql("DROP USER 'setup_new_inbox'\@localhost");
($status, $said) = setup($new);
like $said, qr/^created user setup_new_inbox$/m, 'a missing user is made';
is attempt($new, inbox => 'SELECT * FROM push_inbox'), '',
    'with the password of its file, and its rights';
$o->sql("REVOKE DELETE ON $new.push_outbox FROM 'setup_new_sendd'"
    . '@localhost');
($status, $said) = setup($new);
like $said, qr/^gave the users their rights$/m, 'a missing right is given';
is attempt($new, sendd => 'DELETE FROM push_outbox'), '', 'and there it is';

# --- from the published server ----------------------------------------------

my $old = place('setup_old');
load($old, $fixture);
($status, $said) = setup($old);
is $status, 0, "setup on the published server's database" or diag $said;
like $said, qr/^moved the published server's tables to schema version/m,
    'it says what it did';
like $said, qr/^sealed apns_private_key of application some-app$/m,
    'keys are sealed';
my @want = split /\n/, shape($new);
my @got = split /\n/, shape($old);
is_deeply \@got, \@want,
    'its tables are those of a fresh database: columns, indexes, tables';
is rows($old, "SELECT COUNT(*) FROM information_schema.schemata WHERE"
    . " schema_name LIKE '%being_set_up'")->[0][0], 0,
    'nothing is left beside it';
is rows($old, "SHOW TABLES LIKE 'BATCH%'")->[0][0], 'BATCH_JOB_SEQ',
    "others' tables stay";

is_deeply rows($old, 'SELECT id, app_id, apns_team_id, apns_key_id,'
    . ' apns_bundle, apns_environment, fcm_project_id, has_apns, has_fcm,'
    . ' has_hms, ios_private_key IS NULL, android_private_key IS NULL'
    . ' FROM push_app_credentials ORDER BY id'), [
    [ 1, 'some-app', 'TEAM123456', 'KEYID12345', 'some.bundle', 'production',
	'some-project', 1, 1, 0, 1, 1 ],
    [ 2, 'bare-app', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', 0, 0, 0, 1, 1 ],
    [ 3, 'android-app', 'NULL', 'NULL', 'NULL', 'NULL', 'three', 0, 1, 0, 1,
	1 ] ], 'applications, with their keys in the new columns only';
is rows($old, "SELECT COUNT(*) FROM push_app_credentials WHERE"
    . " LEFT(apns_private_key, 3) = 'OB2' OR"
    . " LEFT(fcm_private_key, 3) = 'OB2'")->[0][0], 2, 'and those sealed';
is_deeply rows($old, 'SELECT id, user_id, app_id, platform, environment,'
    . ' push_token, timestamp_last_registered, is_active, gone_reason'
    . ' FROM push_device_registration ORDER BY id'), [
    [ 1, 'alice', 1, 'ios', 'NULL', 'TokenA', '2022-08-25 22:34:58.000', 1,
	'not a token' ],
    [ 2, 'Alice', 1, 'android', 'NULL', 'tokena', '2021-01-01 00:00:00.000',
	0, 'NULL' ],
    [ 3, 'NULL', 3, 'android', 'NULL', 'fcm:Token',
	'2021-01-01 00:00:00.000', 0, 'NULL' ],
    [ 5, 'carol', 1, 'ios', 'NULL', '0a1b2c3d', '2022-01-02 00:00:00.000', 1,
	'NULL' ],
    [ 6, 'dave', 1, 'ios', 'NULL', '0a1b2c3d', '2022-01-02 00:00:00.000', 1,
	'NULL' ],
    [ 8, 'erin', 3, 'ios', 'NULL', '0a1b2c3d', '2021-12-31 00:00:00.000', 1,
	'NULL' ] ], 'devices, each token in one spelling';
is rows($old, "SELECT detail FROM push_audit WHERE object ="
    . " 'push_device_registration'")->[0][0], '["removed 2 registrations:'
    . ' their token was registered later in another spelling", "spelt 3'
    . ' tokens in their canonical form", "set 1 devices aside: their token'
    . ' is none"]', 'of which the audit trail tells';
is_deeply rows($old, 'SELECT id, user_id, is_silent, is_personal,'
    . ' message_body, status, state FROM push_message ORDER BY id'), [
    [ 1, 'alice', 0, 0, '{"title":"a"}', 1, 'sent' ],
    [ 2, 'Alice', 0, 0, '{"title":"b"}', -1, 'failed' ],
    [ 3, 'NULL', 1, 1, '{"title":"c"}', 0, 'NULL' ] ], 'messages';
is_deeply rows($old, 'SELECT id, is_sent, state, timestamp_sent,'
    . ' message LIKE "%validUntil%" FROM push_campaign ORDER BY id'), [
    [ 1, 1, 'done', '2016-10-12 11:20:05.000', 1 ],
    [ 2, 0, 'created', 'NULL', 0 ] ], 'campaigns';
is_deeply rows($old, 'SELECT id, campaign_id, user_id'
    . ' FROM push_campaign_user ORDER BY id'),
    [ [ 1, 1, 'alice' ], [ 2, 1, 'bob' ], [ 4, 1, 'Alice' ],
    [ 5, 2, 'alice' ] ], 'users of campaigns, each once';
is_deeply rows($old, 'SELECT id, message_type, is_read, timestamp_created,'
    . ' timestamp_read FROM push_inbox ORDER BY id'), [
    [ 1, 'text', 0, '2022-08-25 20:34:58.000', 'NULL' ],
    [ 2, 'html', 1, '2022-08-25 20:34:58.000', '2022-08-26 01:02:03.000' ],
    [ 3, 'text', 0, '2022-08-25 20:34:58.000', 'NULL' ] ], 'the inbox';
is rows($old, "SELECT COUNT(DISTINCT inbox_id), SUM(inbox_id = 'inbox-1')"
    . ' FROM push_inbox')->[0][0], 3, 'each message in it with its own id';
is rows($old, 'SELECT COUNT(*) FROM push_inbox_app')->[0][0], 3,
    'and its applications';
$o->sql("USE $old; INSERT INTO push_app_credentials (app_id) VALUES ('n')");
is rows($old, "SELECT id FROM push_app_credentials WHERE app_id = 'n'")
    ->[0][0], 41, 'the id of a deleted row is not given again';

$before = content($old);
($status, $said) = setup($old);
is $said, "nothing to do\n", 'a second run finds nothing to do';
is content($old), $before, 'and changes nothing';

# --- another zone; columns that came later ----------------------------------

my $later = place('setup_later');
load($later, $fixture);
$o->sql("USE $later; ALTER TABLE push_app_credentials"
    . ' ADD apns_private_key BLOB, ADD apns_team_id VARCHAR(255),'
    . ' ADD apns_key_id VARCHAR(255), ADD apns_bundle VARCHAR(255),'
    . ' ADD apns_environment VARCHAR(255), ADD fcm_private_key BLOB,'
    . ' ADD fcm_project_id VARCHAR(255)');
($status, $said) = setup($later, '--old-time-zone', '+02:00');
is $status, 0, 'setup on one with the columns of 1.10' or diag $said;
is rows($later, 'SELECT COUNT(*) FROM push_app_credentials'
    . ' WHERE has_apns OR has_fcm')->[0][0], 0,
    'a key that was removed does not come back from the old columns';
is rows($later, 'SELECT timestamp_last_registered'
    . ' FROM push_device_registration WHERE id = 1')->[0][0],
    '2022-08-25 20:34:58.000', '--old-time-zone: local times become UTC';
is rows($later, 'SELECT timestamp_created FROM push_inbox WHERE id = 1')
    ->[0][0], '2022-08-25 20:34:58.000', 'TIMESTAMPs were UTC already';

# --- refusals ---------------------------------------------------------------

my $bad = place('setup_bad');
load($bad, $fixture);
$before = content($bad);
($status, $said) = setup($bad, '--old-time-zone', 'Nowhere/Land');
isnt $status, 0, 'an unknown time zone is refused';
is content($bad), $before, 'and the old tables are as they were';
$o->sql("USE $bad; DROP TABLE push_inbox");
($status, $said) = setup($bad);
is $status, 1, 'a database older than 1.4 is refused';
like $said, qr/older than 1\.4/, 'by a sentence';
forget($bad);
$o->sql("CREATE DATABASE $bad; USE $bad; CREATE TABLE push_send (id INT);"
    . 'INSERT INTO push_send VALUES (7)');
($status, $said) = setup($bad);
is $status, 1, 'a foreign table in the way is an error';
is_deeply rows($bad, 'SELECT * FROM push_send'), [ [7] ],
    'and is not touched';
$o->sql("UPDATE $new.push_schema SET version = 99");
($status, $said) = setup($new);
is $status, 1, 'a schema newer than the program is refused';
like $said, qr/newer than this program/, 'by a sentence';
my $ours = Outpost::json()->decode([ outpost($new, 'version', '--json')
    ]->[1])->{schema};
for my $oldest ($ours + 1, 99) {
	$o->sql("UPDATE $new.push_schema SET oldest = $oldest");
	($status, $said) = outpost($new, 'queue');
	is $status, 1, "and not used when it serves programs from $oldest on";
	like $said, qr/schema version 99, .* it is of an earlier release$/m,
	    'and setup is not said to help';
}
for my $oldest ($ours, 1) {
	$o->sql("UPDATE $new.push_schema SET oldest = $oldest");
	($status, $said) = outpost($new, 'queue');
	is $status, 0, "but used when it serves programs from $oldest on"
	    or diag $said;
	is [ setup($new) ]->[0], 1, 'which setup goes on to refuse';
}
($status, $said) = outpost($old, 'setup', '--admin-user', 'nobody-known');
is $status, 1, 'an administrator who is not let in is an error';
like $said, qr/nobody-known/, 'that names him';
$o->write_file("$dir/$old/other.key", ('0' x 64) . "\n");
chmod 0600, "$dir/$old/other.key";
$o->write_file("$dir/$old.conf", $o->read_file("$dir/$old.conf")
    . "key_file = $dir/$old/other.key\n");
($status, $said) = setup($old);
like $said, qr/^warning: apns_private_key of application some-app does not/m,
    'a key file that is not the right one is told';

forget($_) for $new, $old, $later, $bad, $statement;
remove_tree($dir);
done_testing;
