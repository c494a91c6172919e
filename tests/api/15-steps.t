#!/usr/bin/perl
# outpost setup on a database that an earlier version of ours left; killed in
# the middle; several databases of one server at once.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use Outpost;
use POSIX ();
use Setup;
use Test::More;
use Time::HiRes qw(sleep);

my $fixture = dirname(__FILE__) . '/published-1.4.4.sql';
my $admin = getpwuid($>);
my $o = Outpost->up(db => '--log-bin=binlog --sync-binlog=1');
my $dir = Setup::begin($o);

# --- from an earlier version of ours ----------------------------------------

# activation, application, platform, token, day registered; then platform,
# token and quarantine; nothing: removed
my @spelt = (
    # the last one wins, by time
    [ 'a1', 1, 'apns', 'AB01', 1 ], [ 'a2', 1, 'ios', '<ab 01>', 3,
	'ios', 'ab01', 'NULL' ], [ 'a3', 1, 'IOS ', 'ab01', 2 ],
    # and of one time by id
    [ 'b1', 1, 'apns', 'ab02', 1 ], [ 'b2', 1, 'apns', ' AB02', 1,
	'apns', 'ab02', 'NULL' ],
    # several activations of one spelling were registered together
    [ 'c1', 1, 'apns', 'AB03', 2, 'apns', 'ab03', 'NULL' ],
    [ 'c2', 1, 'apns', 'AB03', 2, 'apns', 'ab03', 'NULL' ],
    [ 'c3', 1, 'apns', 'ab03', 1 ],
    [ 'd1', 1, 'apns', 'ab04', 2, 'apns', 'ab04', 'NULL' ],
    [ 'd2', 1, 'apns', 'ab04', 2, 'apns', 'ab04', 'NULL' ],
    # another application, another service
    [ 'e1', 2, 'apns', 'AB04', 1, 'apns', 'ab04', 'NULL' ],
    [ 'e2', 1, 'fcm', 'AB04', 1, 'fcm', 'AB04', 'NULL' ],
    # capitals count there, blanks around it do not
    [ 'f1', 1, 'fcm', 'Tok', 1, 'fcm', 'Tok', 'NULL' ],
    [ 'f2', 1, 'fcm', 'tok', 2, 'fcm', 'tok', 'NULL' ],
    [ 'f3', 1, 'fcm', ' tok', 1 ], [ 'f4', 1, 'Huawei', 'hms ', 1,
	'huawei', 'hms', 'NULL' ],
    # no tokens
    map { [ "g$_->[1]", 1, @$_, 1, @$_, 'not a token' ] }
	([ apns => 'dPiO7s50M8o:APA91' ], [ apns => 'abc' ], [ ios => '<abc>' ],
	[ apns => '{length = 32, bytes = 0x01 ... }' ], [ apns => 'null' ],
	[ apns => '<ab05\n>' ],
	[ fcm => 'a b' ], [ hms => "t\xc3\xb6k" ], [ fcm => 'Undefined' ]));
sub spelt {
	return rows($_[0], 'SELECT activation_id, platform, push_token,'
	    . ' COALESCE(gone_reason, "NULL") FROM push_device_registration'
	    . ' ORDER BY id');
}

my ($status, $said);
my $new = place('setup_new');
is [ setup($new) ]->[0], 0, 'a new database to compare with';
my $ours = Outpost::json()->decode([ outpost($new, 'version', '--json')
    ]->[1])->{schema};
my $step = place('setup_step');
is [ setup($step) ]->[0], 0, 'a database to step up';
my $made = shape($step);
# as version 1 left it: without the audit trail, and with all rights for cli
$o->sql("DROP DATABASE $step");
load($step, dirname(__FILE__) . '/schema-2.sql');
$o->sql("USE $step; DROP TABLE push_audit;"
    . ' UPDATE push_schema SET version = 1;'
    . " INSERT INTO push_app_credentials (app_id) VALUES ('kept');"
    . ' INSERT INTO push_campaign_user (campaign_id, user_id,'
    . " timestamp_created) VALUES (1, 'Joe ', UTC_TIMESTAMP(3));"
    . ' INSERT INTO push_device_registration (activation_id, app_id, platform,'
    . ' push_token, timestamp_last_registered) VALUES '
    . join(',', map { "('$_->[0]', $_->[1], '$_->[2]', '$_->[3]',"
    . " '2026-01-0$_->[4]')" } @spelt) . ';'
    . ' INSERT INTO push_instance (name, started, seen, figures) VALUES'
    . " ('alive', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, '{}'),"
    . " ('gone', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, '{}');"
    . " REVOKE SELECT, INSERT ON $step.push_audit FROM"
    . " '${step}_admin'\@localhost;"
    . " GRANT SELECT, INSERT, UPDATE, DELETE ON $step.* TO"
    . " '${step}_cli'\@localhost;"
    . " GRANT SELECT, DELETE ON $step.push_outbox TO"
    . " '${step}_push'\@localhost;"
    . " GRANT SELECT (version) ON $step.push_app_credentials TO"
    . " '${step}_push'\@localhost");
($status, $said) = outpost($step, 'queue');
is $status, 1, 'a program does not run on it';
like $said, qr/schema version 1, this program wants \d+: run "outpost setup"/,
    'and says what to do';
