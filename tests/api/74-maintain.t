#!/usr/bin/perl
# outpost maintain: of each table what is old goes, by its rule, and nothing
# else. What is kept how long stands in outpost(8) as in the code, and no table
# is without a rule.
use strict;
use warnings;
use Outpost;
use Test::More;

my $kept = "[maintain]\nsendd = no\n";
my $all = <<'END';
campaigns = 300d
inbox_read = 100d
inbox_unread = 200d
activations = 400d
devices = 500d
integrations = 600d
audit = 700d
END
my $o = Outpost->up(conf => "${kept}[message]\nstorage = yes\n",
    db => '--group-concat-max-len=1024');
my $file = "$o->{run}/audit.jsonl";

# --- the rules --------------------------------------------------------------

# From the source: table, by, rows, setting, age.
my @rules = map {
	my ($table, $by, $rows, $rest) =
	    /^"(\w+)", PURGE_(\w+),\s+((?:"[^"]*"\s*)+)(.*)/s;
	{ table => $table, by => lc $by,
	    rows => join('', $rows =~ /"([^"]*)"/g),
	    setting => $rest =~ /^,\s+"([^"]+)"/ ? $1 : undef,
	    age => $rest =~ /^,\s+NULL, (\w+)/ ? $1 : undef };
} $o->read_file('db/purge.c') =~ /^\t\{(.*?)\},$/smg;
my %has_rule = map { $_->{table} => 1 } @rules;
is_deeply [ sort keys %has_rule ], [ map { $_->[0] } $o->sql('SELECT'
    . ' table_name FROM information_schema.tables WHERE table_schema ='
    . " 'outpost' ORDER BY 1") ], 'each table has a rule';

my %age = (WEEK => '7d', DAY => '1d', MINUTE => '1m');
my %who = (both => 'sendd, maintain', maintain => 'maintain',
    nobody => 'nobody');
