#!/usr/bin/perl
# Which index finds the rows of each statement: on a filled database EXPLAIN
# says what db/sql.c says, of each table that grows and of nothing else; and no
# statement reads a whole table that grows, nor sorts one, but those that are
# listed here with the reason.
use strict;
use warnings;
use Outpost;
use Reach;
use Test::More;

my $o = Outpost->up;
my $base = 'indexes_db';
my %rows_of;

# Tables that grow with users and messages, and those that have a row for each
# application, shard, instance or integration.
my %grows = map { ("push_$_" => 1) } qw(device_registration activation message
    campaign campaign_user campaign_twin campaign_run
    campaign_outcome inbox inbox_app send outbox
    outbox_body audit idempotency history session minute);
my %small = map { ("push_$_" => 1) } qw(app_credentials device_turn shard
    instance grant hold send_delta health counter check integration maintenance
    throttle schema audit_key);

# What a statement may do all the same, with the reason: statement, fault.
my %excused = map { /^(\w+) +(\w.*?): / ? ("$1 $2" => 1) : () }
    split /\n/, <<'END';
SQL_ADMIN_EXCESS sorts <derived2>: the rights of one user
SQL_APP_UNCONFIGURED sorts <derived2>: names of applications
SQL_APP_CAMPAIGN reads all of c: until the first one of the application
SQL_ACTIVATION_OLD reads all of a: a portion behind a key
SQL_AUDIT_PLAIN reads all of push_audit: it counts what releases of before
    have written
SQL_AUDIT_LIST reads all of push_audit: backwards, from the newest row until
    the page is full
SQL_CAMPAIGN_CHUNK reads all of push_device_registration: as many as a chunk
    has
SQL_CAMPAIGN_CHUNK_ROWS reads all of d: the same, until there are as many rows
SQL_CAMPAIGN_LIST reads all of c: in the order of its key, until the page is
    full
SQL_CAMPAIGN_LIST_FIRST reads all of c: the same
SQL_CAMPAIGN_LIST_OF reads all of c: the same
SQL_CAMPAIGN_NEWEST reads all of c: the same, backwards
SQL_CAMPAIGN_NEWEST_FIRST reads all of c: the same, backwards
SQL_CAMPAIGN_NEWEST_OF reads all of c: the same, backwards
SQL_CAMPAIGN_DUPLICATE_OWNERLESS reads all of push_campaign_twin: the
    campaigns in it, without their rows
SQL_CAMPAIGN_DUPLICATE_OWNERLESS sorts <derived3>: the same
SQL_CAMPAIGN_HELD sorts c: the runs in progress, few
SQL_CAMPAIGN_OLD reads all of c: a portion behind a key
SQL_CAMPAIGN_USER_OWNERLESS reads all of push_campaign_user: the campaigns in
    it, without their rows
SQL_CAMPAIGN_USER_OWNERLESS sorts <derived3>: the same
SQL_CAMPAIGN_RUN_OWNERLESS reads all of push_campaign_run: the same
SQL_CAMPAIGN_MEMBER_DEVICES sorts d: the devices of one user
SQL_CAMPAIGN_RUN_LIST sorts <derived2>: a page of runs
SQL_CAMPAIGN_RUN_LIST sorts r: the runs of one campaign
SQL_CAMPAIGN_RUN_OWNERLESS sorts <derived3>: the same
SQL_CAMPAIGN_OUTCOME_OWNERLESS reads all of push_campaign_outcome: the same
SQL_CAMPAIGN_OUTCOME_OWNERLESS sorts <derived3>: the same
SQL_COUNTER_OWNERLESS sorts <derived3>: applications
SQL_CAMPAIGN_QUEUE_LARGE reads all of d: a portion of the devices, as many as
    the campaign has users to be found among them