# killed between the table and the version
$o->sql("USE $step; CREATE TABLE push_audit LIKE $new.push_audit");
($status, $said) = setup($step);
is $status, 0, 'setup steps it up' or diag $said;
like $said, qr/^brought tables to schema version $_$/m, "by way of $_"
    for 2 .. $ours;
like $said, qr/^took rights from the users that they need not$/m,
    'and what else it did';
like $said, qr/^warning: sendd "alive" works on .*^brought tables to/ms,
    'a sendd that runs is told of before anything begins';
unlike $said, qr/sendd "gone"/, 'one that is gone is not';
my %count = (merged => scalar(grep { @$_ == 5 } @spelt),
    aside => scalar(grep { ($_->[7] // '') eq 'not a token' } @spelt));
like $said, qr/^removed $count{merged} registrations: .* another spelling$/m,
    'what was merged is told';
like $said, qr/^put $count{aside} devices into quarantine: .*not a token$/m,
    'and what was put into quarantine';
is shape($step), $made, 'to the tables of a new one';
is_deeply given($step), given($new), 'the rights are those of a new one';
is_deeply rows($step, 'SELECT app_id FROM push_app_credentials'), [ ['kept'] ],
    'with its rows';
my @spelt_now = map { [ @$_[0, 5, 6, 7] ] } grep { @$_ > 5 } @spelt;
is_deeply spelt($step), \@spelt_now, 'each token in one spelling'
    or diag explain spelt($step);
is attempt($step, 'admin', 'SELECT COUNT(*) FROM push_audit'), '',
    'new rights are given';
is attempt($step, 'cli', 'DELETE FROM push_audit'), 1142,
    'those on all tables are taken away';
is_deeply [ $o->sql(
    "SELECT user FROM mysql.user WHERE user LIKE '% model %'") ], [],
    'no user is left that setup compares with';
($status, $said) = outpost($step, 'app', 'show', 'kept');
is $status, 0, 'and the command runs' or diag $said;
is [ setup($step) ]->[1], "nothing to do\n", 'once';

# killed before a step said that it was done: it can be run again
$o->sql("DELETE FROM $step.push_schema WHERE version > 7; INSERT INTO"
    . " $step.push_instance (name, host, started, seen, figures) VALUES"
    . " ('new', 'box', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 HOUR,"
    . " '{}')");
like [ setup($step) ]->[1], qr/^warning: sendd "new" on host box works on/m,
    'and on which host, where the tables tell';
$o->sql("DELETE FROM $step.push_schema WHERE version > 2");
($status, $said) = setup($step);
is $status, 0, 'the steps once more' or diag $said;
unlike $said, qr/registrations|quarantine/, 'with nothing to merge';
is shape($step), $made, 'lead to the same tables';
is_deeply rows($step, 'SELECT app_id FROM push_app_credentials'), [ ['kept'] ],
    'with the same rows';
is_deeply spelt($step), \@spelt_now, 'and the same tokens';

# --- killed in the middle ---------------------------------------------------

# Killed at any moment, the database is the old one whole or the new one
# whole, and the next run does the rest.
my $killed = place('setup_killed');
load($killed, $fixture);
my ($kills, $torn) = (0, 0);
for my $ms (map { 10 + 12 * $_ } 0 .. 24) {
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		exec "$o->{bin}/outpost", '-c', "$dir/$killed.conf", 'setup',
		    '--admin-user', $admin;
		exit 127;
	}
	sleep $ms / 1000;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	$kills++ if $? == 9;
	# the server may still be busy with the dead one's last statement
	$o->wait_for(60, sub { rows($killed, 'SELECT IS_FREE_LOCK('
	    . "'outpost setup $killed')")->[0][0] == 1 });
	my $n = rows($killed, 'SELECT COUNT(*) FROM push_campaign')->[0][0];
	$torn++ if $n != 2;
}
cmp_ok $kills, '>', 3, "$kills runs of setup were killed";
is $torn, 0, 'the rows were there after each';
($status, $said) = setup($killed);
is $status, 0, 'the next run does the rest' or diag $said;
is shape($killed), shape($new), 'the tables are those of a fresh database';
is rows($killed, 'SELECT COUNT(*) FROM push_device_registration')->[0][0], 6,
    'with their rows';
is attempt($killed, $_, 'SELECT MAX(version) FROM push_schema'), '',
    "the password of $_ is that of its file" for @programs;
($status, $said) = setup($killed);
is $said, "nothing to do\n", 'and the one after nothing';

# --- several databases of one server at once --------------------------------

# None of them takes the rights of another's programs.
my $later = place('setup_later');
load($later, $fixture);
($status, $said) = setup($later);
is $status, 0, 'a third database' or diag $said;
my %told;
for my $round (1 .. 4) {
	my @pids;
	for my $name ($later, $step, $killed) {
		my $pid = fork // die "fork: $!\n";
		push @pids, $pid;
		next if $pid;
		$o->write_file("$dir/$name.told", join ' ', setup($name));
		POSIX::_exit(0);
	}
	waitpid $_, 0 for @pids;
	$told{ $o->read_file("$dir/$_.told") }++ for $later, $step, $killed;
}
is_deeply \%told, { "0 nothing to do\n" => 12 },
    'setups at once find nothing to do' or diag explain \%told;

forget($_) for $new, $later, $step, $killed;
remove_tree($dir);
done_testing;