my @wanted = map { join ' | ', $_->{table}, $_->{rows},
    $_->{by} eq 'nobody' ? () : $_->{setting} // $age{$_->{age} // ''}
	// 'at once', $who{$_->{by}} } @rules;
my ($manual) = $o->read_file('man/outpost.8')
    =~ /^\.Ss What is kept.*?^\.Bl (.*?)^\.El/sm;
my @written = map {
	my ($table, $rows, $age, $by) =
	    /^Li (\w+)\n(.*?)\n(?:\.Pq (.*?) ;\n(.*)\n)?\z/s
	    or die "outpost.8: $_";
	$rows =~ tr/\n/ /;
	my $kept = $rows =~ s/^kept: //;
	join ' | ', $table, $rows, $kept ? 'nobody'
	    : ($age =~ s/^(?:Li|Ic) //r, $by);
} (split /^\.It /m, $manual // '')[1 .. @rules];
is_deeply \@written, \@wanted, 'and the manual has them';

# --- rows that are old, and rows that are not -------------------------------

# Of each table: its columns; which keys go, with which ages in days. The key
# of a row says what becomes of it: from 900 on it stays.
my $ago = sub { "UTC_TIMESTAMP(3) - INTERVAL $_[0] DAY" };
$o->app('shop');
my ($app) = map { $_->[0] } $o->sql('SELECT id FROM push_app_credentials');

# What goes by a fixed age, or by one of [message] and [quarantine].
sub fill_first {
	$o->sql("INSERT INTO push_send (id, app_id, mode, created, total, done)"
	    . " VALUES (1, $app, '', " . $ago->(31) . ', 1, 1),'
	    . " (2, $app, '', " . $ago->(31) . ', 0, 0),'
	    . " (900, $app, '', " . $ago->(31) . ', 2, 1),'
	    . " (901, $app, '', " . $ago->(29) . ', 1, 1)');
	$o->sql('INSERT INTO push_outbox_body VALUES (1, 901, ""), (2, 77, ""),'
	    . ' (900, 900, ""), (901, 901, "")');
	# of a campaign that is being queued
	$o->sql("INSERT INTO push_send (id, app_id, mode, created, total, done)"
	    . " VALUES (902, $app, '', " . $ago->(31) . ', 1, 1)');
	$o->sql('INSERT INTO push_outbox_body VALUES (902, 902, "")');
	$o->sql('INSERT INTO push_message (id, device_registration_id,'
	    . ' message_body, timestamp_created, status) VALUES'
	    . ' (1, 1, "", ' . $ago->(31) . ', 1), (900, 1, "", '
	    . $ago->(29) . ', 1)');
	$o->sql('INSERT INTO push_history (finished, id, device_id, user_id,'
	    . ' send_id, app_id, platform, outcome, tries) VALUES ('
	    . $ago->(8) . ', 1, 1, "", 1, 1, 0, 0, 1), (' . $ago->(6)
	    . ', 900, 1, "", 1, 1, 0, 0, 1)');
	$o->sql('INSERT INTO push_idempotency (name, request, send_id,'
	    . " created) VALUES ('1', '', 1, " . $ago->(2) . "), ('900', '', 1,"
	    . ' UTC_TIMESTAMP(3))');
	$o->sql('INSERT INTO push_health (app_id, platform, environment,'
	    . ' instance, state, since, seen, accepted, suspects, gone) VALUES'
	    . " (1, 0, 9, '', '', " . $ago->(9) . ', ' . $ago->(2)
	    . ", 0, 0, 0), (900, 0, 9, '', '', " . $ago->(9)
	    . ', UTC_TIMESTAMP(3), 0, 0, 0)');
	$o->sql('INSERT INTO push_instance (name, started, seen, figures)'
	    . " VALUES ('1', " . $ago->(9) . ', ' . $ago->(2) . ", ''), ('900',"
	    . $ago->(9) . ", UTC_TIMESTAMP(3), '')");
	$o->sql("INSERT INTO push_grant VALUES ('1', '', " . $ago->(2)
	    . "), ('900', '', UTC_TIMESTAMP(3))");
	$o->sql('INSERT INTO push_check (app_id, asked) VALUES (1, '
	    . $ago->(2) . '), (900, UTC_TIMESTAMP(3))');
	$o->sql('INSERT INTO push_session VALUES'
	    . " ('1', 1, '', " . $ago->(2) . ', UTC_TIMESTAMP(3)), '
	    . "('900', 1, '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))");
	$o->sql('INSERT INTO push_minute VALUES (' . $ago->(8)
	    . ', 9, 1, 1), (' . $ago->(6) . ', 9, 1, 900)');
	$o->sql('INSERT INTO push_counter VALUES'
	    . " (77, 0, 'sent', '', 1), (78, 0, 'sent', '', 1),"
	    . " ($app, 0, 'sent', '', 900)");
}

# What goes by [maintain].
sub fill_second {
	$o->sql('INSERT INTO push_campaign (id, app_id, message,'
	    . ' timestamp_created, timestamp_sent, timestamp_completed, state,'
	    . ' send_id) VALUES'
	    . " (1, $app, '', NOW(), NULL, " . $ago->(301) . ", 'done', 1),"
	    . " (900, $app, '', NOW(), NULL, " . $ago->(299) . ", 'done', 1),"
	    . " (901, $app, '', " . $ago->(800) . ", NULL, NULL, 'created',"
	    . " NULL), (902, $app, '', NOW(), " . $ago->(800)
	    . ", NULL, 'queueing', 902)");
	$o->sql("INSERT INTO push_campaign_user (id, campaign_id, user_id,"
	    . " timestamp_created) VALUES (1, 1, 'a', NOW()), (2, 1, 'b',"
	    . " NOW()), (3, 80, 'c', NOW()), (900, 900, 'a', NOW())");
	$o->sql('INSERT INTO push_campaign_twin VALUES (1, 1), (80, 1),'
	    . ' (900, 1)');
	$o->sql('INSERT INTO push_campaign_run (send_id, campaign_id, created,'
	    . ' start_at) VALUES (1, 1, NOW(), NOW()), (2, 80, NOW(), NOW()),'
	    . ' (900, 900, NOW(), NOW())');
	$o->sql('INSERT INTO push_campaign_outcome VALUES'
	    . join ',', map { "($_, 1, 0, 'failed', 'x', 1)" } 1, 80, 900);
	$o->sql('INSERT INTO push_inbox (id, inbox_id, user_id, message_type,'
	    . ' subject, summary, body, is_read, timestamp_created,'
	    . " timestamp_read) VALUES (1, 'i1', 'u', '', '', '', '', 1, "
	    . $ago->(300) . ', ' . $ago->(101) . "), (2, 'i2', 'u', '', '', '',"
	    . " '', 0, " . $ago->(201) . ", NULL), (900, 'i900', 'u', '', '',"
	    . " '', '', 1, " . $ago->(300) . ', ' . $ago->(99)
	    . "), (901, 'i901', 'u', '', '', '', '', 0, " . $ago->(199)
	    . ', NULL)');
	$o->sql("INSERT INTO push_inbox_app VALUES ($app, 1), (77, 1),"
	    . " ($app, 2), ($app, 900), ($app, 901)");
	$o->sql('INSERT INTO push_device_registration (id, activation_id,'
	    . ' user_id, app_id, platform, push_token,'
	    . ' timestamp_last_registered, gone_at) VALUES'
	    . " (1, 'd1', 'u', $app, 'fcm', 't1', " . $ago->(40) . ', '
	    . $ago->(31) . "), (900, 'd900', 'u', $app, 'fcm', 't2', "
	    . $ago->(40) . ', ' . $ago->(29)
	    . "), (901, 'd901', 'u', $app, 'fcm', 't3', " . $ago->(499)
	    . ", NULL), (902, 'd902', 'u', $app, 'fcm', 't4', "
	    . $ago->(501) . ', NULL)');
	$o->sql('INSERT INTO push_activation (activation_id, user_id, app_id,'
	    . ' activation_status, timestamp_created, timestamp_changed) VALUES'
	    . join ',', map { "('$_->[0]', 'u', 'shop', '$_->[1]', NOW(), "
		. $ago->($_->[2]) . ')' } [ 1, 'ACTIVE', 401 ],
		[ 2, 'REMOVED', 401 ], [ 900, 'ACTIVE', 399 ],
		[ 901, 'BLOCKED', 4000 ], [ 'd901', 'ACTIVE', 4000 ]);
	$o->sql('INSERT INTO push_integration (name, token, secret_hash, roles,'
	    . ' created, last_used) VALUES' . join ',', map {
		"('$_->[0]', '$_->[0]', '', '', " . $ago->(900) . ", $_->[1])" }
		[ 1, $ago->(601) ], [ 2, 'NULL' ],
		# last_used is written once an hour
		[ 900, $ago->(600) . ' - INTERVAL 1 MINUTE' ]);
	$o->sql('INSERT INTO push_audit (id, at, action, object, detail)'
	    . " VALUES (1, " . $ago->(701) . ", 'app.create', 'x\"y',"
	    . " '{\"a\":1}'), (2, " . $ago->(701) . ", 'old', NULL, NULL),"
	    . ' (900, ' . $ago->(699) . ", 'app.create', 'x', NULL)");
}

sub fill {
	fill_first();
	fill_second();
}

my %key = (push_idempotency => 'name', push_health => 'app_id',
    push_instance => 'name', push_grant => 'name', push_check => 'app_id',
    push_session => 'name', push_minute => 'n',
    push_counter => 'app_id', push_campaign_twin => 'campaign_id',
    push_campaign_run => 'campaign_id', push_campaign_outcome => 'campaign_id',
    push_inbox_app => 'inbox_id', push_activation => 'activation_id',
    push_integration => 'name');
my @watched = grep {
    !/app_cred|hold|throttle|outbox$|turn|shard|maintenance|schema/ }
    sort keys %has_rule;

# {table} = keys, in order; the rows of the stack itself left out
sub left {
	return { map { my $k = $key{$_} // 'id'; my $t = $_;
	    my $own = $t eq 'push_audit' ? " WHERE id < 1000 AND action <>"
		. " 'maintain' AND object LIKE 'x%' OR action = 'old'"
		: $t eq 'push_instance' ? " WHERE name IN ('1', '900')"
		: $t eq 'push_health' ? ' WHERE environment = 9'
		: $t eq 'push_minute' ? ' WHERE platform = 9' : '';
	    $t => join ' ', map { $_->[0] } $o->sql("SELECT $k FROM $t$own"
	    . " ORDER BY $k + 0, $k") } @watched };
}

sub maintain {
	my ($name, @words) = @_;
	my ($status, $said) = $o->outpost('maintain', @words);
	is $status, 0, $name or diag $said;
	return $said;
}

# --- with the defaults, nothing that somebody would miss --------------------

# Nobody else works on these rows.
kill 'TERM', my $sendd = $o->pid('sendd');
$o->wait_for(60, sub { !kill 0, $sendd }) or die "sendd runs on\n";
$o->sql('DELETE FROM push_audit');
fill();
my $filled = left();
my %after = (%$filled,
    push_send => '900 901 902', push_outbox_body => '2 900 902',
    push_message => 900, push_history => 900, push_idempotency => 900,
    push_health => 900, push_instance => 900, push_grant => 900,
    push_session => 900, push_minute => 900,
    push_check => 900, push_counter => $app, push_campaign_twin => '1 900',
    push_campaign_run => '1 900', push_campaign_outcome => '1 900',
    push_campaign_user => '1 2 900',
    push_device_registration => '900 901 902');
my $said = maintain('a dry run', '--dry-run');
is_deeply left(), $filled, 'removes nothing';
like $said, qr/^would remove 20 rows in \d/m, 'and counts all of it';
my $told = Outpost::json()->decode(maintain('as JSON', '--dry-run',
    '--json'));
is_deeply { map { ("$_->{table}, $_->{kept}" => $_->{rows}) }
    grep { $_->{rows} } @{ $told->{rules} } }, {
    'push_outbox_body, 1m' => 2, 'push_send, 30d' => 2,
    'push_message, 30d' => 1, 'push_history, 7d' => 1,
    'push_idempotency, 1d' => 1, 'push_health, 1d' => 1,
    'push_instance, 1d' => 1, 'push_grant, 1d' => 1, 'push_check, 1d' => 1,
    'push_session, 1d' => 1, 'push_minute, 7d' => 1,
    'push_counter, not at all' => 2, 'push_campaign_user, not at all' => 1,
    'push_campaign_twin, not at all' => 1,
    'push_campaign_run, not at all' => 1,
    'push_campaign_outcome, not at all' => 1,
    'push_device_registration, 30d' => 1,
    'push_device_registration, for ever; older than 270d' => 2 },
    'table by table, and the devices that may be dead';
$said = maintain('a run');
is_deeply left(), \%after, 'removes those, and no other';
like $said, qr/^removed 20 rows in [\d.]+ s$/m, 'as it says';
is maintain('a second run') =~ /^removed 0 rows/m, 1, 'finds nothing';
is maintain('in silence', '--quiet'), '', 'says nothing';
is_deeply [ $o->sql("SELECT COUNT(*) FROM push_audit WHERE action ="
    . " 'maintain'") ], [[0]], 'and has changed nothing of an operator';

# --- with each setting ------------------------------------------------------

my $conf = $o->read_file($o->{conf});
$conf =~ s/^(\[maintain\]\n)/$1${all}audit_file = $file\n/m;
$o->write_file($o->{conf}, $conf);
%after = (%after, push_campaign => '900 901 902', push_campaign_user => 900,
    push_campaign_twin => 900, push_campaign_run => 900,
    push_campaign_outcome => 900, push_inbox => '900 901',
    push_inbox_app => '900 901', push_activation => 'd901 900 901',
    push_integration => 900, push_audit => 900);
like maintain('all of it, dry', '--dry-run'),
    qr/^push_device_registration +1  500d/m, 'counts a device too';
$said = maintain('all of it');
is_deeply left(), \%after, 'removes what the settings name';
unlike $said, qr/BLOCKED.*901/, 'no activation that is blocked';
is_deeply [ $o->sql('SELECT id, gone_reason FROM push_device_registration'
    . ' WHERE gone_reason IS NOT NULL') ],
    [[ 902, 'not registered for long' ]], 'a device goes into quarantine';
my @lines = map { Outpost::json()->decode($_) } split /\n/,
    $o->read_file($file);
is_deeply [ map { delete $_->{time}; $_ } grep { $_->{id} < 900 } @lines ],
    [ { id => 1, action => 'app.create', object => 'x"y',
	detail => { a => 1 } }, { id => 2, action => 'old' } ],
    'the rows of the audit trail are in the file';
is((stat $file)[2] & 07777, 0600, 'which is closed to others');
is_deeply [ map { $_->[0] } $o->sql('SELECT object FROM push_audit WHERE'
    . " action = 'maintain' ORDER BY object") ], [ qw(push_activation push_audit
    push_campaign push_device_registration push_inbox push_inbox
    push_integration) ], 'and the trail says what was removed';
is maintain('once more') =~ /^removed 0 rows/m, 1, 'finds nothing';

# a run was killed while it wrote a line
$o->sql("INSERT INTO push_audit (id, at, action) VALUES (3, " . $ago->(701)
    . ", 'old')");
open my $part, '>>', $file or die "$file: $!\n";
print {$part} '{"id":3,"ti' or die "$file: $!\n";
close $part or die "$file: $!\n";
maintain('behind a part of a line');
@lines = map { eval { Outpost::json()->decode($_)->{id} } // $_ } split /\n/,
    $o->read_file($file);
is_deeply [ @lines[-2, -1] ], [ '{"id":3,"ti', 3 ], 'the file goes on';

# --- many rows, in portions; killed, and two at a time ----------------------

sub many_users {
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . ' timestamp_created) SELECT 81, seq, NOW() FROM seq_1_to_12500');
}
sub many {
	$o->sql('INSERT INTO push_history (finished, id, device_id, user_id,'
	    . ' send_id, app_id, platform, outcome, tries) SELECT '
	    . $ago->(9) . " + INTERVAL seq DIV 2500 SECOND, 10000 + seq, 1, '',"
	    . ' 1, 1, 0, 0, 1 FROM seq_1_to_20000');
}
sub many_read {
	$o->sql('INSERT INTO push_inbox (inbox_id, user_id, message_type,'
	    . ' subject, summary, body, is_read, timestamp_created) SELECT'
	    . " CONCAT('m', seq), '', '', '', '', '', 1, " . $ago->(101)
	    . ' FROM seq_1_to_2500');
}
many();
many_users();
like maintain('the longest time', '--for', '106751991167d', '--dry-run'),
    qr/^would remove \d+ rows in [\d.]+ s$/m, 'which does not end at once';
like maintain('no time at all', '--for', '0s'),
    qr/^removed 0 rows in .*; time is over, the next run continues$/m,
    'leaves the rest to the next';

my @pids;
sub begin {
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	open STDOUT, '>', '/dev/null' or die;
	$ENV{OUTPOST_CONF} = $o->{conf};
	exec "$o->{bin}/outpost", 'maintain' or die "outpost: $!\n";
}
my $lock = $o->keep_locked('BEGIN; SELECT * FROM push_campaign_user WHERE'
    . ' campaign_id = 81 LIMIT 1 FOR UPDATE');
my $pid = begin();
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_history WHERE'
    . ' id > 10000'))[0][0] == 0 }), 'a run is at work';