SQL_CAMPAIGN_REFUSED_LARGE reads all of d: the same
SQL_AUDIENCE_LARGE reads all of d: as a run does
SQL_MINUTE_LIST sorts push_minute: the minutes of a chart, of a week at most
SQL_QUARANTINE_COUNTS sorts d: what is in quarantine, which it counts
SQL_DEVICE_LIST sorts d: the devices of one user
SQL_DEVICE_LIST_APP_NEWEST sorts d: the devices of one user
SQL_DEVICE_LIST_OF sorts d: the devices of one user
SQL_DEVICE_STALE reads all of d: a portion behind a key
SQL_IMPORT_DEVICE_AFTER reads all of d: the same
SQL_INBOX_READ_OLD reads all of i: the same
SQL_INBOX_UNREAD_OLD reads all of i: the same
SQL_OUTBOX_BODY_OLD reads all of b: the same
SQL_OUTBOX_DEPTH reads all of q: it counts the whole queue, for people
SQL_OUTBOX_DEPTH sorts q: the counts, a row for each application
SQL_OUTBOX_DEPTH_FIRST sorts <derived2>: the same, of the first rows
SQL_OUTBOX_IS_LONG reads all of push_outbox: up to a limit
SQL_OUTBOX_WAITING reads all of q: it lists the queue, for people
SQL_OUTBOX_WAITING sorts q: the same
SQL_PERSON_COUNTS reads all of q: what waits for one user, for people
SQL_PERSON_TEXTS reads all of b: texts that nothing has any more
SQL_PERSON_TEXTS reads all of q: the same
SQL_PERSON_WAITING reads all of q: what waits for one user, for people
SQL_SEND_STORES reads all of push_message: one row of it
SQL_SEND_CANCELLED sorts push_send: those that are cancelled
END

# --- a filled database ------------------------------------------------------