like maintain('a second beside it'), qr/another run is at work$/m,
    'leaves it to the first';
kill 9, $pid;
waitpid $pid, 0;
$o->let_go($lock);
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_campaign_user WHERE'
    . ' campaign_id = 81') ], [[12500]], 'a killed run leaves whole portions';
is_deeply left()->{push_campaign}, $after{push_campaign}, 'and all else';

# its lease ends by itself; here nobody waits for that
$o->sql("UPDATE push_maintenance SET until = '2000-01-01'");
many();
@pids = (begin(), begin());
waitpid $_, 0 for @pids;
$o->sql("UPDATE push_maintenance SET until = '2000-01-01'");
many_read();
maintain('the rest');
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_campaign_user WHERE'
    . ' campaign_id = 81 UNION ALL SELECT COUNT(*) FROM push_history WHERE'
    . ' id > 10000') ], [[0], [0]], 'two at a time do no harm';
is_deeply left(), { %after }, 'to anything';

# --- words, and who may -----------------------------------------------------

my ($status, $text) = $o->outpost('maintain', '--for', 'ever');
is $status, 2, 'a duration that is none';
like $text, qr/--for takes a duration/, 'is refused';
is_deeply [ $o->sql('SELECT program, ended IS NOT NULL FROM'
    . ' push_maintenance ORDER BY 1') ],
    [[ 'maintain', 1 ], [ 'sendd', 0 ]], 'it notes when it was through';

# sendd does its part again when it may
$conf =~ s/^sendd = no$/sendd = yes/m;
$o->write_file($o->{conf}, $conf);
fill_for_sendd();
$o->sql('DELETE FROM push_campaign WHERE id = 902');
$o->stack('up');
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_history WHERE'
    . ' id = 5'))[0][0] == 0 }), 'sendd removes what is old';
is_deeply left()->{push_inbox}, $after{push_inbox}, 'and no more';
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_maintenance'
    . " WHERE program = 'sendd' AND ended IS NOT NULL"))[0][0] }),
    'and notes it';

sub fill_for_sendd {
	$o->sql('INSERT INTO push_history (finished, id, device_id, user_id,'
	    . ' send_id, app_id, platform, outcome, tries) VALUES ('
	    . $ago->(9) . ", 5, 1, '', 1, 1, 0, 0, 1)");
}

done_testing;