# Rows 1 to n of a table: columns and values; NOW is the time in UTC.
my @rows = (
    [ push_app_credentials => 2000, 'id, app_id, apns_private_key,'
	. ' fcm_private_key', "seq, CONCAT('app', seq), 'k', 'k'" ],
    [ push_device_registration => 20000, 'id, activation_id, user_id, app_id,'
	. ' platform, push_token, timestamp_last_registered, is_active,'
	. ' gone_at',
	"seq, CONCAT('a', seq), CONCAT('u', seq DIV 2), seq % 10 + 1,"
	. " ELT(seq % 3 + 1, 'apns', 'fcm', 'hms'), "
	. ' SHA2(IF(seq % 100 = 50, seq - 1, seq), 256),'
	. ' NOW, 1, IF(seq % 100 = 0, NOW - INTERVAL seq MINUTE, NULL)' ],
    [ push_activation => 20000, 'activation_id, user_id, app_id,'
	. ' activation_status, timestamp_created, timestamp_changed',
	"CONCAT('a', seq), CONCAT('u', seq DIV 2), CONCAT('app', seq % 10),"
	. " 'ACTIVE', NOW, NOW" ],
    [ push_send => 20000, 'id, app_id, campaign_id, mode, created, total,'
	. ' done, cancelled', "seq, seq % 10 + 1, IF(seq > 300, NULL, seq),"
	. " 'ASYNCHRONOUS', NOW - INTERVAL seq MINUTE, 2, seq % 3,"
	. ' IF(seq % 200 = 0, NOW, NULL)' ],
    [ push_outbox => 40000, 'shard, lane, due, id, send_id, body_id, app_id,'
	. ' device_id, platform, environment, token',
	'seq % 64, seq % 20 = 0, NOW + INTERVAL'
	. ' (CAST(seq % 1000 AS SIGNED) - 900) SECOND, seq << 31, seq DIV 2,'
	. " seq DIV 2, seq % 10 + 1, seq DIV 2, seq % 3, 0, SHA2(seq, 256)" ],
    [ push_outbox_body => 500, 'id, send_id, body', "seq, seq, '{}'" ],
    [ push_message => 20000, 'id, device_registration_id, message_body,'
	. ' timestamp_created, status, send_id',
	"seq, seq, '{}', NOW - INTERVAL seq MINUTE, 1, seq DIV 2" ],
    [ push_history => 20000, 'finished, id, device_id, user_id, send_id,'
	. ' app_id, platform, outcome, tries',
	"NOW - INTERVAL seq MINUTE, seq, seq, CONCAT('u', seq DIV 2),"
	. ' seq DIV 2, seq % 10 + 1, 0, 0, 1' ],
    [ push_campaign => 300, 'id, app_id, message, timestamp_created, send_id,'
	. ' state, queue_end', "seq, seq % 10 + 1, '{}', NOW, seq, CASE seq"
	. " WHEN 1 THEN 'queueing' WHEN 2 THEN 'sending' ELSE 'done' END,"
	. ' IF(seq = 1, -1, 20000)' ],
    [ push_campaign_user => 20000, 'campaign_id, user_id, timestamp_created',
	"IF(seq > 2000, 2 + seq % 298, 1), CONCAT('u', seq % 10000), NOW" ],
    [ push_campaign_twin => 5000, 'campaign_id, device_id', 'seq % 300, seq' ],
    [ push_campaign_run => 20000, 'send_id, campaign_id, created, start_at,'
	. ' ended', "seq, IF(seq < 300, seq, 299), NOW, NOW,"
	. ' IF(seq < 3, NULL, NOW)' ],
    [ push_campaign_outcome => 5000, 'campaign_id, send_id, platform, outcome,'
	. ' reason, n', "seq % 300, seq, 0, 'failed', 'x', 1" ],
    [ push_inbox => 20000, 'id, inbox_id, user_id, message_type, subject,'
	. ' summary, body, is_read, timestamp_created',
	"seq, CONCAT('i', seq), CONCAT('u', seq DIV 50), 'text', '', '', '',"
	. ' seq % 3 = 0, NOW' ],
    [ push_inbox_app => 20000, 'inbox_id, app_credentials_id',
	'seq, seq % 10 + 1' ],
    [ push_audit => 20000, 'at, who, action, object',
	"NOW - INTERVAL seq MINUTE, CONCAT('w', seq % 5), 'app.create',"
	. " CONCAT('app', seq % 10)" ],
    [ push_idempotency => 20000, 'name, request, send_id, created',
	"CONCAT('n', seq), '', seq, NOW - INTERVAL seq * 9 DIV 2 SECOND" ],
    [ push_instance => 9, 'name, started, seen, figures',
	"CONCAT('n', seq), NOW, NOW, '{}'" ],
    [ push_integration => 500, 'name, token, secret_hash, roles, created',
	"CONCAT('n', seq), CONCAT('t', seq), '', 'send', NOW" ],
    [ push_session => 5000, 'name, integration_id, secret_hash, created, used',
	"CONCAT('n', seq), 7, '', NOW - INTERVAL seq * 10 SECOND, NOW" ],
    [ push_minute => 20000, 'minute, platform, what, n',
	'NOW - INTERVAL seq DIV 8 MINUTE, seq % 4, (seq DIV 4) % 2, 1' ],
    [ push_throttle => 50, 'slot, empty', 'seq, NOW' ],
    [ push_hold => 5, 'app_id, platform, since', 'seq, 0, NOW' ],
    [ push_check => 9, 'app_id, asked, done',
	'seq, NOW, NOW' ],
    [ push_grant => 9, 'name, token, granted', "CONCAT('n', seq), '', NOW" ],
    [ push_counter => 50, 'app_id, platform, outcome, reason, n',
	"seq % 10 + 1, seq % 3, 'sent', CONCAT('r', seq), 1" ],
);

# Statistics are made of all pages, and once: of pages chosen by chance, and
# made anew in the background, they would be others in each run.
sub fill {
	my $user = getpwuid $>;
	$o->sql('SET GLOBAL innodb_stats_persistent_sample_pages = 100000,'
	    . ' GLOBAL innodb_stats_auto_recalc = OFF');
	$o->sql("CREATE DATABASE $base CHARACTER SET utf8mb4");
	system('mariadb', '--no-defaults', '-u', $user, '-S',
	    "$o->{run}/mariadb.sock", $base, '-e', 'source db/schema.sql') == 0
	    or die "schema.sql\n";
	for my $r (@rows) {
		my ($table, $n, $columns, $values) = @$r;
		$rows_of{$table} = $n;
		$values =~ s/\bNOW\b/UTC_TIMESTAMP(3)/g;
		$o->sql("INSERT INTO $base.$table ($columns)"
		    . " SELECT $values FROM seq_1_to_$n");
	}
	$o->sql('ANALYZE TABLE ' . join ', ', map { "$base.$_->[0]" } @rows);
}

# --- values -----------------------------------------------------------------

my ($version) = $o->read_file('db/sql.h') =~ /SQL_SCHEMA_NOW (\d+)/;

# By the names of parameters; any_x: like x.
my %value = (
    app => 8, app_id => "'app8'", apps => q('["app1","app2"]'),
    app_set => "'1,2'", list => q('[]'), limit => 100, offset => 0,
    key_text => "'app3'", key_id => 5, device => 777, last_device => 5777,
    token => 'SHA2(777, 256)', apns_token => 'NULL',
    activation_id => "'a777'", user_id => "'u388'", platform => 1,
    platform_name => "'apns'", environment => "'production'", active => 1,
    send => 777, before_send => 15000, campaign => 1, shard => 3, lane => 0,
    due_ms => 1000 * (time - 300), id => 1 << 40, body_id => 77,
    last_id => (1 << 40) + 30, step => 2,
    epoch => 0, incarnation => 0, old_incarnation => 0, owner => "'n1'",
    session => "'n5'",
    name => "'n7'", inbox_id => "'i19420'", sent => 0, who => "'w1'",
    action => "'app.create'", object => "'app1'", since_ms => 0,
    approval => 0, shards => '18446744073709551615', integration => 7,
    integration_token => "'t7'", again => 1,
    development => 0, version => $version, host => "'localhost'", user => "'x'",
    template_user => "'y'", database => "'$base'", bodies => 1,
    person => "'user:1'", one => 1, twins => 1,
    age_ms => 13 * 86400000, from_ms => 0, owner_id => 1, inbox_row => 0,
    map({ $_ => 30000 } qw(lease_ms in_ms)),
);
# Of one statement: what is found by a unique key is read before there is a
# plan.
my %value_of = (SQL_DEVICE_NO_TOKENS => { activation_id => 'NULL' },
    SQL_CAMPAIGN_FINISH => { send => 2 }, SQL_INBOX_ID => { inbox_row => 1 },
    SQL_CAMPAIGN_USER_LIST => { key_user => "'u388'" },
    SQL_MINUTE_LIST => { step_ms => 60000, since_ms => 1000 * (time - 9000) },
    map { ($_ => { send => 1 }) } qw(SQL_CAMPAIGN_PLACE SQL_CAMPAIGN_RUN_LIST
	SQL_CAMPAIGN_RUN_TIMING SQL_CAMPAIGN_RUN_SET SQL_CAMPAIGN_RECALL_LATE
	SQL_CAMPAIGN_CANCEL));

sub value_of {
	my ($statement, $name, $any) = @_;
	return 'NULL' if $name =~ s/^any_// && $any;
	return $value_of{$statement}{$name} // $value{$name} // 0;
}

# --- EXPLAIN ----------------------------------------------------------------

# Rows of EXPLAIN for a statement, as { table, type, key, rows, extra }.
sub steps {
	my ($name, $s, $any) = @_;
	my $text = $s->{text};
	$text =~ s/^((?:SET STATEMENT .*? FOR )?)/${1}EXPLAIN /;
	$text =~ s/(['\\])/\\$1/g;
	my $values = join ', ', map { value_of($name, $_, $any) }
	    @{ $s->{params} };
	my @rows = $o->sql("USE $base; EXECUTE IMMEDIATE '$text'"
	    . ($values && " USING $values"));
	# "range|filter", "index|filter's index", "rows (share)" with a filter
	return map { { select => $_->[1], table => $_->[2], extra => $_->[9],
	    map({ $_->[0] => $_->[1] =~ s/[| ].*//r } [ type => $_->[3] ],
		[ key => $_->[5] ], [ rows => $_->[8] ]) } } @rows;
}

# {alias} = table
sub tables_of {
	my ($text) = @_;
	my %of;
	$of{ $2 // $1 } = $1 while $text =~ /\b(push_\w+)(?: ([a-z])\b)?/g;
	return %of;
}

# Is it all of a table? A range of an index may be, too: EXPLAIN estimates a
# large one at a half of the table.
sub reads_all {
	my ($r, $table) = @_;
	return 1 if $r->{type} =~ /^(ALL|index)$/;
	return $r->{type} eq 'range' && $r->{rows} > $rows_of{$table} / 4;
}

# What is wrong with it, each a sentence.
sub faults {
	my ($name, $s, $any) = @_;
	my @rows = steps($name, $s, $any);
	my %of = tables_of($s->{text});
	my %used = map { ("$_->{table}.$_->{key}" => 1) } @rows;
	my %named = map { $_ => 1 } map { split /[|]/ } @{ $s->{index} };
	my @faults = map { my $of = $_; (grep { $used{$_} } split /[|]/, $of)
	    ? () : "no $of" } @{ $s->{index} };
	for my $r (grep { $_->{select} ne 'INSERT' } @rows) {
		my $table = $of{ $r->{table} } // $r->{table};
		push @faults, "sorts $r->{table}"
		    if $r->{extra} =~ /filesort/
		    && ($grows{$table} || $table =~ /^<(derived|union)/);
		next if !$grows{$table};
		my $of = "$r->{table}.$r->{key}";
		push @faults, reads_all($r, $table) ? "reads all of $r->{table}"
		    : $named{$of} ? () : "$of unnamed";
	}
	return grep { !$excused{"$name $_"} } @faults;
}

my @unknown = grep { !$grows{$_} && !$small{$_} }
    $o->read_file('db/schema.sql') =~ /^CREATE TABLE (\w+)/mg;
is "@unknown", '', 'of each table it is said here whether it grows';

fill();
my %table = Reach::table("$o->{bin}/seed");
for my $name (sort keys %table) {
	my $s = $table{$name};
	next if $s->{text} !~ /\bFROM\b|^(UPDATE|SET)\b/;
	my $any = grep { /^any_/ } @{ $s->{params} };
	for (0 .. $any > 0) {
		my @faults = faults($name, $s, $_);
		is join('; ', @faults), '', $name . ($_ ? ', of any' : '')
		    or diag map { "@$_{qw(table type key rows extra)}\n" }
		    steps($name, $s, $_);
	}
}

# the users behind one are found where they begin, not by reading those before
is_deeply [ map { $_->{type} } steps('SQL_CAMPAIGN_USER_LIST',
    $table{SQL_CAMPAIGN_USER_LIST}, 0) ], ['range'],
    'the end of a list is as quick as its beginning';

# and the check is one: an index that is gone is found out, and one that serves
# without being named
my $s = $table{SQL_MESSAGE_BY_SEND};
is_deeply [ faults('SQL_MESSAGE_BY_SEND', { %$s, index => [] }, 0) ],
    ['m.push_message_send unnamed'], 'an index without its name';
$o->sql("ALTER TABLE $base.push_message DROP KEY push_message_send");
is_deeply [ faults('SQL_MESSAGE_BY_SEND', $s, 0) ],
    [ 'no m.push_message_send', 'reads all of m' ], 'no index';
$o->sql("DROP DATABASE $base");
done_testing;
